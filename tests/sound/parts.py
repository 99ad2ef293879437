"""What the tests of performances have in common."""

from fractions import Fraction

from abcrun.notation import Tune
from abcrun.sound.played import Part, PlayedTune
from abcrun.sound.playing import Manner, play


def tune(body: str, header: str = "M:4/4\nL:1/8\nK:C\n") -> Tune:
    """Return a tune of this music."""
    return Tune.parse(f"X:1\nT:test\n{header}{body}\n")


def played(
    body: str, header: str = "M:4/4\nL:1/8\nK:C\n", manner: Manner | None = None
) -> PlayedTune:
    """Play a tune of this music."""
    return play(tune(body, header), manner=manner)


def part(played: PlayedTune, name: str) -> Part:
    """Return the part of a name."""
    return next(one for one in played.parts if one.name == name)


def onsets(played: PlayedTune, name: str = "test") -> list[tuple[Fraction, int]]:
    """Return when (crotchets) and which keys a part strikes."""
    return [
        (Fraction(strike.start, played.division), strike.pitch)
        for strike in part(played, name).strikes
    ]


def spans(played: PlayedTune, name: str = "test") -> list[tuple[Fraction, Fraction, int]]:
    """Return start, end (crotchets) and pitch of each strike of a part."""
    return [
        (
            Fraction(strike.start, played.division),
            Fraction(strike.end, played.division),
            strike.pitch,
        )
        for strike in part(played, name).strikes
    ]


def velocities(played: PlayedTune, name: str = "test") -> list[int]:
    """Return how hard a part strikes its keys."""
    return [strike.velocity for strike in part(played, name).strikes]
