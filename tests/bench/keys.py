"""Every key in every meter: tunes on all tonics, in four modes and in the meters of the
corpus are composed and checked.

    python -m tests.bench.keys              # ten tunes of each combination: two minutes
    python -m tests.bench.keys --tunes 1
"""

import itertools
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

import click

from abcrun import Model, Tune, UsageError, check
from abcrun.composition.repertoire import Repertoire
from abcrun.inference.request import Request
from abcrun.notation.key import usual_mode

TONICS = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B")
OTHER_NAMES = {"C#": "Db", "G#": "Ab"}  # where a signature would have over seven sharps


@click.command()
@click.option("--tunes", default=10, show_default=True, help="Of each combination.")
@click.option(
    "--model", type=click.Path(exists=True), help="By default the one that comes with abcrun."
)
def main(tunes: int, model: str | None) -> None:
    """Print how many tunes pass `check` and are in the key and meter asked for."""
    composer = Model.load(model, "cpu")
    meters = sorted({plan.meter for plan in Repertoire.from_text(composer.spec.repertoire).plans})
    combinations = list(
        itertools.product(meters, ("major", "minor", "dorian", "mixolydian"), TONICS)
    )
    seen, good = 0, 0
    wrong: Counter[str] = Counter()
    requests = (
        request
        for seed, combination in enumerate(combinations)
        for request in _requests(composer, tunes, seed, *combination)
    )  # a seed of its own for each, or all tonics would have the same tunes
    for generated in composer.generate_many(requests, in_order=False):
        meter, mode, tonic = combinations[generated.seed]
        seen += 1
        fault = _fault(generated.text, meter, tonic, mode) if generated.complete else "not complete"
        good += fault is None
        if fault is not None:
            wrong[f"{fault}: {meter} {mode}"] += 1
    click.echo(
        f"{good} of {seen} tunes ({good / seen:.2%}) "
        f"in {len(meters)} meters, {len(TONICS)} tonics, 4 modes"
    )
    for fault, count in wrong.most_common():
        click.echo(f"  {count} {fault}")


def _requests(
    composer: Model, tunes: int, seed: int, meter: str, mode: str, tonic: str
) -> Iterator[Request]:
    try:
        return composer.requests(tunes, seed=seed, meter=meter, key=f"{tonic} {mode}")
    except UsageError:
        return composer.requests(tunes, seed=seed, meter=meter, key=f"{OTHER_NAMES[tonic]} {mode}")


def _fault(text: str, meter: str, tonic: str, mode: str) -> str | None:
    if check(text):
        return "check finds a fault"
    tune = Tune.parse(text)
    pitch_class = Tune.parse(f"X:1\nK:{OTHER_NAMES.get(tonic, tonic)}\nC|").key.tonic_pitch_class
    if (tune.key.tonic_pitch_class, usual_mode(tune.key.mode)) != (pitch_class, mode):
        return f"in {tune.key.text}"
    return None if tune.meter.length == Fraction(meter) else f"in {tune.meter.text}"


if __name__ == "__main__":
    main()
