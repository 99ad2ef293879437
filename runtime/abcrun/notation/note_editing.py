"""One note of a tune changed in its text: higher or lower, longer or shorter, taken
out, or one more behind it.

The text is changed at that note alone. Whatever hangs on it there is seen to: a tied
note moves with the one that it is tied to, and a note that had its accidental from the
changed one gets it written, so that all others sound as before. What a note sounds is
asked of the reader, not worked out here.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from abcrun.errors import UsageError
from abcrun.notation.lengths import length_text
from abcrun.notation.note_places import LENGTHS, Place, Sheet, Span
from abcrun.notation.pitch import ACCIDENTALS, natural_pitch, step_text
from abcrun.notation.staff import signature_of

Change = Literal[
    "up", "down", "octave-up", "octave-down", "sharper", "flatter",
    "longer", "shorter", "delete", "insert",
]  # fmt: skip
"""What can be done with a note: see `edit_note`."""

_STEPS = {"up": 1, "down": -1, "octave-up": 7, "octave-down": -7}
_SEMITONES = {"sharper": 1, "flatter": -1}
_REACH = 32  # places behind a changed one whose accidentals are looked after
_MIDDLE_LINE = 6  # step of B, for a tune of rests


class EditedNote(NamedTuple):
    """A tune's text, and the note in it that was changed, or the one that stands where
    a rest was taken out."""

    text: str
    place: Place


def edit_note(text: str, line: int, column: int, change: Change) -> EditedNote:
    """Change the note, chord or rest that is written at a line and column (from 1) of
    the first tune in a text, as `WrittenNote` has them.

    "up" and "down" go a step in the key, "octave-up" and "octave-down" an octave,
    "sharper" and "flatter" a semitone on the same line of the staff; a rest becomes a
    note at the pitch of the one before it. "longer" and "shorter" go to the next length
    that a note can have, dotted ones too. "delete" makes a rest of a note, so that the
    bar stays as long as it was, and takes a rest out. "insert" writes a note of the
    same pitch and length behind it, or behind the tuplet or dotted pair that it is in.

    Raises `UsageError` for what cannot be done there, `NotationError` for a text that
    is no tune.
    """
    sheet = Sheet(text)
    index = sheet.index_at(line, column)
    if change in _STEPS or change in _SEMITONES:
        if not sheet.places[index].note.names:
            sheet = _sounding(sheet, index)
        else:
            sheet = _moved(sheet, index, change)
    elif change == "insert":
        sheet, index = _with_another(sheet, index)
    elif change != "delete":
        sheet = _of_other_length(sheet, index, is_longer=change == "longer")
    elif sheet.places[index].note.names:
        sheet = _silent(sheet, index)
    else:
        sheet, index = _without(sheet, index)
    return EditedNote(sheet.text, sheet.places[index])


# Pitch

_Head = tuple[int, int]  # step and alteration
_Sounding = tuple[int, ...]  # MIDI note numbers of a place


def _moved(sheet: Sheet, index: int, change: Change) -> Sheet:
    """Return the tune with a note moved, and all that it is tied to."""
    signature = signature_of(sheet.places[index].bar.key)

    def move(head: _Head) -> _Head:
        step, alteration = head
        if change in _SEMITONES:
            return step, alteration + _SEMITONES[change]
        step += _STEPS[change]
        return step, alteration if abs(_STEPS[change]) == 7 else signature[step % 7]

    written = {one: [move(head) for head in _heads(sheet, one)] for one in sheet.tied_with(index)}
    for step, alteration in written[index]:
        if alteration not in ACCIDENTALS:
            raise UsageError("there is no sharp beyond a double one, and no flat")
        if not 0 <= natural_pitch(step) + alteration <= 127:
            raise UsageError("the note would leave the range of MIDI")
    origins = [None if one in written else one for one in range(len(sheet.places))]
    return _spelled(sheet, _with_heads(sheet, written), origins)


def _sounding(sheet: Sheet, index: int) -> Sheet:
    """Return the tune with a note in the place of a rest."""
    note = _sign(_pitch_near(sheet, index)) + sheet.length(index)
    origins = [None if one == index else one for one in range(len(sheet.places))]
    return _spelled(sheet, sheet.replaced({sheet.span(index): note}), origins)


def _heads(sheet: Sheet, index: int) -> list[_Head]:
    place = sheet.places[index]
    steps = (name.step for name in place.note.names)
    return list(zip(steps, place.alterations, strict=True))


def _sign(head: _Head) -> str:
    return ACCIDENTALS[head[1]] + step_text(head[0])


def _pitch_near(sheet: Sheet, index: int) -> _Head:
    """Return the pitch of the last note up to a place, else of the first behind it."""
    voice = sheet.places[index].bar.voice
    for one in (*range(index, -1, -1), *range(index + 1, len(sheet.places))):
        place = sheet.places[one]
        if place.bar.voice == voice and place.note.names:
            return _heads(sheet, one)[0]
    return _MIDDLE_LINE, signature_of(sheet.places[index].bar.key)[_MIDDLE_LINE]


def _with_heads(sheet: Sheet, written: dict[int, list[_Head]]) -> Sheet:
    """Return the tune with the notes of places written anew, each with its
    accidental."""
    return sheet.replaced(
        {
            span: _sign(head)
            for index, heads in written.items()
            for span, head in zip(sheet.heads(index), heads, strict=True)
        }
    )


def _spelled(before: Sheet, edited: Sheet, origins: Sequence[int | None]) -> Sheet:
    """Return an edited tune with the accidentals that it needs.

    `origins` say for each of its places which one it was `before`: that is to sound as
    it did. A None is for one that was written anew: it is to sound as it does, and
    loses the accidental if it does so without.
    """
    edited.check_places(len(origins))
    wanted = [
        edited.places[index].note.pitches if origin is None else before.places[origin].note.pitches
        for index, origin in enumerate(origins)
    ]
    for _ in range(_REACH):  # each round sets a note right, and leaves those before it
        wrong = edited.first_other(wanted)
        origin = None if wrong is None else origins[wrong]
        if wrong is None or origin is None:
            break
        edited = _with_heads(edited, {wrong: _heads(before, origin)})
    for index, origin in enumerate(origins):
        is_near = any(
            origins[other] is None and edited.places[other].bar is edited.places[index].bar
            for other in range(max(index - _REACH, 0), index + 1)
        )
        if is_near:
            for number in range(len(edited.places[index].note.names)):
                edited = _barely(before, edited, wanted, (index, origin, number))
    return edited


def _barely(
    before: Sheet, edited: Sheet, wanted: list[_Sounding], head: tuple[int, int | None, int]
) -> Sheet:
    """Return a tune without the accidental of a note that does not need it: one that
    was written anew, or that needed it before. A courtesy of the author's stays."""
    index, origin, number = head
    if not edited.places[index].note.names[number].accidental:
        return edited
    if origin is not None:
        bare = before.without_accidental(before.heads(origin)[number])
        if bare.first_other([place.note.pitches for place in before.places]) is None:
            return edited
    bare = edited.without_accidental(edited.heads(index)[number])
    return edited if bare.first_other(wanted) is not None else bare


