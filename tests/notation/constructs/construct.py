"""What a row of the table of constructs claims."""

from collections.abc import Callable
from dataclasses import dataclass

import mido

from abcrun import Tune
from abcrun.notation.written import Bar, BarLine, Signs, WrittenNote

STANDARD_HEADER = "X:1\nT:A tune\nM:4/4\nL:1/4\nK:C\n"


@dataclass(frozen=True)
class Heard:
    """What a MIDI file has: notes as onset, length (in crotchets) and pitch; and all
    messages."""

    notes: list[tuple[float, float, int]]
    messages: list[mido.Message]

    @property
    def pitches(self) -> list[int]:
        return [pitch for _, _, pitch in self.notes]

    @property
    def lengths(self) -> list[float]:
        return [_whole(length) for _, length, _ in self.notes]

    def of_type(self, kind: str) -> list[mido.Message]:
        return [message for message in self.messages if message.type == kind]


def _whole(length: float) -> float:
    # A note before one of the same pitch ends a little early, to part the two.
    for candidate in (length, length + 1 / 16, length * 8 / 7):
        if abs(8 * candidate - round(8 * candidate)) < 0.02:
            return round(8 * candidate) / 8
    return length


@dataclass(frozen=True)
class Construct:
    """A row of the table, with a tune to show it.

    `abc` is a body in C, 4/4 and crotchets, or a whole text where it has a line `K:` or
    `X:`. `read` is true of the tune. `plays` is the notes it gives, as pitches, or what
    is true of its MIDI; `xml` a pattern that its MusicXML has, `svg` one that its
    picture has. `moves` is what of the body, moved from C to D, shows that it moved or
    stayed. `remark` is a part of what `check` remarks. Empty: there is nothing to it.
    """

    section: str
    name: str
    abc: str
    read: Callable[[Tune], object] | None = None
    plays: str | Callable[[Heard], object] = ""
    xml: str = ""
    svg: str = ""
    moves: str = ""
    remark: str = ""
    note: str = ""

    @property
    def text(self) -> str:
        """The tune that shows it, whole."""
        lines = self.abc.splitlines()
        is_whole = any(line.startswith(("K:", "X:")) for line in lines[:12]) and "X:" in self.abc
        return f"{self.abc}\n" if is_whole else f"{STANDARD_HEADER}{self.abc}\n"

    @property
    def cells(self) -> tuple[str, ...]:
        """The cells of its row."""
        is_unsupported = bool(self.remark)
        moves = "–"
        if self.moves:
            moves = "stays" if self.moves in self.text else "moves"
        return (
            self.name,
            "remark" if is_unsupported and self.read is None else "yes",
            "yes" if self.plays else "–",
            "yes" if self.svg else "–",
            "yes" if self.xml else "–",
            moves,
            self.note,
        )


def notes(tune: Tune) -> list[WrittenNote]:
    """All notes of all voices as written."""
    return [
        note
        for voice in tune.voices
        for item in voice.items
        if isinstance(item, Bar)
        for note in item.notes
    ]


def first(tune: Tune) -> WrittenNote:
    """The first note."""
    return notes(tune)[0]


def signs(tune: Tune, index: int = 0) -> Signs:
    """The signs of a note."""
    return notes(tune)[index].signs or Signs()


def bars(tune: Tune) -> list[Bar]:
    """The bars of the first voice."""
    return [item for item in tune.voices[0].items if isinstance(item, Bar)]


def lines(tune: Tune) -> list[str]:
    """The bar lines of the first voice."""
    return [item.text for item in tune.voices[0].items if isinstance(item, BarLine)]


def whole(body: str, header: str = "", key: str = "C", before: str = "") -> str:
    """A tune with other fields."""
    meter = "" if "M:" in header else "M:4/4\n"
    unit = "" if "L:" in header else "L:1/4\n"
    end = "" if not header or header.endswith("\n") else "\n"
    return f"{before}X:1\nT:A tune\n{meter}{unit}{header}{end}K:{key}\n{body}"
