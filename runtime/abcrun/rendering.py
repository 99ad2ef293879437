"""One door from a tune to its files: text, MIDI, sound, scores and pictures, each
station worked once."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import mido
import numpy as np
import numpy.typing as npt

from abcrun.errors import UsageError
from abcrun.files import make_folder, write_atomically
from abcrun.formats import CONVERTERS, FORMATS, SOUND_FORMATS, SYNTHS
from abcrun.notation import Tune
from abcrun.score.musicxml import to_musicxml
from abcrun.score.score import Score
from abcrun.sound import external as system
from abcrun.sound import midi
from abcrun.sound.encoding import check_sound_format, encode_sound
from abcrun.sound.synthesis import DEFAULT_RATE, check_rate, synthesise
from abcrun.sound.waveform import waveform_png, waveform_svg


@dataclass(frozen=True, slots=True)
class RenderSettings:
    """How a tune is made to sound. Checked when it is made: `UsageError` for a value
    out of its range."""

    synth: str = "builtin"
    """Who plays the MIDI: `builtin`, `timidity` or `fluidsynth` (these two must be
    installed)."""
    converter: str = "builtin"
    """Who turns the tune into MIDI: `builtin`, or `abc2midi` (must be installed; it
    always plays the piano)."""
    program: int | str = midi.DEFAULT_PROGRAM
    """General MIDI program, 0 to 127, or the name of an instrument
    (`midi.INSTRUMENT_PROGRAMS`)."""
    rate: int = DEFAULT_RATE
    """Frames a second: 8,000 to 192,000 built in, 65,000 with timidity, 96,000 with
    fluidsynth."""
    room: float = 0.25
    """Level of the built-in synthesiser's reverberation, 0 (none) to 1."""
    sound_font: str | Path | None = None
    """SF2 file for timidity and fluidsynth; None: the variable `ABCRUN_SOUNDFONT`, or
    one in the usual places."""

    def __post_init__(self) -> None:
        if self.synth not in SYNTHS:
            raise UsageError(f"unknown synthesiser {self.synth!r}: one of {', '.join(SYNTHS)}")
        if self.converter not in CONVERTERS:
            raise UsageError(
                f"unknown converter {self.converter!r}: one of {', '.join(CONVERTERS)}"
            )
        object.__setattr__(self, "program", midi.program_number(self.program))
        if not 0.0 <= self.room <= 1.0:
            raise UsageError(f"room is {self.room}: give a level from 0 (none) to 1")
        if self.synth == "builtin":
            check_rate(self.rate)
        else:
            system.check_engine_rate(self.synth, self.rate)


def tune_midi(tune: Tune, settings: RenderSettings | None = None) -> bytes:
    """The performance of `tune` as the bytes of a MIDI file. Raises `RenderError`."""
    return _Rendering(tune, settings or RenderSettings()).midi


def tune_samples(
    tune: Tune, settings: RenderSettings | None = None
) -> tuple[npt.NDArray[np.float32], int]:
    """The sound of `tune`: float32 samples [frames, 2] within -1 dB of full scale, and
    frames a second.

    Raises `RenderError` when the tune has no notes, lasts too long, or an engine fails.
    """
    rendering = _Rendering(tune, settings or RenderSettings())
    return rendering.samples, rendering.settings.rate


def render(tune: Tune, file_format: str, settings: RenderSettings | None = None) -> bytes:
    """`tune` as the bytes of a file of one of `FORMATS`. Raises `UsageError` for an
    unknown one, `RenderError`."""
    chosen = settings or RenderSettings()
    _check_formats([file_format], chosen)
    return _Rendering(tune, chosen).encode(file_format)


def render_files(
    tune: Tune,
    folder: str | Path,
    stem: str,
    formats: Iterable[str],
    settings: RenderSettings | None = None,
) -> list[Path]:
    """Write `tune` as STEM.abc, STEM.mid, STEM.wav, ... to `folder`, which is made if
    it is missing; return the paths.

    The tune is played once for all formats, and all files are made before the first is
    written. Files that are there are replaced. Errors as in `render`; `OutputError`
    when a file cannot be written.
    """
    chosen = settings or RenderSettings()
    wanted = list(dict.fromkeys(formats))
    _check_formats(wanted, chosen)
    if not stem or stem != Path(stem).name:
        raise UsageError(f"{stem!r} is no name for a file: give one without a folder")
    rendering = _Rendering(tune, chosen)
    contents = {stem + FORMATS[name].suffix: rendering.encode(name) for name in wanted}
    make_folder(folder)
    return [write_atomically(Path(folder) / name, data) for name, data in contents.items()]


def _check_formats(formats: Iterable[str], settings: RenderSettings) -> None:
    for name in formats:
        if name not in FORMATS:
            raise UsageError(f"unknown format {name!r}: one of {', '.join(FORMATS)}")
        if name in SOUND_FORMATS:
            check_sound_format(name, settings.rate)


class _Rendering:
    """One tune under one set of settings; MIDI, samples and score are made when first
    asked for, and kept."""

    def __init__(self, tune: Tune, settings: RenderSettings) -> None:
        self.tune = tune
        self.settings = settings

    @cached_property
    def performance(self) -> bytes | mido.MidiFile:
        if self.settings.converter == "abc2midi":
            return system.abc2midi(self.tune.text)
        return midi.to_midi(self.tune, program=self.settings.program)

    @cached_property
    def midi(self) -> bytes:
        return (
            self.performance
            if isinstance(self.performance, bytes)
            else midi.midi_bytes(self.performance)
        )

    @cached_property
    def samples(self) -> npt.NDArray[np.float32]:
        settings = self.settings
        if settings.synth == "timidity":
            return system.timidity(self.midi, settings.rate, settings.sound_font)
        if settings.synth == "fluidsynth":
            return system.fluidsynth(self.midi, settings.rate, settings.sound_font)
        return synthesise(midi.read_midi(self.performance), settings.rate, room=settings.room)

    @cached_property
    def score(self) -> Score:
        return Score(self.tune)

    def encode(self, file_format: str) -> bytes:
        if file_format == "abc":
            return (self.tune.text.strip("\n") + "\n").encode("utf-8", "replace")
        if file_format == "midi":
            return self.midi
        if file_format == "musicxml":
            return to_musicxml(self.tune).text.encode("utf-8")
        if file_format == "svg":
            return self.score.svg.encode("utf-8")
        if file_format == "png":
            return self.score.png()
        if file_format == "pdf":
            return self.score.pdf()
        if file_format == "waveform":
            return waveform_svg(self.samples, self.settings.rate, title=self.tune.title).encode(
                "utf-8"
            )
        if file_format == "waveform-png":
            return waveform_png(self.samples, self.settings.rate, title=self.tune.title)
        return encode_sound(self.samples, self.settings.rate, file_format)
