"""Drones, as `%%MIDI drone` and `droneon` ask for them: two tones that are held."""

from collections.abc import Sequence
from fractions import Fraction

from abcrun.notation.midi_directives import MidiDirective, read_midi_directive
from abcrun.sound.played import Part, ProgramChange
from abcrun.sound.strikes import strikes_of, tick


def drone_parts(
    directives: Sequence[tuple[Fraction, MidiDirective]],
    channel: int,
    end: Fraction,
    division: int,
) -> list[Part]:
    """Return the part of the drones; none where they are never on.

    `directives` are those of all voices, by onset; `end` is that of the tune, in whole
    notes.
    """
    drone = read_midi_directive("drone 70")
    tones: list[tuple[int, int, int, int]] = []
    begun: Fraction | None = None
    for onset, one in [*directives, (end, MidiDirective("droneoff"))]:
        if one.name == "drone" and begun is None:
            drone = one
        elif one.name == "droneon" and begun is None:
            begun = onset
        elif one.name == "droneoff" and begun is not None and drone is not None:
            _, first, second, first_velocity, second_velocity = drone.numbers
            for pitch, velocity in ((first, first_velocity), (second, second_velocity)):
                if onset > begun:
                    start, stop = tick(begun, division), tick(onset, division)
                    tones.append((start, stop, pitch, max(1, velocity)))
            begun = None
    if not tones or drone is None:
        return []
    programs = (ProgramChange(0, drone.numbers[0]),)
    return [Part("Drone", channel, strikes_of(tones, division), programs)]
