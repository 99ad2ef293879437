"""Tunes to files: what the options of the sound mean, and what a file is called."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from abcrun.cli.options import MoveOptions, SoundOptions, formats_of
from abcrun.cli.progress import progress
from abcrun.cli.reading import checked_move, read_tunes
from abcrun.cli.sources import STDIN, Failures, Source, sources
from abcrun.errors import AbcrunError, NotationError, OutputError
from abcrun.files import write_atomically
from abcrun.formats import FORMATS
from abcrun.notation import Tune
from abcrun.rendering import RenderSettings, render_files


def render_settings(sound: SoundOptions, paper: str = "a4") -> RenderSettings:
    """Return the renderer's settings. Raises `UsageError` for values out of range."""
    given: dict[str, Any] = {}
    if sound.instrument is not None:
        given["program"] = sound.instrument
    if sound.rate is not None:
        given["rate"] = sound.rate
    return RenderSettings(
        synth=sound.synth,
        converter=sound.converter,
        sound_font=sound.sound_font,
        chords=sound.chords,
        grace=sound.grace,
        swing=sound.swing,
        paper=paper,
        **given,
    )


class Names:
    """Names for files that are given to no two tunes, nor to a file that is read."""

    def __init__(self, read: Iterable[Path]) -> None:
        """Keep the names of the files that are `read`."""
        self._taken = {_key(path) for path in read}
        # How often a stem was met in a folder: a thousand files may have the same.
        self._met: dict[str, int] = {}

    def take(self, source: Source, folder: Path, count: int, formats: Sequence[str]) -> list[str]:
        """Return the stems of the files of `count` tunes of a file, in a folder.

        That is the stem of the file, numbered where it has several tunes, and marked
        where another file has the name already.
        """
        stem = "tune" if source.path == STDIN else source.path.stem
        place = _key(folder / stem)
        while count:
            met = self._met[place] = self._met.get(place, 0) + 1
            base = stem if met == 1 else f"{stem}_{met}"
            stems = [f"{base}-{number}" for number in range(1, count + 1)] if count > 1 else [base]
            keys = {
                _key(folder / f"{one}{FORMATS[name].suffix}") for one in stems for name in formats
            }
            if self._taken.isdisjoint(keys):
                self._taken |= keys
                return stems
        return []


def _key(path: Path) -> str:
    # Many file systems hold capital and small letters for the same.
    return str(path.resolve()).casefold()


def write_tunes(
    *,
    files: Sequence[Path],
    recursive: bool,
    out: Path,
    formats: str,
    paper: str,
    move: MoveOptions,
    lenient: bool,
    sound: SoundOptions,
) -> int:
    """Write the files of all tunes of all files, and return the exit status.

    What lies in folders below one that is given, goes to such folders in `out`. A file
    or tune that cannot be rendered does not stop the others. Raises `UsageError` for
    wrong options, `OutputError`.
    """
    chosen, settings, way = formats_of(formats), render_settings(sound, paper), checked_move(move)
    failures = Failures()
    found = list(sources(files, recursive, failures))
    names = Names(source.path for source in found if source.path != STDIN)
    read = ((one, read_tunes(one.path, failures, move=way, lenient=lenient)) for one in found)
    # The bar shows how many files are done or, of one file, how many tunes.
    alone = list(read) if len(found) == 1 else []
    written = 0
    with progress(len(alone[0][1]) if alone else len(found), "rendering") as advance:
        for source, tunes in alone or read:
            folder = out / source.folder
            stems = names.take(source, folder, len(tunes), chosen)
            for tune, stem in zip(tunes, stems, strict=True):
                try:
                    paths = render_files(tune, folder, stem, chosen, settings)
                except OutputError:  # the next one would fare no better
                    raise
                except AbcrunError as error:
                    failures.tell(type(error)(f"{source.path}: line {tune.first_line}: {error}"))
                    continue
                written += 1
                for path in paths:
                    click.echo(f"wrote {path}", err=True)
                if alone:
                    advance()
            if not alone:
                advance()
    return failures.status(is_any_done=bool(written))


def write_composed(
    text: str, stem: str, folder: Path, formats: Sequence[str], settings: RenderSettings
) -> list[Path]:
    """Write the files of a composed tune and return their paths.

    Raises `NotationError` for a tune that cannot be read, once its text is written, if
    anything but the text is wanted.
    """
    try:
        tune = Tune.parse(text)
    except NotationError as error:
        written = []
        if "abc" in formats:
            written.append(write_atomically(folder / f"{stem}.abc", text))
        if set(formats) == {"abc"}:
            return written
        raise NotationError(
            f"{stem} cannot be played ({error}); --valid draws until one can"
        ) from None
    return render_files(tune, folder, stem, formats, settings)
