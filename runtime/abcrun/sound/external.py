"""Programs that the system may have: abc2midi, timidity and fluidsynth, each behind a
guard.

They are C programs that read files for whoever asks (`%%abc-include`), take gigabytes
for one long rest and crash on odd input. timidity and fluidsynth also report success
when they failed. So each run has a private folder and limits (`abcrun.processes`), and
its result is checked.
"""

import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile

from abcrun.errors import RenderError, UsageError
from abcrun.processes import MEBIBYTE, Limits, run_limited
from abcrun.sound.midi import read_midi
from abcrun.sound.samples import Samples, set_level

MAX_ABC_BYTES = 1_000_000
ENGINE_RATES = {"timidity": (8_000, 65_000), "fluidsynth": (8_000, 96_000)}
"""Lowest and highest sample rate that each synthesiser accepts."""
SOUND_FONT_VARIABLE = "ABCRUN_SOUNDFONT"
"""Environment variable that names the sound font."""
SOUND_FONT_PATHS = (
    "/usr/share/sounds/sf2/default-GM.sf2",
    "/usr/share/sounds/sf2/FluidR3_GM.sf2",
    "/usr/share/sounds/sf2/TimGM6mb.sf2",
    "/usr/share/soundfonts/default.sf2",
    "/usr/share/soundfonts/FluidR3_GM.sf2",
    "/usr/local/share/soundfonts/default.sf2",
    "/opt/homebrew/share/soundfonts/default.sf2",
    "/usr/share/sounds/sf3/default-GM.sf3",
    "/usr/share/soundfonts/FluidR3_GM.sf3",
)
"""Where distributions and Homebrew put one."""

# fluidsynth opens every audio driver; PulseAudio's asks for 64 MiB of shared memory.
_ENVIRONMENT = {"SDL_AUDIODRIVER": "dummy"}

_DIRECTIVE_LINE = re.compile(r"^(?=[^\S\n]*(?:%%|I[^\S\n]*:))", re.MULTILINE)
_INLINE_INSTRUCTION = re.compile(r"\[(\s*)I(?=\s*:)")


def without_directives(text: str) -> str:
    """Return `text` with every directive made a remark: `%%` lines, `I:` lines and
    inline `[I:...]`, which read files and change sounds.

    Line ends become `\\n`, NUL bytes spaces.
    """
    # Not cut out: the two sides of a cut could close up to a new directive.
    text = re.sub(r"\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]", "\n", text).replace("\0", " ")
    return _INLINE_INSTRUCTION.sub(r"[\1r", _DIRECTIVE_LINE.sub("% ", text))


