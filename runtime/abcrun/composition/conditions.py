"""What may be asked of a tune: `Asked` names everything, `Conditions` what the music is
to be. A `Repertoire` checks conditions against what the model's form plans offer."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self, TypedDict

from abcrun.composition.levels import GuideLevel
from abcrun.inference.sampling import Sampling


class PlainAsked(TypedDict, total=False):
    """What may be asked of any text, as keywords. None is the same as nothing.

    prompt: what the text starts with. sampling: how characters are drawn. seed: from 0
    to 2**64 - 1. max_chars: where a text is cut that has not ended, counted from behind
    the prompt, 1 or more. `Model.generate` says more of each.
    """

    prompt: str | None
    sampling: Sampling | None
    seed: int | None
    max_chars: int | None


class Asked(PlainAsked, total=False):
    """What may be asked of a tune, as keywords: of `Model.generate`, `Model.requests`,
    the command line and the server. None is the same as nothing.

    guide, max_copied: how the tune is composed. The others are those of
    `Conditions`. `Model.generate` says more of each.
    """

    guide: GuideLevel | None
    max_copied: int | None
    meter: str | None
    key: str | None
    rhythm: str | None
    unit: str | None
    bars: int | None
    form: str | None
    instrument: str | None
    range: str | None
    title: str | None


def check_names(asked: Mapping[str, object], names: type[PlainAsked]) -> None:
    """Refuse a keyword that `names` does not have. `TypeError`, as for any function."""
    # The type checker knows the keywords of `**asked: Unpack[Asked]`; Python takes all.
    for name in asked:
        if name not in names.__annotations__:
            known = ", ".join(names.__annotations__)
            raise TypeError(f"unexpected keyword argument {name!r}; there are {known}")


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a tune is to be. None leaves a field to the statistics of the tunes that the
    model was trained on.

    meter: "6/8", "C", "C|". key: tonic and mode, "Ador", "D", "Bm". rhythm: "jig".
    unit: the unit note length, "1/8". bars: of the sections, each counted once. form:
    the sections as played, "AABB". instrument, range: "flute", "D4-B5", the compass of
    all notes (`abcrun.composition.compass`). title: of the T: line.
    """

    meter: str | None = None
    key: str | None = None
    rhythm: str | None = None
    unit: str | None = None
    bars: int | None = None
    form: str | None = None
    instrument: str | None = None
    range: str | None = None
    title: str | None = None

    @classmethod
    def of(cls, asked: Mapping[str, Any]) -> Self:
        """Return the conditions among all that is asked."""
        return cls(**{field.name: asked.get(field.name) for field in fields(cls)})

    @property
    def is_open(self) -> bool:
        """Whether nothing is asked for but, at most, a title."""
        return replace(self, title=None) == Conditions()

    def over(self, other: Self) -> Self:
        """Return these conditions, and those of `other` where these ask for nothing."""
        mine = {
            field.name: value
            for field in fields(self)
            if (value := getattr(self, field.name)) is not None
        }
        return replace(other, **mine)
