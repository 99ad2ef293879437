"""The work of `abcrun generate`: tunes as text on stdout and as files."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal, Unpack

import click

from abcrun.cli.options import (
    DEFAULT_FORMATS,
    SamplingOptions,
    SoundOptions,
    checked_folder,
    formats_of,
)
from abcrun.cli.progress import progress
from abcrun.composition.conditions import Asked, PlainAsked
from abcrun.errors import NotationError, UsageError
from abcrun.files import make_folder
from abcrun.formats import Device, Precision
from abcrun.inference.request import Generated
from abcrun.model import Model
from abcrun.notation import Tune
from abcrun.notation import check as check_text
from abcrun.notation.problem import STRICTLY_JUDGED

ATTEMPTS = 100
"""Tunes drawn at most for each valid one that is asked for."""
SHORTEST = 8
"""Bars that a valid tune has at least: one section of a dance tune."""
DRAWN_AT_A_TIME = 16
"""Tunes composed at a time while valid ones are looked for: the first is found sooner
than with more."""

Writer = Callable[[Generated], list[Path]]
"""Writes the files of a tune and returns their paths."""


def compose(
    *,
    model_path: Path | None,
    device: Device,
    precision: Precision,
    threads: int | None,
    count: int,
    best_of: int,
    valid: bool,
    drawing: SamplingOptions,
    out: Path | None,
    formats: str | None,
    sound: SoundOptions,
    as_json: bool,
    **asked: Unpack[Asked],
) -> None:
    """Print tunes as they are composed, and write their files to `out`.

    The seed and all talk go to stderr. Raises the errors of `Model.generate`,
    `NotationError` when `valid` tunes are too rare, and `OutputError`.
    """
    if formats is not None and out is None:
        raise UsageError("--formats needs --out FOLDER, where the files go")
    write = _writer(out, formats or DEFAULT_FORMATS, sound)
    model = Model.load(model_path, device, precision, threads)
    resolve(model, asked, drawing, sound)
    is_alone = count == best_of == 1 and not (valid or as_json or out)
    if is_alone and _is_plain(model, asked):
        _stream(model, asked)
        return
    if out is not None:
        make_folder(checked_folder(out))
    effort = Effort()
    for number, tune in enumerate(_tunes(model, count, best_of, valid, asked)):
        effort.add(tune)
        if number == 0 and asked.get("seed") is None:
            click.echo(f"seed {tune.seed}", err=True)
        if as_json:
            click.echo(_json(tune, write(tune)))
        else:
            click.echo(("\n" if number else "") + tune.text.rstrip("\n"))
            _tell(tune, write)
        # Whoever reads a pipe has each tune as soon as it is there.
        sys.stdout.flush()
    if model.spec.repertoire and asked.get("guide") != "off":
        click.echo(effort.summary(), err=True)


@dataclass
class Effort:
    """What it took to compose tunes."""

    tunes: int = 0
    attempts: int = 0
    redrawn: int = 0

    def add(self, tune: Generated) -> None:
        """Count a tune."""
        self.tunes += tune.complete
        self.attempts += tune.attempts
        self.redrawn += tune.redrawn

    def summary(self) -> str:
        """Return one line for the user."""
        share = self.tunes / max(1, self.attempts)
        return (
            f"{self.tunes} complete of {self.attempts} begun ({share:.0%}), "
            f"{self.redrawn} bars drawn again"
        )


def resolve(model: Model, asked: Asked, drawing: SamplingOptions, sound: SoundOptions) -> None:
    """Add to what is asked how characters are drawn - as the model proposes, changed by
    the options that were given - and the instrument that is composed for."""
    given = {name: value for name, value in asdict(drawing).items() if value is not None}
    asked["sampling"] = replace(model.spec.sampling, **given)
    if _composes_for(sound.instrument, model, asked):
        asked["instrument"] = sound.instrument


def _composes_for(instrument: str | None, model: Model, asked: Asked) -> bool:
    """Return whether tunes are to lie in the compass of the instrument that plays them.

    A program of General MIDI has no compass; and where nothing is taken back, an
    instrument does no more than play.
    """
    if instrument is None or instrument.strip().isdigit():
        return False
    return bool(model.spec.repertoire) and asked.get("guide") != "off"


def _is_plain(model: Model, asked: Asked) -> bool:
    """Return whether no plan and no bar of a tune is checked while it is composed."""
    # A plain tune is final as it is drawn, so it can be shown; a guided one is not.
    guided = Asked.__annotations__.keys() - PlainAsked.__annotations__.keys()
    return not model.spec.repertoire and all(asked.get(name) is None for name in guided)


def _stream(model: Model, asked: Asked) -> None:
    """Print one tune character by character, as it is composed."""
    stream = model.stream(
        prompt=asked.get("prompt"),
        sampling=asked.get("sampling"),
        seed=asked.get("seed"),
        max_chars=asked.get("max_chars"),
    )
    last = ""
    for text in stream:
        sys.stdout.write(text)
        sys.stdout.flush()
        last = text
    if not last.endswith("\n"):
        sys.stdout.write("\n")
    sys.stdout.flush()
    if not stream.complete:
        click.echo("abcrun: cut before its end; --max-chars allows more", err=True)
    if asked.get("seed") is None:
        # Last: on a terminal it would else stand inside the tune.
        click.echo(f"seed {stream.seed}", err=True)


def _tunes(
    model: Model, count: int, best_of: int, valid: bool, asked: Asked
) -> Iterator[Generated]:
    """Yield `count` tunes. Raises `NotationError` if `valid` ones are too rare."""
    # A model that never composes a valid tune must come to an end, too.
    most = count * ATTEMPTS if valid else count
    slots: int | Literal["auto"] = DRAWN_AT_A_TIME if valid else "auto"
    found = 0
    with progress(count, "composing") as advance:
        for tune in model.generate(most, slots=slots, best_of=best_of, **asked):
            if valid and not _is_valid(tune):
                continue
            yield tune
            advance()
            found += 1
            if found == count:
                return
    raise NotationError(
        f"only {found} of {most} tunes drawn were valid, {count} asked for; "
        "try a lower --temperature, another --prompt or another --model"
    )


def _is_valid(generated: Generated) -> bool:
    """Return whether a tune is whole and long enough, and each bar is right."""
    if not generated.complete:
        return False
    try:
        tune = Tune.parse(generated.text)
    except NotationError:
        return False
    is_sound = all(one.is_remark or one.kind in STRICTLY_JUDGED for one in tune.problems)
    return is_sound and not tune.wrong_bars and len(tune.bars) >= SHORTEST


def _tell(tune: Generated, write: Writer) -> None:
    """Write the files of a tune; say on stderr what came of it."""
    if not tune.complete:
        why = (
            f"given up after {tune.attempts} beginnings"
            if tune.attempts > 1
            else "cut; --max-chars allows more"
        )
        click.echo(f"abcrun: tune {tune.index + 1} is not complete, {why}", err=True)
    for path in write(tune):
        click.echo(f"wrote {path}", err=True)


def _json(generated: Generated, files: Sequence[Path]) -> str:
    """Return all that is known of a tune, in one line."""
    problems = [
        {
            "line": problem.line,
            "column": problem.column,
            "kind": problem.kind,
            "reason": problem.reason,
        }
        for problem in check_text(generated.text)
    ]
    known = {
        "abc": generated.text,
        "complete": generated.complete,
        "seed": generated.seed,
        "index": generated.index,
        "attempts": generated.attempts,
        "redrawn_bars": generated.redrawn,
        "characters": generated.characters,
        "problems": problems,
        "files": [str(path) for path in files],
    }
    return json.dumps(known, ensure_ascii=False)


def _writer(out: Path | None, formats: str, sound: SoundOptions) -> Writer:
    """Return what writes the files of a tune. Raises `UsageError` for wrong options."""
    if out is None:
        return lambda _: []
    # Rendering takes a tenth of a second to load: text alone does not wait for it.
    from abcrun.cli.writing import render_settings, write_composed

    chosen, settings = formats_of(formats), render_settings(sound)

    def write(tune: Generated) -> list[Path]:
        stem = f"tune-{tune.seed}-{tune.index + 1}"
        return write_composed(tune.text, stem, out, chosen, settings)

    return write
