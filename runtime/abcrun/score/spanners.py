"""Signs that reach over several notes, as MusicXML shows them: hairpins, octave lines,
trill lines, glissandi."""

from collections.abc import Callable
from dataclasses import dataclass, field

from abcrun.notation.decorations import DYNAMICS
from abcrun.score.directions import direction_xml

_MAX_NUMBER = 16  # MusicXML's type number-level ends there


@dataclass(slots=True)
class Around:
    """What is written around a note: directions `before` and `behind` it; children of
    `<notations>`, of the note (`notations`) or of each note of a chord (`of_heads`);
    its lyrics."""

    before: list[str] = field(default_factory=list)
    behind: list[str] = field(default_factory=list)
    notations: list[str] = field(default_factory=list)
    of_heads: list[str] = field(default_factory=list)
    lyrics: str = ""


def _wedge(kind: str) -> Callable[[bool, int], str]:
    def xml(is_start: bool, number: int) -> str:
        return direction_xml(
            f'<wedge type="{kind if is_start else "stop"}" number="{number}"/>', "below"
        )

    return xml


def _octaves(kind: str, size: int) -> Callable[[bool, int], str]:
    def xml(is_start: bool, number: int) -> str:
        return direction_xml(
            f'<octave-shift type="{kind if is_start else "stop"}" size="{size}" '
            f'number="{number}"/>',
            "above" if kind == "down" else "below",
        )

    return xml


def _line(element: str, line: str, parent: str = "") -> Callable[[bool, int], str]:
    def xml(is_start: bool, number: int) -> str:
        kind = "start" if is_start else "stop"
        found = f'<{element} type="{kind}"{line} number="{number}"/>'
        return f"<{parent}>{found}</{parent}>" if parent else found

    return xml


_DIRECTIONS = {
    "crescendo": _wedge("crescendo"),
    "diminuendo": _wedge("diminuendo"),
    # The notes are written where they sound: an octave line says that they are drawn
    # lower than that, "down".
    "8va": _octaves("down", 8),
    "8vb": _octaves("up", 8),
    "15ma": _octaves("down", 15),
    "15mb": _octaves("up", 15),
}
_NOTATIONS = {
    "trill": _line("wavy-line", "", "ornaments"),
    "~": _line("glissando", ' line-type="wavy"'),
    "-": _line("slide", ' line-type="solid"'),
}
_NAMES = _DIRECTIONS | _NOTATIONS


def is_spanner(sign: str) -> bool:
    """Return whether a decoration opens or closes such a sign: `crescendo(`, `8va)`."""
    return sign[-1:] in ("(", ")") and sign[:-1] in _NAMES


class Spanners:
    """The signs of a voice, as its notes come in order."""

    def __init__(self, first_number: int) -> None:
        """`first_number` keeps the numbers apart from those of other voices of a
        part."""
        self._first = first_number
        self._open: dict[str, tuple[int, Around, Around]] = {}

    def meet(self, signs: tuple[str, ...], around: Around, last: Around | None = None) -> None:
        """Take the decorations of the next note, and write what they open and close.

        Before a bar line, `last` is what is written around the note there: lines from
        note to note end at it.
        """
        before = list(self._open.items())
        for name, (number, opener, _) in before:
            self._open[name] = (number, opener, last or around)
        for sign in signs:
            if is_spanner(sign) and sign.endswith(")"):
                name = sign[:-1]
                end = last if last is not None and name in _NOTATIONS else around
                self._close(name, end, ends_before=not DYNAMICS.isdisjoint(signs))
        for sign in signs:
            if is_spanner(sign) and sign.endswith("(") and sign[:-1] not in self._open:
                self._start(sign[:-1], around)
                if sign[:-1] + ")" in signs and sign[:-1] not in dict(before):
                    self._close(sign[:-1], around, ends_before=False)

    def close_all(self) -> None:
        """Close what is open at the last note that had signs: nothing closes it."""
        for name, (_, _, last) in list(self._open.items()):
            self._close(name, last, ends_before=False)

    def _start(self, name: str, around: Around) -> None:
        taken = {number for number, _, _ in self._open.values()}
        number = self._first
        while number in taken:
            number = number % _MAX_NUMBER + 1
        self._open[name] = (number, around, around)
        target = around.before if name in _DIRECTIONS else around.notations
        if name == "trill":
            target.append("<ornaments><trill-mark/></ornaments>")
        target.append(_NAMES[name](True, number))

    def _close(self, name: str, around: Around, *, ends_before: bool) -> None:
        number, opener, _ = self._open.pop(name, (0, None, None))
        if opener is None:  # nothing is open
            return
        stop = _NAMES[name](False, number)
        if name in _DIRECTIONS:
            # A hairpin that leads to a mark of loudness ends before it.
            is_led = ends_before and opener is not around
            if is_led:
                around.before.insert(0, stop)
            else:
                around.behind.append(stop)
        elif opener is around and name != "trill":
            # From a note to itself there is no line.
            around.notations.remove(_NAMES[name](True, number))
        else:
            around.notations.append(stop)
