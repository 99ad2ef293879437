"""What is wrong in a text, for people who want to mend it."""

from collections.abc import Iterator
from typing import NamedTuple

from abcrun.notation.blocks import Block, blocks
from abcrun.notation.problem import NO_TUNE, Problem, Problems, UnreadableTuneError
from abcrun.notation.tune import Tune


class CheckedTune(NamedTuple):
    """A tune of a text, complete or not, and its problems; `tune` is None where it
    cannot be read."""

    block: Block
    tune: Tune | None
    problems: tuple[Problem, ...]


def check(text: str, *, lenient: bool = False) -> list[Problem]:
    """Return everything that is wrong in a text of one or several tunes, by line and
    column; an empty list when nothing is.

    Remarks are among them: what abcrun reads over, though nothing is wrong with it. To
    have the faults alone, leave out those with `Problem.is_remark`; `Problem.kind`
    tells them apart further. Never raises. What stands outside the tunes is free text
    and not looked at. At most 1,000 faults are named, and as many remarks; where there
    are more, the last problem says so. With `lenient`, a blank line is no end of a
    tune where music follows.
    """
    found = Problems()
    try:
        for checked in check_tunes(text, lenient=lenient):
            for problem in checked.problems:
                found.take(problem)
            # A book of damaged tunes would have a hundred thousand.
            if found.is_full:
                break
    except UnreadableTuneError as error:  # the text as a whole is over the bounds
        return [error.problem]
    return list(found.sorted()) if len(found) or next(blocks(text), None) else [NO_TUNE]


def check_tunes(text: str, *, lenient: bool = False) -> Iterator[CheckedTune]:
    """Iterate over the tunes of a text with their problems, each read when its turn
    comes.

    What is wrong in the file header is named with the first tune alone, and a remark on
    a thing that several tunes have with the first of them. Raises
    `UnreadableTuneError` at the call for a text over the bounds.
    """
    return _checked(blocks(text, lenient=lenient))


def _checked(found: Iterator[Block]) -> Iterator[CheckedTune]:
    is_first = True
    told: set[str] = set()  # what remarks were about
    for block in found:
        try:
            tune = Tune.of_block(block)
            problems = tune.problems
        except UnreadableTuneError as error:
            tune, problems = None, (error.problem,)
        if block.defaults and not is_first:
            problems = tuple(one for one in problems if one.line >= block.first_line)
        is_first = False
        if any(one.is_remark for one in problems):
            problems = tuple(one for one in problems if not (one.is_remark and one.about in told))
            told.update(one.about for one in problems if one.is_remark and one.about)
        yield CheckedTune(block, tune, problems)
