"""The work of `abcrun check`: what is wrong with tunes, and what they share."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from abcrun.cli.reading import read_text
from abcrun.notation import UnreadableTuneError
from abcrun.notation import check as check_text
from abcrun.notation.blocks import blocks


def tell_problems(file: Path, originality: bool) -> int:
    """Print a line for each problem of a file, and return the number of problems.

    With `originality`, each tune that can be read has a line, too.
    """
    text = read_text(file)
    problems = check_text(text)
    shared = list(_originality(text)) if originality else []
    for problem in problems:
        click.echo(f"{file}:{problem.line}:{problem.column}: {problem.reason}")
    for line, found in shared:
        click.echo(f"{file}:{line}: {found}")
    # On a terminal the problems come before their number, whatever is buffered.
    sys.stdout.flush()
    click.echo(f"{len(problems)} problem{'s' if len(problems) != 1 else ''}", err=True)
    return len(problems)


def _originality(text: str) -> Iterator[tuple[int, str]]:
    """Yield what each tune that can be read shares with known ones, behind its line."""
    # The index of known melodies and its NumPy: without --originality nobody waits.
    from abcrun.originality import COPY, default_index
    from abcrun.tune import Tune

    index = default_index()
    # A text over the bounds is named by the check already.
    with contextlib.suppress(UnreadableTuneError):
        for block in blocks(text):
            with contextlib.suppress(UnreadableTuneError):
                found = Tune.of_block(block).originality(index)
                nearest = f"{found.title or 'without a title'}, {found.book} {found.number}"
                share = (
                    f"{100 * found.copied_share:.0f} % of the notes stand in runs of {COPY} or more"
                )
                run = (
                    f"{found.longest_run} notes ({nearest}); {share}"
                    if found.longest_run
                    else "none"
                )
                yield block.first_line, f"longest run shared with a known tune: {run}"
