"""One door from a tune to its files: text, MIDI, sound, scores and pictures."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

from abcrun.errors import UsageError
from abcrun.files import make_folder, write_atomically
from abcrun.formats import CHORDS, CONVERTERS, FORMATS, GRACES, SOUND_FORMATS, SYNTHS
from abcrun.notation import Tune
from abcrun.score import engraving
from abcrun.score.engraver import TEXT_FAMILY
from abcrun.score.musicxml import to_musicxml
from abcrun.score.printing import check_paper, print_pdf
from abcrun.score.score import Score, printed
from abcrun.score.text import xml_text
from abcrun.sound import external
from abcrun.sound.encoding import check_sound_format, encode_sound
from abcrun.sound.instruments import DEFAULT_PROGRAM, program_number
from abcrun.sound.midi import read_midi, write_midi
from abcrun.sound.played import PlayedNote, PlayedTune
from abcrun.sound.playing import Manner, play
from abcrun.sound.room import LEVEL as ROOM_LEVEL
from abcrun.sound.samples import DEFAULT_RATE, Samples, check_rate
from abcrun.sound.synthesis import silence, synthesise
from abcrun.sound.waveform import waveform_svg

_WAVEFORM_WIDTH = 1920
"""Pixels of a picture of the sound."""


@dataclass(frozen=True, slots=True)
class RenderSettings:
    """How a tune is made to sound, and its paper. Raises `UsageError` for a value out
    of its range."""

    synth: str = "builtin"
    """Who plays: `builtin`, or `timidity` or `fluidsynth`, which must be installed."""
    converter: str = "builtin"
    """Who turns the tune into a performance: `builtin`, or `abc2midi` (must be
    installed; it always plays the piano)."""
    program: int | str = DEFAULT_PROGRAM
    """General MIDI program, 0 to 127, or the name of an instrument
    (`instruments.INSTRUMENT_PROGRAMS`): that of all voices to which the tune gives none
    (`%%MIDI program`)."""
    chords: str = "on"
    """Whether chord symbols are played: `on`, `off`, or `only` the accompaniment."""
    grace: str = "auto"
    """How grace notes are played: before the beat (`before`), on it (`beat`), not at
    all (`none`), or as their kind asks (`auto`): before it where they are slashed or
    the pipes', else on it."""
    swing: bool = False
    """Whether pairs of equal quavers are played two to one, in hornpipes, hop jigs and
    their like, and in tunes without R: in a meter of crotchets."""
    rate: int = DEFAULT_RATE
    """Frames a second, from 8,000 on: to 192,000 built in, to 65,000 with timidity, to
    96,000 with fluidsynth."""
    room: float = ROOM_LEVEL
    """Level of the built-in synthesiser's reverberation, 0 (none) to 1."""
    sound_font: str | Path | None = None
    """SF2 file for timidity and fluidsynth. None takes the variable `ABCRUN_SOUNDFONT`,
    or looks in the usual places."""
    paper: str = "a4"
    """Size of the pages of a PDF: `a4` or `letter`."""

    def __post_init__(self) -> None:
        """Check all fields, and make `program` a number."""
        if self.synth not in SYNTHS:
            raise UsageError(f"unknown synthesiser {self.synth!r}: {_one_of(SYNTHS)}")
        if self.converter not in CONVERTERS:
            raise UsageError(f"unknown converter {self.converter!r}: {_one_of(CONVERTERS)}")
        if self.chords not in CHORDS:
            raise UsageError(f"unknown way with chords {self.chords!r}: {_one_of(CHORDS)}")
        if self.grace not in GRACES:
            raise UsageError(f"unknown way with grace notes {self.grace!r}: {_one_of(GRACES)}")
        if self.converter == "abc2midi" and (self.swing or self.chords == "only"):
            raise UsageError("abc2midi cannot play swing, or chords alone: leave it out for these")
        check_paper(self.paper)
        # The class is frozen: this is its own way in.
        object.__setattr__(self, "program", program_number(self.program))
        if not 0.0 <= self.room <= 1.0:
            raise UsageError(f"room is {self.room}: give a level from 0 (none) to 1")
        if self.synth == "builtin":
            check_rate(self.rate)
        else:
            external.check_engine_rate(self.synth, self.rate)


def _one_of(names: Iterable[str]) -> str:
    return f"one of {', '.join(names)}"


def tune_samples(tune: Tune, settings: RenderSettings | None = None) -> tuple[Samples, int]:
    """Return the sound of `tune`, and its frames a second.

    The samples are float32 [frames, 2] within -1 dB of full scale: silence for a tune
    of rests. Raises `RenderError` when the tune lasts too long, or another program
    fails.
    """
    rendering = Rendering(tune, settings)
    return rendering.samples, rendering.settings.rate


