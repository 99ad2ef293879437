"""What the model can be asked for, and what the instruments are: the choices that the
page offers."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from abcrun import __version__
from abcrun.composition.levels import MAX_COPIED
from abcrun.composition.plans import PlanRecord
from abcrun.composition.repertoire import Repertoire
from abcrun.model import Model
from abcrun.notation.instruments import INSTRUMENTS
from abcrun.notation.key import SHORT_MODES
from abcrun.sound import room
from abcrun.sound.instruments import INSTRUMENT_PROGRAMS, instruments_by_program
from abcrun.sound.samples import LOUDNESS, PEAK
from abcrun.studio import results
from abcrun.studio.jobs import MEDIA_TYPES
from abcrun.studio.schemas import About

T = TypeVar("T")


def about_model(model: Model, limits: Mapping[str, float], *, originality: bool) -> About:
    """Return what `model` can be asked for, and `limits`, which requests have here.

    `originality`: tunes are compared with those that the model learned from.

    Choices are those of the model's form plans, the most frequent first; a model
    without plans offers none.
    """
    spec = model.spec
    repertoire = Repertoire.from_text(spec.repertoire) if spec.repertoire else None
    plans = repertoire.offered if repertoire else ()
    tonics = Counter[str]()
    for counts in (repertoire.tonics if repertoire else {}).values():
        tonics.update(counts)
    rhythms_by_meter: dict[str, list[str]] = {}
    for meter in (meters := _by_frequency(plan.meter for plan in plans)):
        rhythms_by_meter[meter] = _rhythms(plan for plan in plans if plan.meter == meter)
    return About(
        name=spec.name,
        version=__version__,
        sha256=_sha256(model.network.file),
        meters=meters,
        units=_by_frequency(plan.unit_length for plan in plans),
        rhythms=_rhythms(plans),
        tonics=[tonic for tonic, _ in tonics.most_common()],
        modes=[
            name for name, short in SHORT_MODES.items() if repertoire and short in repertoire.tonics
        ],
        forms=_by_frequency(plan.letters for plan in plans),
        bars=sorted({plan.bars for plan in plans}),
        rhythms_by_meter=rhythms_by_meter,
        # Not every choice goes with every other: the page disables what would be 422.
        combinations=[
            list(one)
            for one in _by_frequency(
                (plan.meter, plan.rhythm, plan.letters, plan.bars) for plan in plans
            )
        ],
        instruments=list(INSTRUMENT_PROGRAMS),
        players=list(INSTRUMENTS),
        formats=list(MEDIA_TYPES),
        temperature=spec.sampling.temperature,
        top_k=spec.sampling.top_k,
        max_copied=MAX_COPIED,
        originality=originality,
        limits=dict(limits),
    )


def _sha256(file: Path | None) -> str:
    """Return the SHA-256 of the file that a model was loaded from; empty without
    one."""
    if file is None:
        return ""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _rhythms(plans: Iterable[PlanRecord]) -> list[str]:
    """Return the rhythms of plans; of some, the books told none."""
    return _by_frequency(plan.rhythm for plan in plans if plan.rhythm)


def _by_frequency(values: Iterable[T]) -> list[T]:
    """Return each value once, the most frequent first."""
    return [value for value, _ in Counter(values).most_common()]


def about_instruments() -> results.Instruments:
    """Return what the built-in synthesiser plays with."""
    return results.Instruments(
        programs=INSTRUMENT_PROGRAMS,
        tones=[
            results.Tone(
                program, one.rolloff, one.attack, one.release, one.decay, one.damping,
                one.accent, one.even, one.pluck, one.cutoff,
                [list(resonance) for resonance in one.body], one.vibrato, one.beating,
            )
            for program, one in instruments_by_program().items()
        ],
        room=results.Room(
            list(room.DELAYS), room.REVERBERATION, [list(ear) for ear in room.EARS], room.LEVEL
        ),
        loudness=LOUDNESS,
        peak=PEAK,
    )  # fmt: skip
