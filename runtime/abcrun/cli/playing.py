"""The work of `abcrun play`: tunes, aloud."""

import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from abcrun.cli.options import MoveOptions, SoundOptions
from abcrun.cli.reading import checked_move, read_tunes
from abcrun.cli.sources import Failures, sources
from abcrun.cli.writing import render_settings
from abcrun.errors import AbcrunError, RenderError
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


def play_tunes(
    *, files: Sequence[Path], recursive: bool, move: MoveOptions, lenient: bool, sound: SoundOptions
) -> int:
    """Play the tunes of all files, one after the other, and return the exit status.

    A file or tune that cannot be read does not stop the others. Raises `RenderError`
    when there is no player, or the one there is fails.
    """
    settings, way = render_settings(sound), checked_move(move)
    player = next((command for command in PLAYERS if shutil.which(command[0])), None)
    if player is None and sys.platform != "win32":
        raise RenderError(
            f"no player found ({', '.join(command[0] for command in PLAYERS)}); install one, "
            "or write a sound file with abcrun render"
        )
    failures = Failures()
    played = 0
    with tempfile.TemporaryDirectory(prefix="abcrun-") as folder:
        path = Path(folder) / "tune.wav"
        tunes = (
            tune
            for source in sources(files, recursive, failures)
            for tune in read_tunes(source.path, failures, move=way, lenient=lenient)
        )
        for tune in tunes:
            title = tune.title or "a tune without a title"
            try:
                sound_file = render(tune, "wav", settings)
            except AbcrunError as error:
                failures.tell(type(error)(f"{title}: {error}"))
                continue
            click.echo(f"playing {title} ({tune.seconds:.0f} s)", err=True)
            path.write_bytes(sound_file)
            if player is not None:
                _play(player, path)
            elif sys.platform == "win32":  # Windows plays WAV files itself
                winsound.PlaySound(str(path), winsound.SND_FILENAME)
            played += 1
    return failures.status(is_any_done=bool(played))


def _play(player: Sequence[str], path: Path) -> None:
    """Play a file to its end. Raises `RenderError`."""
    try:
        run([*player, str(path)], captured=False, check=True)
    except OSError as error:
        raise RenderError(
            f"{player[0]} could not play the sound ({error}); abcrun render writes it to a file"
        ) from None
