"""Tunes to files: what the options of the sound mean, and what a file is called."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from abcrun.cli.options import SoundOptions, formats_of
from abcrun.cli.progress import progress
from abcrun.cli.reading import read_tunes
from abcrun.errors import NotationError
from abcrun.files import write_atomically
from abcrun.notation import Tune
from abcrun.rendering import RenderSettings, render_files


def render_settings(sound: SoundOptions) -> RenderSettings:
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
        **given,
    )


def write_tunes(
    *, file: Path, out: Path, formats: str, transpose: str | None, sound: SoundOptions
) -> int:
    """Write the files of all tunes of a file; return how many tunes are left out."""
    chosen, settings = formats_of(formats), render_settings(sound)
    tunes, left_out = read_tunes(file, transpose)
    stem = "tune" if str(file) == "-" else file.stem
    with progress(len(tunes), "rendering") as advance:
        for number, tune in enumerate(tunes, 1):
            name = stem if len(tunes) == 1 else f"{stem}-{number}"
            for path in render_files(tune, out, name, chosen, settings):
                click.echo(f"wrote {path}", err=True)
            advance()
    return left_out


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
