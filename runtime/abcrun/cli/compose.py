"""`abcrun generate`: the command and its options."""

from typing import Any

import click

from abcrun.cli.options import DEFAULT_FORMATS, PATH, sampling_options, sound_options
from abcrun.composition.levels import LEVELS, MAX_COPIED
from abcrun.formats import DEVICES, PRECISIONS


@click.command("generate")
@click.option("--model", "model_path", type=PATH, help="An exported .onnx file.")
@click.option("--prompt", help="Text that the tune starts with.  [default: the model's own]")
@click.option("--seed", type=int, help="Repeats a tune.  [default: a fresh one, told on stderr]")
@sampling_options
@click.option("-n", "--count", type=int, default=1, show_default=True, help="How many tunes.")
@click.option(
    "--max-chars",
    type=int,
    help="Cut a tune that has not ended by then.  [default: the model's own]",
)
@click.option(
    "--guide",
    type=click.Choice(LEVELS),
    help="off: nothing is drawn again; bars: bars are until they are right; full: forms, too.  "
    "[default: the most that the model can do]",
)
@click.option("--meter", help="6/8, 4/4, C|, …")
@click.option("--key", help="D, Bm, Ador, G mixolydian, …")
@click.option("--rhythm", help="jig, reel, hornpipe, …")
@click.option("--unit", help="Unit note length, 1/8 or 1/16.")
@click.option("--bars", type=int, help="Of the sections, each counted once: 16 for two of 8.")
@click.option("--form", help="Sections as they are played: AABB.")
@click.option(
    "--range",
    help="Lowest and highest note, as D4-B5.  [default: those of --instrument, if it is named]",
)
@click.option("--title", help="The tune's title.")
@click.option(
    "--max-copied",
    type=int,
    help=f"Notes in a row that a tune may share with a known one.  [default: {MAX_COPIED}]",
)
@click.option(
    "--best-of",
    type=int,
    default=1,
    show_default=True,
    help="Keep the best of so many tunes.",
)
@click.option(
    "--valid",
    is_flag=True,
    help="Draw until a tune is whole, of 8 bars or more, and each bar is right.",
)
@click.option("--device", type=click.Choice(DEVICES), default="auto", show_default=True)
@click.option(
    "--precision",
    type=click.Choice(PRECISIONS),
    default="auto",
    show_default=True,
    help="Of the weights; auto: int8 on the CPU where the model has it.",
)
@click.option(
    "--threads", type=int, help="That work on one step.  [default: 2 where there are 2 cores]"
)
@click.option("-o", "--out", "out", type=PATH, help="Folder for the files of each tune.")
@click.option(
    "--formats", help=f"What to write there, e.g. abc,mp3,pdf.  [default: {DEFAULT_FORMATS}]"
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line instead of ABC.")
@sound_options
def generate_command(**given: Any) -> None:
    """Compose tunes and print them as ABC; with --out, write them as files too."""
    # NumPy and ONNX Runtime: help and a wrong option do not wait for them.
    from abcrun.cli.composing import compose

    compose(**given)


COMMANDS = (generate_command,)
