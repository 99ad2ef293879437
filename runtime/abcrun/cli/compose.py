"""`abcrun generate`: the command and its options."""

from typing import Any

import click

from abcrun.cli.options import (
    DEFAULT_FORMATS,
    PATH,
    asked_options,
    device_options,
    sampling_options,
    sound_options,
)


@click.command("generate")
@click.option("--model", "model_path", type=PATH, help="An exported .onnx file.")
@click.option("--prompt", help="Text that the tune starts with.  [default: the model's own]")
@click.option("--seed", type=int, help="Repeats a tune.  [default: a fresh one, told on stderr]")
@sampling_options
@click.option("-n", "--count", type=int, default=1, show_default=True, help="How many tunes.")
@asked_options
@click.option(
    "--valid",
    is_flag=True,
    help="Draw until a tune is whole, of 8 bars or more, and each bar is right.",
)
@device_options
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