# Length


def _of_other_length(sheet: Sheet, index: int, *, is_longer: bool) -> Sheet:
    """Return the tune with a longer or shorter note. A dotted pair that it is in is
    written out, since its sign would change both."""
    sheet = sheet.without_broken(index)
    note, span = sheet.places[index].note, sheet.length_span(index)
    signs = note.signs
    now = note.duration / (1 if signs is None or signs.factor is None else signs.factor)
    others = [one for one in LENGTHS if (one > now if is_longer else one < now)]
    if not others:
        raise UsageError("no note is longer" if is_longer else "no note is shorter")
    other = others[0] if is_longer else others[-1]
    return sheet.replaced({span: length_text(sheet.units(span) * other / now)})


# Notes that come and go


def _silent(sheet: Sheet, index: int) -> Sheet:
    """Return the tune with a rest in the place of a note. Ties to it and from it go,
    and so do its grace notes and decorations."""
    gone = dict.fromkeys([*sheet.ties(index), *sheet.ornaments(index)], "")
    edited = sheet.replaced(gone | {sheet.span(index): f"z{sheet.length(index)}"})
    origins = [None if one == index else one for one in range(len(sheet.places))]
    return _spelled(sheet, edited, origins)


def _without(sheet: Sheet, index: int) -> tuple[Sheet, int]:
    """Return the tune without a rest, and the index of the note in its place: the next
    one of its bar, or else the one before it."""
    bar, note = sheet.places[index]
    if sheet.is_joined(index) or sheet.group_end(index) != index:
        raise UsageError(
            "the rest is part of a tuplet or dotted pair, which would fall apart: "
            "change it in the text"
        )
    if len(bar.notes) == 1:
        raise UsageError("the rest is all that its bar has: without it there is no bar")
    gone = [*sheet.ornaments(index), sheet.with_space(sheet.span(index))]
    edited = sheet.replaced(dict.fromkeys(gone, ""))
    origins = [one for one in range(len(sheet.places)) if one != index]
    return _spelled(sheet, edited, origins), index - (note is bar.notes[-1])


def _with_another(sheet: Sheet, index: int) -> tuple[Sheet, int]:
    """Return the tune with one more note, and its index."""
    note = _sign(_pitch_near(sheet, index)) + sheet.length(index)
    last = sheet.group_end(index)
    row, _, end = sheet.span(last)
    edited = sheet.replaced({Span(row, end, end): note})
    origins: list[int | None] = list(range(len(sheet.places)))
    origins.insert(last + 1, None)
    return _spelled(sheet, edited, origins), last + 1
