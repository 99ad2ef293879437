"""The work of `abcrun play`: tunes, aloud."""

import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from abcrun.cli.options import SoundOptions
from abcrun.cli.reading import read_tunes
from abcrun.cli.writing import render_settings
from abcrun.errors import RenderError
from abcrun.processes import run
from abcrun.rendering import render

if sys.platform == "win32":
    import winsound

PLAYERS = (
    ("pw-play",),
    ("paplay",),
    ("aplay", "-q"),
    ("afplay",),
    ("play", "-q"),
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "error"),
    ("mpv", "--no-video", "--really-quiet"),
)
"""Programs that play a WAV file and end: PipeWire, PulseAudio, ALSA, macOS, SoX,
FFmpeg, mpv."""


def play_tunes(file: Path, sound: SoundOptions) -> None:
    """Play the tunes of a file, one after the other.

    Raises `RenderError` when there is no player, or the one there is fails.
    """
    settings = render_settings(sound)
    tunes, _ = read_tunes(file)
    player = next((command for command in PLAYERS if shutil.which(command[0])), None)
    if player is None and sys.platform != "win32":
        raise RenderError(
            f"no player found ({', '.join(command[0] for command in PLAYERS)}); install one, "
            "or write a sound file with abcrun render"
        )
    with tempfile.TemporaryDirectory(prefix="abcrun-") as folder:
        path = Path(folder) / "tune.wav"
        for tune in tunes:
            title = tune.title or "a tune without a title"
            click.echo(f"playing {title} ({tune.seconds:.0f} s)", err=True)
            path.write_bytes(render(tune, "wav", settings))
            if player is not None:
                _play(player, path)
            elif sys.platform == "win32":  # Windows plays WAV files itself
                winsound.PlaySound(str(path), winsound.SND_FILENAME)


def _play(player: Sequence[str], path: Path) -> None:
    """Play a file to its end. Raises `RenderError`."""
    try:
        run([*player, str(path)], captured=False, check=True)
    except OSError as error:
        raise RenderError(
            f"{player[0]} could not play the sound ({error}); abcrun render writes it to a file"
        ) from None