def render(tune: Tune, file_format: str, settings: RenderSettings | None = None) -> bytes:
    """Return `tune` as a file of one of `FORMATS`.

    Raises `UsageError` for a format that is unknown or cannot hold the rate, and
    `RenderError`.
    """
    rendering = Rendering(tune, settings)
    _check_formats([file_format], rendering.settings)
    return rendering.encode(file_format)


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
    return Rendering(tune, settings).write(folder, stem, formats)


def render_book(tunes: Iterable[Tune], *, title: str = "", paper: str = "a4") -> bytes:
    """Return tunes as a PDF to be printed, in their order: a page each, and two short
    ones on one.

    Over six tunes have an index by title, with links, and all pages have numbers;
    `title` stands above the index or, without one, above the first tune. The staff is 7
    mm high. Raises `UsageError` for no tune or a paper other than `a4` and `letter`,
    `RenderError` that names the tune.
    """
    check_paper(paper)
    scores = [printed(Score(tune)) for tune in tunes]
    if not scores:
        raise UsageError("there is no tune to print")
    return print_pdf(scores, xml_text(title), paper)


def _check_formats(formats: Iterable[str], settings: RenderSettings) -> None:
    for name in formats:
        if name not in FORMATS:
            raise UsageError(f"unknown format {name!r}: one of {', '.join(FORMATS)}")
        if name in SOUND_FORMATS:
            check_sound_format(name, settings.rate)


class Synthesiser(Protocol):
    """What turns notes into sound, as `synthesise` does."""

    def __call__(self, notes: Sequence[PlayedNote], rate: int, *, room: float) -> Samples: ...


class Rendering:
    """One tune under one set of settings. Performance, samples and score are made when
    they are first asked for, and kept."""

    def __init__(
        self,
        tune: Tune,
        settings: RenderSettings | None = None,
        *,
        synthesiser: Synthesiser = synthesise,
    ) -> None:
        """Make nothing yet. `synthesiser` plays where the settings say `builtin`."""
        self.tune = tune
        self.settings = settings or RenderSettings()
        self._synthesiser = synthesiser

    @cached_property
    def _played(self) -> PlayedTune:
        settings = self.settings
        manner = Manner(settings.chords, settings.grace, settings.swing)
        return play(self.tune, program=settings.program, manner=manner)

    @cached_property
    def midi(self) -> bytes:
        """The performance as a MIDI file."""
        if self.settings.converter == "abc2midi":
            return external.abc2midi(
                self.tune.text,
                with_chords=self.settings.chords != "off",
                with_graces=self.settings.grace != "none",
            )
        return write_midi(self.tune, self._played)

    @cached_property
    def _notes(self) -> list[PlayedNote]:
        if self.settings.converter == "abc2midi":
            return read_midi(self.midi)
        return self._played.notes()

    @cached_property
    def samples(self) -> Samples:
        """The sound, [frames, 2]."""
        settings = self.settings
        if not self.tune.notes and not self._notes:
            return silence(self._played.seconds, settings.rate)
        if settings.synth == "timidity":
            return external.timidity(self.midi, settings.rate, settings.sound_font)
        if settings.synth == "fluidsynth":
            return external.fluidsynth(self.midi, settings.rate, settings.sound_font)
        return self._synthesiser(self._notes, settings.rate, room=settings.room)

    @cached_property
    def score(self) -> Score:
        """The score, not engraved yet."""
        return Score(self.tune)

    def encode(self, file_format: str) -> bytes:
        """Return the file of one of `FORMATS`."""
        rate, title = self.settings.rate, self.tune.title
        if file_format == "abc":
            return (self.tune.text.strip("\n") + "\n").encode("utf-8", "replace")
        if file_format == "midi":
            return self.midi
        if file_format == "musicxml":
            program = program_number(self.settings.program)
            return to_musicxml(self.tune, program).text.encode("utf-8")
        if file_format == "svg":
            return self.score.svg.encode("utf-8")
        if file_format == "png":
            return self.score.png()
        if file_format == "pdf":
            return self.score.pdf(self.settings.paper)
        if file_format == "waveform":
            return waveform_svg(self.samples, rate, title=title).encode("utf-8")
        if file_format == "waveform-png":
            picture = waveform_svg(self.samples, rate, title=title, fonts=TEXT_FAMILY)
            return engraving.png(picture, _WAVEFORM_WIDTH)
        return encode_sound(self.samples, rate, file_format)

    def write(self, folder: str | Path, stem: str, formats: Iterable[str]) -> list[Path]:
        """Write files as `render_files` says."""
        wanted = list(dict.fromkeys(formats))
        _check_formats(wanted, self.settings)
        if not stem or stem != Path(stem).name:
            raise UsageError(f"{stem!r} is no name for a file: give one without a folder")
        # All are made before the first is written: a failure leaves no file.
        contents = {stem + FORMATS[name].suffix: self.encode(name) for name in wanted}
        make_folder(folder)
        return [write_atomically(Path(folder) / name, data) for name, data in contents.items()]
