"""The work of `abcrun check`: what is wrong with tunes, and what they share."""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from abcrun.cli.reading import lacking, read_text
from abcrun.cli.sources import Failures, sources
from abcrun.errors import AbcrunError, UsageError
from abcrun.notation.check import check_tunes
from abcrun.notation.instruments import instrument_named
from abcrun.notation.problem import KINDS, NO_TUNE, Problem, UnreadableTuneError
from abcrun.notation.tune import Tune

if TYPE_CHECKING:
    from abcrun.originality import MelodyIndex


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the report, and an object of the JSON.

    `tune` counts the tunes of a file from 1, None for what is of no tune; `reference`
    is its X: number.
    """

    file: str
    line: int
    column: int
    kind: str
    reason: str
    is_remark: bool
    tune: int | None
    reference: int | None

    def __str__(self) -> str:
        if self.kind not in KINDS:  # what was asked for beside problems
            return f"{self.file}:{self.line}: {self.reason}"
        remark = "remark: " if self.is_remark else ""
        return f"{self.file}:{self.line}:{self.column}: {remark}{self.reason} [{self.kind}]"


def tell_problems(
    *,
    files: Sequence[Path],
    recursive: bool,
    kinds: str | None,
    ignored: str | None,
    as_json: bool,
    originality: bool,
    instrument: str | None,
    model_path: Path | None,
    lenient: bool,
) -> int:
    """Print a line or a JSON object for each problem of all files, tune by tune, and
    return the exit status.

    It is 0 where there are no faults but remarks, 1 for faults and files that cannot be
    read, 2 where none can be. With `originality`, each tune that can be read has an
    entry, too: it is compared with those that the model at `model_path` learned from,
    by default with those of the model that comes with abcrun. So has, with
    `instrument`, each of which that cannot play a note. `lenient` reads on over a blank
    line in a tune. Raises `UsageError` for kinds and instruments that there are not,
    and `ModelError` for a model that cannot be read or has no index of melodies.
    """
    if model_path is not None and not originality:
        raise UsageError("--model is whose tunes --originality compares with; give both")
    if instrument is not None:
        instrument_named(instrument)
    known = _known(model_path) if originality else None
    wanted = _kinds(kinds, "--kinds") if kinds is not None else set(KINDS)
    wanted -= _kinds(ignored, "--ignore") if ignored is not None else set()
    failures = Failures()
    counts: Counter[str] = Counter()
    separator = "[\n  "
    for source in sources(files, recursive, failures):
        try:
            text = read_text(source.path)
        except AbcrunError as error:
            failures.tell(error)
            continue
        counts["file"] += 1
        for entry in _entries(str(source.path), text, lenient, known, instrument, counts):
            if entry.kind in KINDS:
                if entry.kind not in wanted:
                    continue
                counts["remark" if entry.is_remark else "problem"] += 1
            if as_json:
                click.echo(separator + json.dumps(asdict(entry), ensure_ascii=False), nl=False)
                separator = ",\n  "
            else:
                click.echo(str(entry))
    if as_json:
        click.echo("\n]" if separator.startswith(",") else "[]")
    # On a terminal the problems come before their number, whatever is buffered.
    sys.stdout.flush()
    if counts["file"]:
        click.echo(_summary(counts), err=True)
    return 1 if counts["problem"] else failures.status(is_any_done=bool(counts["file"]))


def _kinds(text: str, option: str) -> set[str]:
    """Return the kinds of problems that an option names. Raises `UsageError`."""
    named = {name.strip() for name in text.split(",") if name.strip()}
    if not named or not named <= set(KINDS):
        raise UsageError(f"{option} {text!r}: choose from {', '.join(KINDS)}, separated by commas")
    return named


def _entries(
    file: str,
    text: str,
    lenient: bool,
    known: "MelodyIndex | None",
    instrument: str | None,
    counts: Counter[str],
) -> Iterator[Entry]:
    """Yield what there is to say of each tune of a file, and count the tunes."""
    try:
        checked_tunes = check_tunes(text, lenient=lenient)
    except UnreadableTuneError as error:  # the text as a whole is over the bounds
        yield _entry(file, error.problem, None, None)
        return
    number = 0
    for number, checked in enumerate(checked_tunes, 1):
        counts["tune"] += 1
        reference = checked.tune.reference if checked.tune else None
        for problem in checked.problems:
            yield _entry(file, problem, number, reference)
        if checked.tune is None:
            continue
        line = checked.block.first_line
        if known is not None:
            said = _originality(checked.tune, known)
            yield Entry(file, line, 1, "originality", said, True, number, reference)
        if instrument is not None and (said := lacking(checked.tune, instrument)):
            yield Entry(file, line, 1, "instrument", said, True, number, reference)
    if not number:
        yield _entry(file, NO_TUNE, None, None)


def _entry(file: str, problem: Problem, tune: int | None, reference: int | None) -> Entry:
    return Entry(
        file,
        problem.line,
        problem.column,
        problem.kind,
        problem.reason,
        problem.is_remark,
        tune,
        reference,
    )


def _known(model_path: Path | None) -> "MelodyIndex":
    """Return the melodies that a model learned from."""
    # Without --originality nobody waits for it, and without --model not for ONNX
    # Runtime.
    if model_path is None:
        from abcrun.originality import default_index

        return default_index()
    from abcrun.model import Model

    with Model.load(model_path, "cpu") as model:
        return model.melodies


def _originality(tune: Tune, known: "MelodyIndex") -> str:
    """Return what a tune shares with known ones."""
    from abcrun.notation.melody import melody_of  # as in `_known`
    from abcrun.originality import COPY  # as in `_known`

    found = known.compare(melody_of(tune))
    run = "none"
    if found.longest_run:
        nearest = f"{found.title or 'without a title'}, {found.book} {found.number}"
        share = f"{100 * found.copied_share:.0f} % of the notes stand in runs of {COPY} or more"
        run = f"{found.longest_run} notes ({nearest}); {share}"
    return f"longest run shared with a known tune: {run}"


def _summary(counts: Counter[str]) -> str:
    """Return the counts in one line: 2 problems and 1 remark in 30 tunes of 4 files."""

    def number(name: str) -> str:
        return f"{counts[name]:,} {name}{'s' if counts[name] != 1 else ''}"

    remarks = f" and {number('remark')}" if counts["remark"] else ""
    return f"{number('problem')}{remarks} in {number('tune')} of {number('file')}"
