"""Tempo marks as MusicXML shows them: as they are written."""

from fractions import Fraction
from xml.sax.saxutils import escape

from abcrun.notation.tempo import TempoMark
from abcrun.score.layout import note_values
from abcrun.score.text import xml_text

_CROTCHET = Fraction(1, 4)


def tempo_xml(mark: TempoMark) -> str:
    """Return a tempo mark with its words, beats and number; empty without any."""
    contents = [_words_xml(mark.words_before)]
    if mark.per_minute is not None and mark.beats:
        contents.append(
            f"<metronome>{_beats_xml(mark.beats)}"
            f"<per-minute>{decimal(mark.per_minute)}</per-minute></metronome>"
        )
    contents.append(_words_xml(mark.words_behind))
    shown = "".join(
        f"<direction-type>{content}</direction-type>" for content in contents if content
    )
    quarters = mark.quarters_per_minute
    sound = "" if quarters is None else sound_xml(quarters)
    if not shown:
        return sound
    return f'<direction placement="above">{shown}{sound}</direction>'


def unseen_tempo_xml(beat: Fraction, quarters: Fraction) -> str:
    """Return a tempo that is played and not shown, in the beat that the meter counts: a
    dotted crotchet in a jig. `quarters` are crotchets a minute."""
    if beat == _CROTCHET:  # which programs take by themselves
        return sound_xml(quarters)
    return (
        '<direction placement="above"><direction-type><metronome print-object="no">'
        f"{_beats_xml((beat,))}<per-minute>{decimal(quarters / (4 * beat))}</per-minute>"
        f"</metronome></direction-type>{sound_xml(quarters)}</direction>"
    )


def sound_xml(quarters: Fraction) -> str:
    """Return how fast notation programs play from here on."""
    return f'<sound tempo="{float(quarters):.9g}"/>'


def decimal(number: Fraction) -> str:
    """Return a number with at most three digits behind the point."""
    return f"{float(number):.3f}".rstrip("0").rstrip(".")


def _words_xml(words: str) -> str:
    words = xml_text(words)
    return f'<words font-weight="bold" font-style="normal">{escape(words)}</words>' if words else ""


def _beats_xml(beats: tuple[Fraction, ...]) -> str:
    """Return the notes that make a beat together: `1/4 3/8` is a crotchet and a dotted
    one."""
    units = [
        f"<beat-unit>{value}</beat-unit>{'<beat-unit-dot/>' * dots}"
        for beat in beats
        for _, value, dots in note_values(beat, None)[0]
    ]
    first, *others = units
    return first + "".join(f"<beat-unit-tied>{unit}</beat-unit-tied>" for unit in others)
