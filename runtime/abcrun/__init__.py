"""abcrun: compose folk tunes in ABC notation, check them, see and hear them.

    import abcrun

    model = abcrun.Model.load()
    for tune in model.generate(3, seed=7):
        print(tune.text)

What is listed in `__all__` is for other apps to use; everything else is private.
Importing abcrun loads nothing: each name brings its module when it is first used (PEP
562).
"""

from importlib import import_module
from typing import TYPE_CHECKING

# Start-up time: type checkers read these imports, and at run time `__getattr__` makes
# each when its name is first used.
if TYPE_CHECKING:
    from abcrun.composition.conditions import Asked, Conditions, PlainAsked
    from abcrun.composition.guidance import OnProgress
    from abcrun.composition.levels import GuideLevel
    from abcrun.errors import (
        AbcrunError,
        CorpusError,
        DeviceError,
        MissingGlyphsWarning,
        ModelError,
        NotationError,
        OutputError,
        RenderError,
        UsageError,
    )
    from abcrun.formats import Device, Precision
    from abcrun.inference.network import Network, State
    from abcrun.inference.request import FinishReason, Generated, Request, Row, Snapshot
    from abcrun.inference.sampling import Logits, Sampling
    from abcrun.inference.session import Binding, Session
    from abcrun.inference.spec import ModelSpec
    from abcrun.inference.strategy import DecodingStrategy
    from abcrun.inference.stream import Stream
    from abcrun.inference.vocabulary import Tokens, Vocabulary
    from abcrun.model import Model
    from abcrun.musicxml.convert import Conversion, musicxml_to_abc
    from abcrun.notation import Note, Problem, Tempo, check, find_tunes
    from abcrun.notation.blocks import Block
    from abcrun.notation.clef import Clef
    from abcrun.notation.compass import Compass
    from abcrun.notation.header import Header
    from abcrun.notation.key import Key, KeyField
    from abcrun.notation.lines import Line
    from abcrun.notation.meter import Meter
    from abcrun.notation.parameters import Parameters
    from abcrun.notation.performance import PlayedBar
    from abcrun.notation.pitch import NoteName
    from abcrun.notation.tempo import TempoMark
    from abcrun.notation.written import (
        Bar,
        BarLine,
        Directive,
        Ending,
        GraceNote,
        Graces,
        Item,
        Lyrics,
        PartLabel,
        Signs,
        Syllable,
        Tuplet,
        Voice,
        WrittenNote,
    )
    from abcrun.originality import MelodyIndex, Originality
    from abcrun.rendering import (
        RenderSettings,
        render,
        render_book,
        render_files,
        tune_samples,
    )
    from abcrun.score.score import Score, ScoreBar, ScoreNote
    from abcrun.sound.samples import Samples
    from abcrun.tune import Tune

    __version__: str

__all__ = [
    "AbcrunError",
    "Asked",
    "Bar",
    "BarLine",
    "Binding",
    "Block",
    "Clef",
    "Compass",
    "Conditions",
    "Conversion",
    "CorpusError",
    "DecodingStrategy",
    "Device",
    "DeviceError",
    "Directive",
    "Ending",
    "FinishReason",
    "Generated",
    "GraceNote",
    "Graces",
    "GuideLevel",
    "Header",
    "Item",
    "Key",
    "KeyField",
    "Line",
    "Logits",
    "Lyrics",
    "MelodyIndex",
    "Meter",
    "MissingGlyphsWarning",
    "Model",
    "ModelError",
    "ModelSpec",
    "Network",
    "NotationError",
    "Note",
    "NoteName",
    "OnProgress",
    "Originality",
    "OutputError",
    "Parameters",
    "PartLabel",
    "PlainAsked",
    "PlayedBar",
    "Precision",
    "Problem",
    "RenderError",
    "RenderSettings",
    "Request",
    "Row",
    "Samples",
    "Sampling",
    "Score",
    "ScoreBar",
    "ScoreNote",
    "Session",
    "Signs",
    "Snapshot",
    "State",
    "Stream",
    "Syllable",
    "Tempo",
    "TempoMark",
    "Tokens",
    "Tune",
    "Tuplet",
    "UsageError",
    "Vocabulary",
    "Voice",
    "WrittenNote",
    "__version__",
    "check",
    "find_tunes",
    "musicxml_to_abc",
    "render",
    "render_book",
    "render_files",
    "tune_samples",
]

_MODULES = {
    "composition.conditions": (
        "Asked",
        "Conditions",
        "PlainAsked",
    ),
    "composition.guidance": ("OnProgress",),
    "composition.levels": ("GuideLevel",),
    "formats": (
        "Device",
        "Precision",
    ),
    "inference.network": (
        "Network",
        "State",
    ),
    "inference.request": (
        "FinishReason",
        "Generated",
        "Request",
        "Row",
        "Snapshot",
    ),
    "inference.sampling": (
        "Logits",
        "Sampling",
    ),
    "inference.session": (
        "Binding",
        "Session",
    ),
    "inference.spec": ("ModelSpec",),
    "inference.strategy": ("DecodingStrategy",),
    "inference.stream": ("Stream",),
    "inference.vocabulary": (
        "Tokens",
        "Vocabulary",
    ),
    "model": ("Model",),
    "musicxml.convert": (
        "Conversion",
        "musicxml_to_abc",
    ),
    "notation": (
        "Note",
        "Problem",
        "Tempo",
        "check",
        "find_tunes",
    ),
    "notation.blocks": ("Block",),
    "notation.clef": ("Clef",),
    "notation.compass": ("Compass",),
    "notation.header": ("Header",),
    "notation.key": (
        "Key",
        "KeyField",
    ),
    "notation.lines": ("Line",),
    "notation.meter": ("Meter",),
    "notation.parameters": ("Parameters",),
    "notation.performance": ("PlayedBar",),
    "notation.pitch": ("NoteName",),
    "notation.tempo": ("TempoMark",),
    "notation.written": (
        "Bar",
        "BarLine",
        "Directive",
        "Ending",
        "GraceNote",
        "Graces",
        "Item",
        "Lyrics",
        "PartLabel",
        "Signs",
        "Syllable",
        "Tuplet",
        "Voice",
        "WrittenNote",
    ),
    "originality": (
        "MelodyIndex",
        "Originality",
    ),
    "rendering": (
        "RenderSettings",
        "render",
        "render_book",
        "render_files",
        "tune_samples",
    ),
    "score.score": (
        "Score",
        "ScoreBar",
        "ScoreNote",
    ),
    "sound.samples": ("Samples",),
    "tune": ("Tune",),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


# Hidden from type checkers: they would take any name for one that is there.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name == "__version__":
            from importlib.metadata import version  # start-up time: it reads the wheel's files

            return version("abcrun")
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f".{_MODULE_OF.get(name, 'errors')}", __name__), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return __all__
