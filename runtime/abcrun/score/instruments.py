"""The instrument of a part, as `%%MIDI program` and `%%MIDI channel` ask for it or as
it was chosen, as MusicXML names it."""

from collections.abc import Sequence

from abcrun.notation.header import Header
from abcrun.notation.midi_directives import read_midi_directive
from abcrun.notation.written import Bar, Directive, Voice
from abcrun.sound.instruments import INSTRUMENT_PROGRAMS

_NAMES = {program: name.capitalize() for name, program in INSTRUMENT_PROGRAMS.items()}


def instrument_xml(
    number: int, voices: Sequence[Voice], header: Header, name: str, chosen: int | None
) -> str:
    """Return `<score-instrument>` and `<midi-instrument>` of the part with this number;
    empty where neither the tune asks for an instrument nor one was chosen.

    `name` is that of the part, escaped. The first of its voices that asks is heard;
    `chosen` is the General MIDI program of a part that asks for none.
    """
    for voice in voices:
        asked = [*header.directives_of(voice.name), *_at_first_note(voice)]
        read = [read_midi_directive(one.value) for one in asked if one.name.upper() == "MIDI"]
        programs = [one.numbers for one in read if one is not None and one.name == "program"]
        channels = [one.numbers[0] for one in read if one is not None and one.name == "channel"]
        if not programs and not channels:
            continue
        channel, program = programs[-1] if programs else (0, None)
        return _written(number, name, channels[-1] if channels else channel, program)
    return "" if chosen is None else _written(number, name, 0, chosen)


def _written(number: int, name: str, channel: int, program: int | None) -> str:
    parts = f"<midi-channel>{channel}</midi-channel>" if channel else ""
    if program is not None:  # counted from 1 there
        parts += f"<midi-program>{program + 1}</midi-program>"
        name = name or _NAMES.get(program, "")
    return (
        f'<score-instrument id="P{number}-I1"><instrument-name>{name or f"Voice {number}"}'
        f'</instrument-name></score-instrument><midi-instrument id="P{number}-I1">{parts}'
        "</midi-instrument>"
    )


def _at_first_note(voice: Voice) -> Sequence[Directive]:
    for item in voice.items:
        if isinstance(item, Bar) and item.notes:
            signs = item.notes[0].signs
            return () if signs is None else signs.directives
    return ()
