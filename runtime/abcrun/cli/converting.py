"""The work of `abcrun convert`: MusicXML to ABC and back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from abcrun.cli.options import MoveOptions
from abcrun.cli.reading import AS_IT_IS, checked_move, read_bytes, text_of, tunes_of
from abcrun.cli.sources import STDIN, Failures, Source, sources
from abcrun.cli.writing import Names
from abcrun.errors import AbcrunError, NotationError, UsageError
from abcrun.files import make_folder, write_atomically
from abcrun.formats import FORMATS
from abcrun.musicxml.convert import musicxml_to_abc
from abcrun.musicxml.source import looks_like_musicxml
from abcrun.notation.moving import Move
from abcrun.score.musicxml import to_musicxml

_SUFFIXES = (".musicxml", ".mxl", ".xml", ".abc")
_FORMATS = {".abc": "abc", ".musicxml": "musicxml", ".xml": "musicxml"}
"""What a file named with --out holds, by its suffix."""


def convert_files(
    *,
    files: Sequence[Path],
    recursive: bool,
    to: str | None,
    out: Path | None,
    move: MoveOptions,
    lenient: bool,
) -> int:
    """Convert all files, and return the exit status.

    `lenient` reads on over a blank line in ABC.

    Without `out` all goes to stdout: the ABC of several files is one tunebook, numbered
    from 1. Raises `UsageError` for several MusicXML files in one place, `OutputError`.
    """
    is_file = out is not None and out.suffix.lower() in _FORMATS and not out.is_dir()
    if is_file and out is not None:
        told = _FORMATS[out.suffix.lower()]
        if to not in (None, told):
            raise UsageError(f"--out {out}: --to {to} does not go to a file of that name")
        to = told
    failures = Failures()
    reading = _Reading(to, checked_move(move), lenient, failures)
    found = list(sources(files, recursive, failures, _SUFFIXES))
    if out is not None and not is_file:
        return _to_folder(found, out, reading)
    scores: list[tuple[str, str]] = []
    for source in found:
        scores += _converted(source, reading, first=len(scores) + 1)
    if not scores:
        return failures.status(is_any_done=False)
    text = _together(scores)
    if out is None:
        click.echo(text, nl=False)
    else:
        click.echo(f"wrote {write_atomically(out, text)}", err=True)
    return failures.status(is_any_done=True)


@dataclass(frozen=True)
class _Reading:
    """How files are read: what they become, where their tunes go, who is told."""

    to: str | None
    move: Move
    lenient: bool
    failures: Failures


def _to_folder(found: list[Source], out: Path, reading: _Reading) -> int:
    """Write a file for each score, named after the file that it comes from."""
    names = Names(source.path for source in found if source.path != STDIN)
    written = 0
    for source in found:
        folder = out / source.folder
        scores = list(_converted(source, reading, first=1))
        if scores:
            make_folder(folder)
        stems = names.take(source, folder, len(scores), [name for name, _ in scores[:1]])
        for (name, text), stem in zip(scores, stems, strict=True):
            path = write_atomically(folder / f"{stem}{FORMATS[name].suffix}", text)
            click.echo(f"wrote {path}", err=True)
            written += 1
    return reading.failures.status(is_any_done=bool(written))


def _together(scores: list[tuple[str, str]]) -> str:
    """Return the text of all scores in one file. Raises `UsageError` where no file
    holds them."""
    if len(scores) > 1 and any(name == "musicxml" for name, _ in scores):
        raise UsageError(
            f"there are {len(scores)} scores, and a MusicXML file holds one: "
            "give a folder for them with --out"
        )
    return "\n".join(text for _, text in scores)


def _converted(source: Source, reading: _Reading, *, first: int) -> Iterator[tuple[str, str]]:
    """Yield format and text of the scores of a file; the first one has this number."""
    file, failures = source.path, reading.failures
    try:
        content = read_bytes(file)
        is_score = looks_like_musicxml(content)
        if reading.to == ("musicxml" if is_score else "abc"):
            raise UsageError(f"{file}: is {'MusicXML' if is_score else 'ABC'} already")
        if is_score:
            conversion = musicxml_to_abc(content, reference=first)
            for remark in conversion.remarks:
                click.echo(f"abcrun: {file}: not in the ABC: {remark}", err=True)
            if reading.move == AS_IT_IS:
                yield "abc", conversion.abc
                return
            text = conversion.abc
        else:
            text = text_of(file, content)
        tunes = tunes_of(file, text, failures, move=reading.move, lenient=reading.lenient)
        for tune in tunes:
            if is_score:
                yield "abc", f"{tune.text}\n"
            else:
                yield "musicxml", to_musicxml(tune).text
    except AbcrunError as error:
        named = str(error).startswith(f"{file}: ")
        wrong = error if named else NotationError(f"{file}: {error}")
        failures.tell(wrong)
