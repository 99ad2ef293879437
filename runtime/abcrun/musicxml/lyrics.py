"""Syllables to w: lines."""

import re

from abcrun.musicxml.numbers import by_number
from abcrun.musicxml.parts import Sung
from abcrun.notation.text_strings import encode

_SIGNS = re.compile(r"[-_*|]")


class VerseWriter:
    """Collects what is sung to the notes of a line, verse by verse."""

    def __init__(self) -> None:
        self.names: list[str] = []
        """Of all verses met in the voice, in their order."""
        self._tokens: dict[str, list[str]] = {}
        self._extending: set[str] = set()
        self._notes = 0

    def sing(self, sung: dict[str, Sung]) -> None:
        """Take the syllables of the next note."""
        for name in sung:
            if name not in self.names:
                self.names.append(name)
                self.names.sort(key=by_number)
        for name in self.names:
            tokens = self._tokens.setdefault(name, [])
            one = sung.get(name)
            if one is not None and one.text:
                self._pad(tokens)
                tokens.append(_syllable(one))
                self._extend(name, is_on=one.extends or one.is_hyphened)
            elif one is not None or name in self._extending:
                self._pad(tokens)
                tokens.append("_")
                if one is not None:
                    self._extend(name, is_on=not one.is_stop)
        self._notes += 1

    def _pad(self, tokens: list[str]) -> None:
        tokens += ["*"] * (self._notes - len(tokens))

    def _extend(self, name: str, *, is_on: bool) -> None:
        if is_on:
            self._extending.add(name)
        else:
            self._extending.discard(name)

    def rest(self) -> None:
        """Take a rest: a syllable that is held ends there."""
        self._extending.clear()

    def lines(self) -> list[str]:
        """Return the w: lines below a line of music, and begin the next one."""
        last = max(
            (index for index, name in enumerate(self.names) if self._tokens.get(name)), default=-1
        )
        # A verse that rests on this line keeps its place among the others.
        found = [
            "w: " + (_joined(self._tokens.get(name, [])) or "*") for name in self.names[: last + 1]
        ]
        self._tokens, self._notes = {}, 0
        return found


def _syllable(sung: Sung) -> str:
    text = encode(sung.text)
    text = _SIGNS.sub(lambda sign: "\\" + sign.group(), text)
    text = "~".join(text.split())
    return text + "-" * sung.is_hyphened


def _joined(tokens: list[str]) -> str:
    pieces: list[str] = []
    for token in tokens:
        # A hyphen parts syllables by itself.
        if pieces and not pieces[-1].endswith("-"):
            pieces.append(" ")
        pieces.append(token)
    return "".join(pieces)
