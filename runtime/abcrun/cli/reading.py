"""The tunes of a file or of stdin, as the commands take them."""

import sys
from pathlib import Path

import click

from abcrun.errors import AbcrunError, NotationError, UsageError
from abcrun.files import decode_text
from abcrun.notation.blocks import blocks
from abcrun.notation.key import tonic_and_mode
from abcrun.notation.problem import NO_TUNE, UnreadableTuneError
from abcrun.notation.tune import Tune


def read_text(file: Path) -> str:
    """Read the text of a file, or of stdin for `-`. Raises `UsageError`."""
    if str(file) == "-" and sys.stdin is None:
        raise UsageError("-: stdin is closed; name a file")
    try:
        content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file}: cannot be read ({error.strerror or error})") from None
    return decode_text(content)[0]


def read_tunes(file: Path, transpose: str | None = None) -> tuple[list[Tune], int]:
    """Read the tunes of a file; return them, and the number of those that are left out.

    A tune is left out, and named on stderr, if it cannot be read or, with `transpose`,
    not be moved to that key. Raises `NotationError` or `UsageError` if none is left.
    """
    if transpose is not None:
        # A key that is none is refused before anything is read.
        tonic_and_mode(transpose)
    tunes: list[Tune] = []
    faults: list[AbcrunError] = []
    for block in blocks(read_text(file)):
        try:
            tune = Tune.of_block(block)
            tunes.append(tune if transpose is None else tune.transpose(transpose))
        except UnreadableTuneError as error:
            faults.append(error)  # it says its line itself
        except (NotationError, UsageError) as error:
            # It cannot go to that key.
            faults.append(type(error)(f"line {block.first_line}: {error}"))
    if not tunes:
        reason = faults[0] if faults else NO_TUNE.reason
        # The status tells whether the text is at fault or what was asked of it.
        raise (UsageError if isinstance(reason, UsageError) else NotationError)(f"{file}: {reason}")
    for fault in faults:
        click.echo(f"abcrun: {file}: {fault}; this tune is left out", err=True)
    return tunes, len(faults)
