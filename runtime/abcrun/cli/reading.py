"""The tunes of a file or of stdin, as the commands take them."""

import sys
from pathlib import Path

import click

from abcrun.cli.options import MoveOptions
from abcrun.cli.sources import STDIN, Failures
from abcrun.errors import AbcrunError, NotationError, UsageError
from abcrun.files import decode_text
from abcrun.notation.blocks import blocks
from abcrun.notation.limits import MAX_TEXT_CHARACTERS
from abcrun.notation.moving import Move, names_as_written
from abcrun.notation.problem import NO_TUNE, UnreadableTuneError
from abcrun.notation.tune import Tune

AS_IT_IS = Move()
"""No move."""

_MOST = 4 * MAX_TEXT_CHARACTERS + 1
"""Bytes that are read: of more, the text is over the bounds in any encoding."""


def read_bytes(file: Path) -> bytes:
    """Read a file, or stdin for `-`. Raises `UsageError` where it cannot be read."""
    if file == STDIN and sys.stdin is None:
        raise UsageError("-: stdin is closed; name a file")
    try:
        if file == STDIN:
            return sys.stdin.buffer.read(_MOST)
        with file.open("rb") as opened:
            return opened.read(_MOST)
    except OSError as error:
        raise UsageError(f"{file}: cannot be read ({error.strerror or error})") from None


def read_text(file: Path) -> str:
    """Read the text of a file, or of stdin for `-`.

    Raises `UsageError` where it cannot be read, `NotationError` where it is no text.
    """
    return text_of(file, read_bytes(file))


def text_of(file: Path, content: bytes) -> str:
    """Return the text in the content of a file. Raises `NotationError` for what is
    none."""
    text, _ = decode_text(content)
    if "\0" in text:
        raise NotationError(f"{file}: is no text in UTF-8, UTF-16 or Latin-1: it holds zero bytes")
    return text


def checked_move(options: MoveOptions) -> Move:
    """Return the move that was asked for. Raises `UsageError` for one that no tune
    could make."""
    move = Move(options.transpose, options.fit, options.part)
    move.check()
    return move


def read_tunes(
    file: Path, failures: Failures, *, move: Move = AS_IT_IS, lenient: bool = False
) -> list[Tune]:
    """Read the tunes of a file; none where it cannot be read.

    What is left out, the file or a tune of it, is told to `failures`.
    """
    try:
        return tunes_of(file, read_text(file), failures, move=move, lenient=lenient)
    except AbcrunError as error:
        failures.tell(error)
        return []


def tunes_of(
    file: Path,
    text: str,
    failures: Failures,
    *,
    move: Move = AS_IT_IS,
    lenient: bool = False,
) -> list[Tune]:
    """Return the tunes in the text of a file; `lenient` reads on over a blank line.

    A tune is left out, and told to `failures`, if it cannot be read or not be moved as
    `move` asks. What it has that the instrument to fit cannot play is told on stderr.
    Raises `NotationError` for a text without a tune.
    """
    tunes: list[Tune] = []
    faults = 0
    try:
        found = blocks(text, lenient=lenient)
    except UnreadableTuneError as error:
        raise NotationError(f"{file}: {error}") from None
    for block in found:
        try:
            tune = Tune.of_block(block)
            tunes.append(move.apply(tune))
        except UnreadableTuneError as error:  # it says its line itself
            failures.tell(NotationError(f"{file}: {error}; this tune is left out"))
            faults += 1
        except (NotationError, UsageError) as error:  # it cannot go to that key
            line = f"line {block.first_line}"
            failures.tell(type(error)(f"{file}: {line}: {error}; this tune is left out"))
            faults += 1
        else:
            if move.fit is not None and (said := lacking(tunes[-1], move.fit)):
                click.echo(f"abcrun: {file}: line {block.first_line}: {said}", err=True)
    if not tunes and not faults:
        raise NotationError(f"{file}: {NO_TUNE.reason}")
    return tunes


def lacking(tune: Tune, instrument: str) -> str:
    """Return which notes of a tune an instrument cannot play, in words; empty where it
    can play all."""
    names = names_as_written(tune, tune.unplayable(instrument))
    return f"{instrument} cannot play {', '.join(names)}" if names else ""
