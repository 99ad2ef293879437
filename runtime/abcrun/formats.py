"""Names that the command line, the service and the library share: file formats,
synthesisers, converters, ways of playing, devices. Nothing is imported that takes time
to load."""

from typing import Literal, NamedTuple, get_args


class Format(NamedTuple):
    """A kind of file that a tune can be written to."""

    suffix: str
    """Appended to the stem of the file's name."""
    media_type: str
    holds: Literal["text", "midi", "sound", "score", "waveform"]


FORMATS = {
    "abc": Format(".abc", "text/vnd.abc", "text"),
    "midi": Format(".mid", "audio/midi", "midi"),
    "wav": Format(".wav", "audio/wav", "sound"),
    "flac": Format(".flac", "audio/flac", "sound"),
    "ogg": Format(".ogg", "audio/ogg", "sound"),
    "mp3": Format(".mp3", "audio/mpeg", "sound"),
    "svg": Format(".svg", "image/svg+xml", "score"),
    "png": Format(".png", "image/png", "score"),
    "pdf": Format(".pdf", "application/pdf", "score"),
    "musicxml": Format(".musicxml", "application/vnd.recordare.musicxml+xml", "score"),
    # With a suffix that the score's picture does not have.
    "waveform": Format(".waveform.svg", "image/svg+xml", "waveform"),
    "waveform-png": Format(".waveform.png", "image/png", "waveform"),
}
"""Every format by its name."""

SOUND_FORMATS = tuple(name for name, one in FORMATS.items() if one.holds == "sound")

SYNTHS = ("builtin", "timidity", "fluidsynth")
"""Synthesisers: who plays a performance."""
CONVERTERS = ("builtin", "abc2midi")
"""Who turns a tune into a performance."""

Chords = Literal["on", "off", "only"]
Grace = Literal["auto", "before", "beat", "none"]
CHORDS: tuple[Chords, ...] = get_args(Chords)
"""Whether chord symbols are played."""
GRACES: tuple[Grace, ...] = get_args(Grace)
"""Where grace notes are played."""

Paper = Literal["a4", "letter"]
PAPERS: tuple[Paper, ...] = get_args(Paper)
"""Sizes of the pages of a PDF."""

Device = Literal["auto", "cpu", "cuda"]
Precision = Literal["auto", "float32", "int8"]
DEVICES: tuple[Device, ...] = get_args(Device)
PRECISIONS: tuple[Precision, ...] = get_args(Precision)
