"""abcrun: compose folk tunes in ABC notation, check them, see and hear them.

    import abcrun

    model = abcrun.Model.load()
    for tune in model.generate(3, seed=7):
        print(tune.text)

What is listed in `__all__` is for other apps to use; everything else is private. Importing abcrun loads nothing: each
name brings its module when it is first used (PEP 562).
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .engine import Generated, Stream
    from .errors import (
        AbcrunError,
        CorpusError,
        DeviceError,
        ModelError,
        NotationError,
        OutputError,
        RenderError,
        UsageError,
    )
    from .model import Model
    from .network import State
    from .notation import Note, Problem, Tempo, Tune, check, find_tunes
    from .rendering import RenderSettings, render, render_files, tune_samples
    from .sampling import Sampling
    from .score import Score, ScoreBar, ScoreNote

    __version__: str

__all__ = [
    "AbcrunError",
    "CorpusError",
    "DeviceError",
    "Generated",
    "Model",
    "ModelError",
    "NotationError",
    "Note",
    "OutputError",
    "Problem",
    "RenderError",
    "RenderSettings",
    "Sampling",
    "Score",
    "ScoreBar",
    "ScoreNote",
    "State",
    "Stream",
    "Tempo",
    "Tune",
    "UsageError",
    "__version__",
    "check",
    "find_tunes",
    "render",
    "render_files",
    "tune_samples",
]

_MODULES = {
    "engine": ("Generated", "Stream"),
    "model": ("Model",),
    "network": ("State",),
    "notation": ("Note", "Problem", "Tempo", "Tune", "check", "find_tunes"),
    "rendering": ("RenderSettings", "render", "render_files", "tune_samples"),
    "sampling": ("Sampling",),
    "score": ("Score", "ScoreBar", "ScoreNote"),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("abcrun")
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_MODULE_OF.get(name, 'errors')}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