def abc2midi(text: str, *, with_chords: bool = True, with_graces: bool = True) -> bytes:
    """Return the first tune of an ABC text as a MIDI file, made by abc2midi, with or
    without its chord symbols and grace notes. Raises `RenderError`."""
    options = [] if with_chords else ["-NGUI"]
    options += [] if with_graces else ["-NGRA"]
    with tempfile.TemporaryDirectory(prefix="abcrun-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        printed = run_abc2midi(text, folder, options)
        result = folder / "tune.mid"
        midi = result.read_bytes() if result.is_file() else b""
    if not midi.startswith(b"MThd") or b"MTrk" not in midi:
        errors = [line for line in printed.splitlines() if line.startswith("Error")]
        raise RenderError(
            f"abc2midi made no MIDI file: {errors[0] if errors else 'it found no tune'}"
        )
    return midi


def run_abc2midi(text: str, folder: Path, options: Sequence[str] = ()) -> str:
    """Let abc2midi write the first tune of an ABC text to `tune.mid` in `folder`.

    Returns the end of what it printed; all is in `log.txt`. Raises `RenderError` for a
    text of over `MAX_ABC_BYTES`, and as `run_limited` does. There may be no `tune.mid`
    all the same.
    """
    data = without_directives(text).encode("utf-8", "replace")
    if len(data) > MAX_ABC_BYTES:
        raise RenderError(
            f"the ABC text has {len(data)} bytes: the limit for abc2midi is {MAX_ABC_BYTES}"
        )
    (folder / "tune.abc").write_bytes(data)
    arguments = ["tune.abc", "-o", "tune.mid", *options]
    return run_limited("abc2midi", arguments, folder, Limits(), packages="abcmidi")


def timidity(midi: bytes, rate: int, sound_font: str | Path | None = None) -> Samples:
    """Return a MIDI file as timidity plays it: samples [frames, 2] at our level.

    Without a sound font (`find_sound_font`) timidity uses its own configuration. Raises
    `RenderError`, and `UsageError` for a rate beyond `ENGINE_RATES`.
    """
    font = find_sound_font(sound_font, compressed=False)
    configured = [] if font is None else ["-c", "timidity.cfg"]
    written = ["-Ow", "-o", "tune.wav", "-s", str(rate), "--output-24bit", "--preserve-silence"]
    return _play("timidity", [*configured, *written, "tune.mid"], midi, rate, font)


def fluidsynth(
    midi: bytes,
    rate: int,
    sound_font: str | Path | None = None,
    *,
    usual: Sequence[str] = SOUND_FONT_PATHS,
) -> Samples:
    """Return a MIDI file as fluidsynth plays it: samples [frames, 2] at our level.

    `usual` is for `find_sound_font`. Raises `RenderError`, also when there is no sound
    font, and `UsageError` for a rate beyond `ENGINE_RATES`.
    """
    font = find_sound_font(sound_font, usual=usual)
    if font is None:
        raise RenderError(
            "fluidsynth needs a sound font: sudo apt-get install fluid-soundfont-gm, "
            f"or set {SOUND_FONT_VARIABLE}"
        )
    # Else a font that it cannot read is silently replaced by the one it was built with.
    only_ours = ["-o", "synth.default-soundfont=none"]
    written = ["-F", "tune.wav", "-T", "wav", "-O", "float", "-r", str(rate)]
    options = ["-ni", "-q", *only_ours, *written, "font.sf2", "tune.mid"]
    return _play("fluidsynth", options, midi, rate, font)


def check_engine_rate(engine: str, rate: int) -> None:
    """Raise `UsageError` unless timidity or fluidsynth can play at `rate` Hz."""
    lowest, highest = ENGINE_RATES[engine]
    if not lowest <= rate <= highest:
        raise UsageError(f"{engine} has no sample rate of {rate} Hz: {lowest} to {highest}")


def find_sound_font(
    given: str | Path | None = None,
    *,
    compressed: bool = True,
    usual: Sequence[str] = SOUND_FONT_PATHS,
) -> Path | None:
    """Return the sound font `given`, or that of the variable `ABCRUN_SOUNDFONT`, or one
    of the `usual` paths, or None.

    `compressed` says whether an SF3 can be used. Raises `RenderError` when the one
    asked for is missing, is no sound font, or is an SF3 that cannot be used.
    """
    asked = given or os.environ.get(SOUND_FONT_VARIABLE)
    if not asked:
        usable = (2, 3) if compressed else (2,)
        paths = (Path(path) for path in usual)
        return next((path for path in paths if _sound_font_version(path) in usable), None)
    font = Path(asked).expanduser().absolute()
    version = _sound_font_version(font)
    if version is None:
        raise RenderError(f"{font} is not a sound font that can be read (SF2)")
    if version > 2 and not compressed:
        raise RenderError(
            f"{font} is a compressed sound font (SF3), which timidity cannot read: give an SF2"
        )
    return font


def _sound_font_version(path: Path) -> int | None:
    """Return 2 for SF2, 3 for SF3, None for anything else."""
    # The major version stands in the chunk `ifil`, which comes first.
    try:
        with path.open("rb") as file:
            head = file.read(36)
    except (OSError, ValueError):
        return None
    if (
        head[:4] != b"RIFF"
        or head[8:16] != b"sfbkLIST"
        or head[20:28] != b"INFOifil"
        or len(head) < 34
    ):
        return None
    return int.from_bytes(head[32:34], "little")


def _play(program: str, options: list[str], midi: bytes, rate: int, font: Path | None) -> Samples:
    """Run a synthesiser that reads `tune.mid` and `font.sf2` and writes `tune.wav`;
    return what it wrote, checked."""
    check_engine_rate(program, rate)
    notes = read_midi(midi)
    if not notes:
        raise RenderError("there are no notes to play")
    seconds = max(note.start + note.duration for note in notes)
    # Memory for the font twice over; two channels of at most four bytes a sample, and
    # half a minute for the last notes to ring.
    limits = Limits(
        seconds=60,
        memory=1024 * MEBIBYTE + 2 * (font.stat().st_size if font else 0),
        file_size=round((seconds + 30) * rate) * 2 * 4 + MEBIBYTE,
    )
    with tempfile.TemporaryDirectory(prefix="abcrun-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "tune.mid").write_bytes(midi)
        if font is not None:
            # Under a name of ours: a quote or a leading hyphen would be misread.
            (folder / "font.sf2").symlink_to(font)
            (folder / "timidity.cfg").write_text('soundfont "font.sf2"\n', encoding="utf-8")
        printed = run_limited(
            program,
            options,
            folder,
            limits,
            environment=_ENVIRONMENT,
            packages=f"{program} fluid-soundfont-gm",
        )
        try:
            samples, found_rate = soundfile.read(
                folder / "tune.wav", dtype="float32", always_2d=True
            )
        except (soundfile.SoundFileError, RuntimeError) as error:
            lines = [line.strip() for line in printed.splitlines() if line.strip()]
            raise RenderError(
                f"{program} made no sound file: {lines[-1] if lines else error}"
            ) from error
    # Both report success without instruments: silence but for dither, or a bare header.
    is_silent = float(np.abs(samples).max(initial=0.0)) < 1e-3
    if (
        found_rate != rate
        or samples.shape[1] != 2
        or len(samples) < 0.5 * seconds * rate
        or is_silent
    ):
        raise RenderError(f"{program} made no sound: is its sound font complete?")
    sound = np.asarray(samples, np.float32)
    set_level(sound, rate)
    return sound
