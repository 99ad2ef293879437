"""`abcrun info`, `doctor` and `bench`: the commands about a model on this machine."""

import json
from pathlib import Path

import click

from abcrun.cli.options import model_argument
from abcrun.cli.progress import progress
from abcrun.files import default_model_path


@click.command("info")
@model_argument
@click.option("--json", "as_json", is_flag=True, help="All that the file says of itself, as JSON.")
def info_command(model: Path | None, as_json: bool) -> None:
    """Tell what a MODEL (the one that comes with abcrun, by default) is and where it
    comes from."""
    # NumPy: the list of commands and all help are there without it.
    from abcrun.cli.doctor import checksums, melodies
    from abcrun.model import Model

    file = model or default_model_path()
    with Model.load(model, "cpu") as loaded:
        spec, index = loaded.spec, melodies(loaded, file)
    if as_json:
        click.echo(json.dumps(json.loads(spec.to_json()), indent=2, ensure_ascii=False))
        return
    # Models of other trainers may lack any part of the provenance.
    provenance, sampling = spec.provenance, spec.sampling
    metrics, split = provenance.get("metrics", {}), provenance.get("split", {})
    size = f"{spec.layers} LSTM layers of {spec.hidden} units"
    rows = [
        ("model", spec.name),
        ("file", str(file)),
        ("network", f"{size}, {len(spec.vocabulary)} characters"),
        ("precision", spec.precision),
        ("checksum", checksums(file)),
        ("melodies", index),
        ("prompt", repr(spec.prompt)),
        (
            "sampling",
            f"top-k {sampling.top_k}, top-p {sampling.top_p:g}, "
            f"temperature {sampling.temperature:g}",
        ),
        *(
            (
                "corpus",
                f"{corpus.get('title')}: {corpus.get('tunes', 0):,} tunes, "
                f"{corpus.get('characters', 0):,} characters; {corpus.get('licence')}",
            )
            for corpus in provenance.get("corpora", [])
        ),
        (
            "split",
            f"{split.get('training_tunes')} tunes to train on, "
            f"{split.get('held_out_tunes')} held out",
        ),
        (
            "held out",
            f"{metrics.get('held_out_bits_per_character', float('nan')):.4f} bits per character",
        ),
        (
            "trained",
            f"epoch {metrics.get('epoch')} of {metrics.get('epochs')}, "
            f"on {provenance.get('device')}",
        ),
    ]
    for name, value in rows:
        click.echo(f"{name:>9}  {value}")


@click.command("doctor")
@model_argument
@click.pass_context
def doctor_command(context: click.Context, /, model: Path | None) -> None:
    """Tell what this machine offers for running a MODEL, and what is wrong; exit status
    1 if none can run."""
    # NumPy, as for `info`.
    from abcrun.cli.doctor import examine, is_fit

    findings = []
    for finding in examine(model):
        click.echo(f"{finding.name:>9}  {finding.text}")
        findings.append(finding)
    if not is_fit(findings):
        context.exit(1)


@click.command("bench")
@model_argument
@click.option(
    "--seconds",
    type=click.FloatRange(min=0.1),
    default=3.0,
    show_default=True,
    help="For each figure.",
)
@click.option("--json", "as_json", is_flag=True, help="JSON instead of a table.")
def bench_command(model: Path | None, seconds: float, as_json: bool) -> None:
    """Measure how fast a MODEL composes here: characters a second by batch size,
    latency, start, memory."""
    # NumPy, as for `info`.
    from abcrun.cli.bench import AT_HAND, measure, table

    figures = []
    with progress(len(AT_HAND), "measuring") as advance:
        for one in measure(model, seconds):
            figures.append(one)
            advance()
    if as_json:
        click.echo(json.dumps([one.to_dict() for one in figures], indent=2))
    else:
        click.echo(table(figures))


COMMANDS = (info_command, doctor_command, bench_command)
