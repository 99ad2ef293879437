"""`abcrun render`, `check` and `play`: the commands for the tunes of an ABC file."""

from pathlib import Path
from typing import Any

import click

from abcrun.cli.options import INPUT, PATH, SoundOptions, sound_options


@click.command("render")
@click.argument("file", type=INPUT)
@click.option(
    "--out",
    "out",
    type=PATH,
    default=Path(),
    show_default="this one",
    help="Folder for the files.",
)
@click.option(
    "--formats",
    default="midi,wav,waveform",
    show_default=True,
    help="abc, midi, wav, mp3, pdf, svg, png, musicxml, …",
)
@click.option(
    "--transpose",
    metavar="KEY",
    help="First move each tune to the nearest such key of its mode: G, Ador, …",
)
@sound_options
@click.pass_context
def render_command(context: click.Context, /, **given: Any) -> None:
    """Write the tunes of an ABC FILE (- is stdin) as MIDI, sound, scores and
    pictures."""
    # NumPy and the renderer: the list of commands and all help are there without them.
    from abcrun.cli.writing import write_tunes

    if write_tunes(**given):
        context.exit(1)


@click.command("check")
@click.argument("file", type=INPUT)
@click.option(
    "--originality", is_flag=True, help="Also say what each melody shares with known tunes."
)
@click.pass_context
def check_command(context: click.Context, /, file: Path, originality: bool) -> None:
    """Say what is wrong with the tunes of an ABC FILE (- is stdin), a line each; exit
    status 1 if anything is."""
    # The reader of ABC: no other command's help waits for it.
    from abcrun.cli.checking import tell_problems

    if tell_problems(file, originality):
        context.exit(1)


@click.command("play")
@click.argument("file", type=INPUT)
@sound_options
def play_command(file: Path, sound: SoundOptions) -> None:
    """Play the tunes of an ABC FILE (- is stdin) with the first player that is
    found."""
    # NumPy and the renderer, as for `render`.
    from abcrun.cli.playing import play_tunes

    play_tunes(file, sound)


COMMANDS = (render_command, check_command, play_command)
