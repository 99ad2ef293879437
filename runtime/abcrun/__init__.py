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

if TYPE_CHECKING:
    from abcrun.errors import (
        AbcrunError,
        CorpusError,
        DeviceError,
        ModelError,
        NotationError,
        OutputError,
        RenderError,
        UsageError,
    )
    from abcrun.inference.network import State
    from abcrun.inference.request import Generated
    from abcrun.inference.sampling import Sampling
    from abcrun.inference.stream import Stream
    from abcrun.model import Model
    from abcrun.notation import Note, Problem, Tempo, check, find_tunes
    from abcrun.rendering import RenderSettings, render, render_files, tune_samples
    from abcrun.score.score import Score, ScoreBar, ScoreNote
    from abcrun.tune import Tune

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
    "inference.network": ("State",),
    "inference.request": ("Generated",),
    "inference.sampling": ("Sampling",),
    "inference.stream": ("Stream",),
    "model": ("Model",),
    "notation": ("Note", "Problem", "Tempo", "check", "find_tunes"),
    "rendering": ("RenderSettings", "render", "render_files", "tune_samples"),
    "score.score": ("Score", "ScoreBar", "ScoreNote"),
    "tune": ("Tune",),
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
