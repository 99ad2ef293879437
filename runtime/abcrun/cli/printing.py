"""The work of `abcrun render --out BOOK.pdf`: the tunes of files as one book."""

from collections.abc import Sequence
from pathlib import Path

import click

from abcrun.cli.options import MoveOptions
from abcrun.cli.reading import checked_move, read_tunes
from abcrun.cli.sources import STDIN, Failures, sources
from abcrun.files import write_atomically
from abcrun.notation import Tune
from abcrun.rendering import render_book


def print_book(
    *,
    files: Sequence[Path],
    recursive: bool,
    out: Path,
    paper: str,
    title: str | None,
    move: MoveOptions,
    lenient: bool,
) -> int:
    """Write all tunes of all files, in their order, to one PDF, and return the exit
    status.

    A title that is not given is the name of the file, where there is one. Files and
    tunes that cannot be read are told, and left out. Raises `UsageError`,
    `RenderError`, `OutputError`.
    """
    failures, way = Failures(), checked_move(move)
    found = list(sources(files, recursive, failures))
    tunes: list[Tune] = []
    for source in found:
        tunes += read_tunes(source.path, failures, move=way, lenient=lenient)
    if tunes:
        if title is None:
            named = len(found) == 1 and found[0].path != STDIN
            title = found[0].path.stem if named else ""
        pdf = render_book(tunes, title=title, paper=paper)
        click.echo(f"wrote {write_atomically(out, pdf)}", err=True)
    return failures.status(is_any_done=bool(tunes))
