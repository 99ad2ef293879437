"""How far a tune goes to another key: the interval, and how it is spelled."""

from abcrun.errors import NotationError, UsageError
from abcrun.notation.key import Key, read_key, usual_mode
from abcrun.notation.pitch import (
    LETTERS,
    NAME_ALTERATIONS,
    NAME_SIGNS,
    SEMITONES,
    Interval,
    natural_pitch,
    spell,
)
from abcrun.notation.problem import shown

_STEPS = (0, 1, 1, 2, 2, 3, 3, 4, 5, 5, 6, 6)
"""Letters that a number of semitones goes, by itself."""


def interval_to(key: Key, tonic: str, mode: str, octave: int) -> Interval:
    """Return the interval from a key to the nearest one on `tonic`, plus octaves."""
    if not key.tonic:
        named = shown(f"K:{key.text}") if key.text else "no key"
        raise NotationError(
            f"the tune has {named}, and so no tonic to transpose from: "
            "give it a K: such as K:G or K:Am"
        )
    of_tune = usual_mode(key.mode)
    letter, new_letter = LETTERS.index(key.tonic[0]), LETTERS.index(tonic[0])
    pitch = SEMITONES[letter] + NAME_ALTERATIONS[key.tonic[1:]]
    new_pitch = SEMITONES[new_letter] + NAME_ALTERATIONS[tonic[1:]]
    nearest = (new_pitch - pitch + 5) % 12 - 5
    # The octave in which the letters go as far as the semitones: B to C is one letter
    # and one semitone up, not six letters down.
    steps = new_letter - letter
    steps += 7 * round((nearest * 7 / 12 - steps) / 7)
    interval = Interval(steps + 7 * octave, nearest + 12 * octave)
    if of_tune != mode:
        name, _ = moved_tonic(key.tonic, interval, of_tune)
        raise UsageError(
            f"the tune is in {key.tonic} {of_tune} and cannot go to {tonic} {mode}: "
            f"name a key of its mode, such as {name} {of_tune}"
        )
    return interval


def moved_tonic(tonic: str, interval: Interval, mode: str) -> tuple[str, Interval]:
    """Return the tonic an interval away, and the interval as it is spelled there."""
    letter = LETTERS.index(tonic[0])
    pitch = natural_pitch(letter) + NAME_ALTERATIONS[tonic[1:]] + interval.semitones
    name, spelled = "", interval
    # The next letter, where a signature would have over 7 sharps or flats: `read_key`
    # reads no such key.
    for steps in (interval.steps, interval.steps + 1, interval.steps - 1):
        step, alteration = spell(letter + steps, pitch, most=1)
        name = LETTERS[step % 7] + NAME_SIGNS[alteration]
        spelled = Interval(step - letter, interval.semitones)
        if read_key(name + mode) is not None:
            break
    return name, spelled


def interval_by(key: Key, semitones: int) -> Interval:
    """Return the interval of so many semitones, spelled so that a tune in `key` has the
    fewest sharps or flats; where two spellings do, with those that it had."""
    octaves, rest = divmod(semitones, 12)
    best = Interval(_STEPS[rest] + 7 * octaves, semitones)
    if not key.tonic or not rest:
        return best
    had = next((alteration for _, alteration in key.accidentals), 1)
    found = []
    for steps in range(best.steps - 1, best.steps + 2):
        interval = Interval(steps, semitones)
        step, alteration = interval.moved(
            LETTERS.index(key.tonic[0]), NAME_ALTERATIONS[key.tonic[1:]]
        )
        if alteration in NAME_SIGNS:
            read = read_key(f"{LETTERS[step % 7]}{NAME_SIGNS[alteration]}{key.mode}")
            if read is not None and read.key is not None:
                signature = read.key.accidentals
                is_other = bool(signature) and signature[0][1] != had
                found.append(((len(signature), is_other), interval))
    return min(found)[1] if found else best
