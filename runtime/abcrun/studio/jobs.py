"""What the rendering processes do: ABC in, files and facts out. Each function runs in a
process of its own.

The text goes through abcrun's reader, and what is made of it through abcrun's own
synthesiser and rewritten text: no directive of it reaches another program.
"""

import itertools
import os
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal, get_args

from abcrun.errors import AbcrunError, NotationError, RenderError
from abcrun.formats import FORMATS
from abcrun.notation import Problem, UnreadableTuneError
from abcrun.notation.blocks import blocks
from abcrun.originality import default_index
from abcrun.processes import limit_own_memory
from abcrun.studio.errors import kind_of
from abcrun.tune import Tune

Format = Literal["wav", "mp3", "ogg", "flac", "mid", "svg", "png", "pdf", "musicxml"]
"""What can be rendered, by the suffix of its file."""
_NAMES = {one.suffix.removeprefix("."): name for name, one in FORMATS.items()}
MEDIA_TYPES = {suffix: FORMATS[_NAMES[suffix]].media_type for suffix in get_args(Format)}

MAX_TUNES = 100
"""Tunes of one text that are checked."""
MEMORY = 2 << 30
"""Bytes of address space that a rendering process may take, where the system has such
limits."""

_WARM_UP = "X:1\nM:4/4\nL:1/8\nK:D\nDEFG ABcd|\n"


@dataclass(frozen=True, slots=True)
class Fault:
    """An `AbcrunError` on its way between processes: its kind, None where the request
    is not to blame."""

    kind: str | None
    message: str


@dataclass(frozen=True, slots=True)
class File:
    """A rendered file, and a name for it that is safe anywhere."""

    name: str
    content: bytes


def guarded(work: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """The work's result, or the `Fault` that it ended with."""
    try:
        return work(*arguments)
    except AbcrunError as error:
        return Fault(kind_of(error), " ".join(str(error).split()))
    except MemoryError:
        return Fault("render", "the tune takes more memory than a rendering may have")


def prepare() -> None:
    """Limit what this process may take, and load what it will need."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    limit_own_memory(MEMORY)
    render(_WARM_UP, "wav", None, None, 60.0)
    check(_WARM_UP)
    score(_WARM_UP, 840, False, None, None)


def render(
    abc: str, file_format: str, instrument: str | None, tempo: float | None, max_seconds: float
) -> File:
    """The first tune of a text as a file."""
    from abcrun.rendering import RenderSettings
    from abcrun.rendering import render as render_tune

    tune = _tune(abc, tempo)
    name = _NAMES[file_format]
    if FORMATS[name].holds in ("midi", "sound"):
        _check_length(tune, max_seconds)
    settings = RenderSettings() if instrument is None else RenderSettings(program=instrument)
    content = render_tune(tune, name, settings)
    return File(f"{file_name(tune.title)}.{file_format}", content)


def score(
    abc: str, width: int, has_header: bool, transpose: str | None, tempo: float | None
) -> dict[str, Any]:
    """The first tune of a text as a picture, and when each of its notes sounds."""
    tune = _tune(abc, tempo)
    if transpose is not None:
        tune = tune.transpose(transpose)
    engraved = (tune if has_header else replace(tune, title="", rhythm="")).score(width)
    return {
        "svg": engraved.svg,
        "seconds": engraved.seconds,
        "tempo": float(tune.tempos[0].quarters_per_minute),
        "notes": [
            {
                "id": note.id, "start": round(note.start, 4), "end": round(note.end, 4), "bar": note.bar,
                "line": note.line, "column": note.column, "pitch": note.pitch, "continues": note.continues,
            }
            for note in engraved.notes
        ],
        "bars": [
            {"id": bar.id, "bar": bar.bar, "line": bar.line, "column": bar.column, "number": bar.number}
            for bar in engraved.bars
        ],
    }  # fmt: skip


def waveform(
    abc: str, instrument: str | None, tempo: float | None, points: int, max_seconds: float
) -> dict[str, Any]:
    """Seconds of a tune's sound, and the highest sample of each of `points` parts of
    it, 0 to 1."""
    import numpy as np

    from abcrun.rendering import RenderSettings, tune_samples

    tune = _tune(abc, tempo)
    _check_length(tune, max_seconds)
    samples, rate = tune_samples(
        tune, RenderSettings() if instrument is None else RenderSettings(program=instrument)
    )
    loudest = np.abs(samples).max(axis=1)
    edges = np.linspace(0, len(loudest), points + 1).astype(np.intp)
    peaks = [
        float(loudest[start : max(stop, start + 1)].max())
        for start, stop in itertools.pairwise(edges)
    ]
    return {"seconds": len(samples) / rate, "peaks": [round(min(peak, 1.0), 4) for peak in peaks]}


def check(abc: str) -> dict[str, Any]:
    """Facts about each tune of a text, up to `MAX_TUNES`, and what is wrong with it."""
    tunes: list[dict[str, Any]] = []
    for block in blocks(abc):
        if len(tunes) == MAX_TUNES:
            break
        try:
            tune = Tune.of_block(block)
            tunes.append(facts(tune) | {"bars": len(tune.bars), "seconds": round(tune.seconds, 3)})
        except UnreadableTuneError as error:
            nothing = {
                "title": "",
                "key": "",
                "meter": "",
                "bars": 0,
                "seconds": 0.0,
                "originality": None,
            }
            tunes.append(nothing | {"problems": [problem(error.problem)]})
    if not tunes:
        raise NotationError("there is no tune: no line starts with X:")
    return {"tunes": tunes}


def facts(tune: Tune) -> dict[str, Any]:
    """What a tune is."""
    return {
        "title": tune.title,
        "key": f"{tune.key.tonic} {tune.key.mode}".strip(),
        "meter": tune.meter.text,
        "problems": [problem(one) for one in tune.problems],
        "originality": originality(tune),
    }


def problem(one: Problem) -> dict[str, Any]:
    """A problem by line and column."""
    return {"line": one.line, "column": one.column, "kind": one.kind, "message": one.reason}


def originality(tune: Tune) -> dict[str, Any] | None:
    """What its melody shares with known tunes; None if there is no such run."""
    found = tune.originality()
    if not found.longest_run:
        return None
    share = round(found.copied_share, 4)
    book = default_index().books[found.book]
    return {"longest_run": found.longest_run, "share": share, "title": found.title, "book": book}


def file_name(title: str) -> str:
    """A title as a name of small letters, digits and hyphens, which no system and no
    header misreads."""
    plain = unicodedata.normalize("NFKD", title[:200]).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or "tune"


def _tune(abc: str, tempo: float | None) -> Tune:
    """The first tune of a text, at `tempo` crotchets a minute; changes of tempo keep
    their ratio."""
    tune = Tune.parse(abc)
    if tempo is None:
        return tune
    faster = Fraction(tempo) / tune.tempos[0].quarters_per_minute
    return replace(
        tune,
        tempos=tuple(
            replace(one, quarters_per_minute=one.quarters_per_minute * faster)
            for one in tune.tempos
        ),
    )


def _check_length(tune: Tune, max_seconds: float) -> None:
    if tune.seconds > max_seconds:
        raise RenderError(
            f"the tune lasts {tune.seconds:.0f} s: at most {max_seconds:.0f} s are rendered here"
        )
