"""What a tune says, kind by kind, in values that do not depend on its spelling: to
compare a tune with what came back of it."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

from abcrun.notation import Tune
from abcrun.notation.chord_symbols import read_quoted
from abcrun.notation.key import usual_mode
from abcrun.notation.written import Bar, Ending, PartLabel, Signs, Voice, WrittenNote
from abcrun.score.layout import VoiceLayout

Place = tuple[int, int, Fraction]
"""Voice, bar and offset in the bar."""


def voices(tune: Tune) -> list[Voice]:
    """The voices that have music."""
    return [one for one in tune.voices if any(isinstance(item, Bar) for item in one.items)]


def bars(tune: Tune) -> Iterator[tuple[int, int, Bar]]:
    """Yield all bars, with the numbers of their voice and of the bar in it."""
    for number, voice in enumerate(voices(tune)):
        found = [item for item in voice.items if isinstance(item, Bar)]
        yield from ((number, index, bar) for index, bar in enumerate(found))


def notes(tune: Tune) -> Iterator[tuple[Place, WrittenNote]]:
    """Yield notes, chords and rests with their places."""
    for voice, index, bar in bars(tune):
        for note in bar.notes:
            yield (voice, index, note.offset), note


def signs(tune: Tune) -> Iterator[tuple[Place, Signs]]:
    """Yield what stands around notes, and behind the last note of a bar."""
    for place, note in notes(tune):
        if note.signs is not None:
            yield place, note.signs
    for voice, index, bar in bars(tune):
        if bar.end_signs is not None:
            yield (voice, index, bar.length), bar.end_signs


def segments(tune: Tune) -> list[Any]:
    """What is drawn of each note: value, dots, tuplet, beams, ties."""
    return [
        (segment.offset, segment.value, segment.dots, segment.ratio, tuple(segment.beams))
        for voice in voices(tune)
        for segment in VoiceLayout(voice).segments()
        if segment.note.pitches
    ]


def ties(tune: Tune) -> list[Any]:
    """The notes from which a tie leads to another of their pitch."""
    return [
        (number, segment.offset, tuple(sorted(segment.ties_begun)))
        for number, voice in enumerate(voices(tune))
        for segment in VoiceLayout(voice).segments()
        if segment.ties_begun
    ]


def items(tune: Tune, kind: type[Any], value: Callable[[Any], object]) -> list[Any]:
    """Items of a kind by the bar behind which they stand."""
    found = []
    for number, voice in enumerate(voices(tune)):
        before = 0
        for item in voice.items:
            before += isinstance(item, Bar)
            if isinstance(item, kind):
                found.append((number, before, value(item)))
    return found


def repeats(tune: Tune) -> list[Any]:
    """The bars of each voice, by their numbers, in the order of playing."""
    numbers = {id(bar): index for _, index, bar in bars(tune)}
    return [[numbers[id(one.bar)] for one in played] for played in tune.played if played]


def lines(tune: Tune) -> list[int]:
    """The bars behind which the lines of the first voice end."""
    voice = voices(tune)[0]
    ends = [
        sum(isinstance(item, Bar) for item in voice.items[: index + 1])
        for index in sorted(voice.line_ends)
    ]
    last = sum(isinstance(item, Bar) for item in voice.items)
    return [end for end in ends if end < last]


def chords(tune: Tune) -> list[Any]:
    """Chord symbols at their places."""
    return [
        (place, symbol.text)
        for place, one in signs(tune)
        for text in one.texts
        for part in read_quoted(text)
        for symbol in part.symbols
    ]


def words(tune: Tune) -> list[Any]:
    """Other quoted text; what says nothing of its place stands above."""
    return [
        (place, part.placement or "^", " ".join(part.text.split()))
        for place, one in signs(tune)
        for text in one.texts
        for part in read_quoted(text)
        if part.kind != "chord" and part.text.strip()
    ]


def clefs(tune: Tune) -> list[Any]:
    """Clefs that are named; the treble clef is what stands without a name."""
    return [
        (voice, index, bar.clef.sign, bar.clef.line, bar.clef.octave)
        for voice, index, bar in bars(tune)
        if bar.clef is not None and (bar.clef.sign, bar.clef.line, bar.clef.octave) != ("G", 2, 0)
    ]


def fields(tune: Tune) -> list[Any]:
    """Header fields that are words."""
    return sorted(
        (letter, " ".join(value.split()))
        for letter, value in tune.header.fields
        if letter in "CAORSZNBDFGHP" and value.strip()
    )


def tempo(tune: Tune) -> list[Any]:
    """What is played, and what is written of it."""
    marks = [(0, 0, Fraction(0), tune.header.tempo)] if tune.header.tempo is not None else []
    marks += [
        (voice, index, at, mark) for voice, index, bar in bars(tune) for at, mark in bar.tempos
    ]
    return [tune.tempos[0], sorted({mark[:3]: mark for mark in marks}.values(), key=str)]


def graces(tune: Tune) -> list[Any]:
    """Grace notes: slashes, pitches, and lengths beside each other."""
    found = []
    for place, one in signs(tune):
        group = [grace for group in one.graces for grace in group.notes]
        shortest = min((grace.duration for grace in group), default=Fraction(1))
        if group:
            slashed = one.graces[0].is_slashed
            lengths = [(grace.pitches, grace.duration / shortest) for grace in group]
            found.append((place, slashed, lengths))
    return found


KINDS: dict[str, Callable[[Tune], Any]] = {
    "played notes": lambda tune: tune.notes,
    "written notes": segments,
    "ties": ties,
    "rests": lambda tune: [
        (place, note.duration) for place, note in notes(tune) if not note.pitches
    ],
    "bars": lambda tune: [(voice, index, bar.length) for voice, index, bar in bars(tune)],
    "keys": lambda tune: [
        (bar.key.tonic, usual_mode(bar.key.mode), bar.key.accidentals) for *_, bar in bars(tune)
    ],
    "meters": lambda tune: [bar.meter.text.replace(" ", "") for *_, bar in bars(tune)],
    "repeats": repeats,
    "endings": lambda tune: items(tune, Ending, lambda one: one.passes),
    "part labels": lambda tune: items(tune, PartLabel, lambda one: one.label),
    "line breaks": lines,
    "lyrics": lambda tune: [(place, one.lyrics) for place, one in signs(tune) if one.lyrics],
    "chord symbols": chords,
    "words": words,
    "decorations": lambda tune: [
        (place, sorted(set(one.decorations))) for place, one in signs(tune) if one.decorations
    ],
    "grace notes": graces,
    "clefs": clefs,
    "titles": lambda tune: [
        [" ".join(title.split()) for title in tune.header.titles],
        [(voice, index, bar.titles) for voice, index, bar in bars(tune) if bar.titles],
    ],
    "fields": fields,
    "verses": lambda tune: [one.strip() for one in tune.words if one.strip()],
    "tempo": tempo,
    "names": lambda tune: [(voice.full_name, voice.short_name) for voice in voices(tune)],
}
"""What is compared, by name."""


def differing(one: Tune, other: Tune) -> list[str]:
    """Return the kinds in which two tunes differ."""
    return [name for name, of in KINDS.items() if of(one) != of(other)]
