"""`abcrun render`, `check`, `play` and `convert`: the commands for the tunes of
files."""

from pathlib import Path
from typing import Any

import click

from abcrun.cli.options import (
    PATH,
    checked_folder,
    files_argument,
    lenient_option,
    move_options,
    recursive_option,
    sound_options,
)
from abcrun.errors import UsageError
from abcrun.formats import PAPERS

_FORMATS = "midi,wav,waveform"


@click.command("render")
@files_argument
@recursive_option
@click.option(
    "-o",
    "--out",
    "out",
    type=PATH,
    default=Path(),
    show_default="this one",
    help="Folder for the files; or a file .pdf for all tunes as one book.",
)
@click.option(
    "--formats",
    show_default=_FORMATS,
    help="abc, midi, wav, mp3, pdf, svg, png, musicxml, …",
)
@click.option(
    "--paper",
    type=click.Choice(PAPERS),
    default="a4",
    show_default=True,
    help="Size of the pages of a PDF.",
)
@click.option("--title", help="Of a book.  [default: the name of its file]")
@move_options
@lenient_option
@sound_options
@click.pass_context
def render_command(
    context: click.Context, /, out: Path, formats: str | None, title: str | None, **given: Any
) -> None:
    """Write the tunes of ABC FILES (- is stdin) as MIDI, sound, scores and pictures, or
    all of them as one printed book.

    A file is named after that of the tune, and numbered where it holds several. What
    cannot be rendered is named and does not stop the others; the exit status is 1 then.
    """
    # NumPy and the renderer: the list of commands and all help are there without them.
    if out.suffix.lower() == ".pdf" and not out.is_dir():
        from abcrun.cli.printing import print_book

        if formats not in (None, "pdf"):
            raise UsageError(f"--out {out}: --formats {formats} does not go to a file of that name")
        del given["sound"]
        context.exit(print_book(out=out, title=title, **given))
    from abcrun.cli.writing import write_tunes

    if title is not None:
        raise UsageError("--title is for a book: give it a file with --out BOOK.pdf")
    context.exit(write_tunes(out=checked_folder(out), formats=formats or _FORMATS, **given))


def _complete_kinds(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[str]:
    """Return the kinds that the last name in a list may become."""
    # As for `check`.
    from abcrun.notation.problem import KINDS

    before, comma, last = incomplete.rpartition(",")
    return [before + comma + kind for kind in KINDS if kind.startswith(last)]


@click.command("check")
@files_argument
@recursive_option
@click.option("--json", "as_json", is_flag=True, help="One JSON array of problems.")
@click.option(
    "--kinds",
    metavar="KIND,...",
    shell_complete=_complete_kinds,
    help="These kinds of problems alone: bar-length, unsupported, …",
)
@click.option(
    "--ignore",
    "ignored",
    metavar="KIND,...",
    shell_complete=_complete_kinds,
    help="All kinds but these.",
)
@click.option(
    "--originality", is_flag=True, help="Also say what each melody shares with known tunes."
)
@click.option(
    "--instrument",
    metavar="NAME",
    help="Also say which notes of each tune an instrument cannot play: whistle, fiddle, …",
)
@click.option(
    "--model",
    "model_path",
    type=PATH,
    help="The known tunes are those that this .onnx file learned from.  [default: abcrun's own]",
)
@lenient_option
@click.pass_context
def check_command(context: click.Context, /, **given: Any) -> None:
    """Say what is wrong with the tunes of ABC FILES (- is stdin), a line each.

    The exit status is 1 if anything is. Remarks (kind "unsupported": abcrun reads over
    what stands there) are no faults.
    """
    # The reader of ABC: no other command's help waits for it.
    from abcrun.cli.checking import tell_problems

    context.exit(tell_problems(**given))


@click.command("play")
@files_argument
@recursive_option
@move_options
@lenient_option
@sound_options
@click.pass_context
def play_command(context: click.Context, /, **given: Any) -> None:
    """Play the tunes of ABC FILES (- is stdin) with the first player that is found."""
    # NumPy and the renderer, as for `render`.
    from abcrun.cli.playing import play_tunes

    context.exit(play_tunes(**given))


@click.command("convert")
@files_argument
@click.option(
    "-r",
    "--recursive",
    is_flag=True,
    help="Take the .musicxml, .mxl, .xml and .abc files in folders and those below, too.",
)
@click.option(
    "--to",
    "to",
    type=click.Choice(("abc", "musicxml")),
    help="What to write.  [default: ABC of MusicXML, and the other way round]",
)
@click.option(
    "-o", "--out", "out", type=PATH, help="Folder for the files, or a file.  [default: stdout]"
)
@move_options
@lenient_option
@click.pass_context
def convert_command(context: click.Context, /, **given: Any) -> None:
    """Convert MusicXML FILES (.musicxml, .mxl, .xml; - is stdin) to ABC, and ABC to
    MusicXML.

    What of a score ABC has no place for is named on stderr. Files that cannot be read
    do not stop the others; the exit status is 1 then.
    """
    # Both readers: no other command's help waits for them.
    from abcrun.cli.converting import convert_files

    context.exit(convert_files(**given))


COMMANDS = (render_command, check_command, play_command, convert_command)
