"""Characters to tokens and back."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from abcrun.errors import UsageError

Tokens = NDArray[np.int64]


@dataclass(frozen=True)
class Vocabulary:
    """The characters a model knows; the token of a character is its place in
    `characters`."""

    characters: str
    _tokens: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.characters:
            raise UsageError("a vocabulary needs at least one character")
        tokens = {character: token for token, character in enumerate(self.characters)}
        if len(tokens) != len(self.characters):
            raise UsageError("a vocabulary lists every character once")
        object.__setattr__(self, "_tokens", tokens)

    @classmethod
    def of(cls, text: str) -> Self:
        """The unique characters of `text`, in code point order."""
        return cls("".join(sorted(set(text))))

    def __len__(self) -> int:
        return len(self.characters)

    def __contains__(self, character: object) -> bool:
        return character in self._tokens

    def encode(self, text: str) -> Tokens:
        """Tokens of `text`, int64 [len(text)]. A character outside the vocabulary is a
        `UsageError`."""
        try:
            return np.fromiter((self._tokens[character] for character in text), np.int64, len(text))
        except KeyError:
            place = next(i for i, character in enumerate(text) if character not in self._tokens)
            line, column = text.count("\n", 0, place) + 1, place - text.rfind("\n", 0, place)
            character = text[place]
            raise UsageError(
                f"character {character!r} (U+{ord(character):04X}) at position {place + 1} "
                f"(line {line}, column {column}) is not in the vocabulary of {len(self)} characters; "
                f"it has: {''.join(c for c in self.characters if c.isprintable())}"
            ) from None

    def decode(self, tokens: Iterable[int]) -> str:
        """The text of `tokens`. A token out of range is a `UsageError`."""
        numbers = np.asarray(tokens if isinstance(tokens, np.ndarray) else list(tokens), np.int64)
        if len(numbers) and not 0 <= numbers.min() <= numbers.max() < len(self.characters):
            wrong = next(int(token) for token in numbers if not 0 <= token < len(self.characters))
            raise UsageError(f"token {wrong} is outside the vocabulary of {len(self)} characters")
        return "".join([self.characters[token] for token in numbers.tolist()])
