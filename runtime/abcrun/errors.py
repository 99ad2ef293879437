"""The one tree of exceptions. Every message says what was wrong, where, and what to
do."""


class AbcrunError(Exception):
    """Root of all errors that abcrun raises on purpose.

    AbcrunError
    ├── UsageError                    an argument out of its range (also a ValueError)
    │   └── OpeningError              opening bars that cannot be gone on from
    ├── ModelError                    a model file that cannot be used
    ├── DeviceError                   the device asked for does not work here
    ├── NotationError                 ABC text that cannot be read as a tune
    │   ├── UnreadableTuneError       a tune that the reader had to give up
    │   ├── NoNormalFormError         a tune that the normal form cannot hold
    │   └── MusicXmlError             MusicXML that cannot be read as a score
    ├── RenderError                   a score, sound or picture that could not be made
    ├── OutputError                   a file that could not be written
    ├── Refusal                       a request that the server answers with an error
    ├── CorpusError                   training text that cannot be used (trainer)
    │   ├── DroppedTuneError          one tune that cleaning leaves out (trainer)
    │   └── NoCleanTuneError          a corpus without a tune that can be used (trainer)
    ├── TrainingError                 training that cannot go on (trainer)
    │   └── InterruptedTrainingError  training that was stopped and saved (trainer)
    ├── LockedError                   a run that another program trains (trainer)
    ├── LostProcessError              a training of which a process has ended (trainer)
    ├── ElsewhereError                what another process of a training tells (trainer)
    ├── CheckpointError               a checkpoint that cannot be used (trainer)
    └── ExportError                   an export that failed or differs (trainer)
    """


class UsageError(AbcrunError, ValueError):
    """An argument is out of its documented range."""


class OpeningError(UsageError):
    """A musician's own beginning of a tune cannot be gone on from."""


class ModelError(AbcrunError):
    """The model file is missing, damaged, of another schema, or lacks its metadata."""


class DeviceError(AbcrunError):
    """The device asked for is not there or does not work."""


class NotationError(AbcrunError):
    """The text is not a tune that can be read."""


class RenderError(AbcrunError):
    """A MIDI file, sound or picture could not be made."""


_MOST_NAMED = 12


class MissingGlyphsWarning(UserWarning):
    """No font has glyphs for some characters: a PNG or PDF shows `?` for them.

    `characters` are those, in order of their first use.
    """

    def __init__(self, characters: tuple[str, ...]) -> None:
        named = ", ".join(f"{one} (U+{ord(one):04X})" for one in characters[:_MOST_NAMED])
        others = len(characters) - _MOST_NAMED
        more = f" and {others} more" if others > 0 else ""
        super().__init__(
            f"no font has {named}{more}: drawn as ?; install a font that has them, name a "
            'folder of fonts in ABCRUN_FONTS, or pip install "abcrun[fonts]"'
        )
        self.characters = characters


class OutputError(AbcrunError):
    """A file could not be written: full disk, missing or read-only folder."""


class CorpusError(AbcrunError):
    """The training text is missing, empty, too short or cannot be decoded."""
