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


def check(text: str) -> list[Problem]:
    """Return everything that is wrong in a text of one or several tunes, by line and
    column; an empty list when nothing is.

    Remarks are among them: what abcrun reads over, though nothing is wrong with it. To
    have the faults alone, leave out those with `Problem.is_remark`; `Problem.kind`
    tells them apart further. Never raises. What stands outside the tunes is free text
    and not looked at. At most 1,000 faults are named, and as many remarks; where there
    are more, the last problem says so.
    """
    found = Problems()
    try:
        for checked in check_tunes(text):
            for problem in checked.problems:
                found.take(problem)
            # A book of damaged tunes would have a hundred thousand.
            if found.is_full:
                break
    except UnreadableTuneError as error:  # the text as a whole is over the bounds
        return [error.problem]
    return list(found.sorted()) if len(found) or next(blocks(text), None) else [NO_TUNE]


def check_tunes(text: str) -> Iterator[CheckedTune]:
    """Iterate over the tunes of a text with their problems, each read when its turn
    comes.

    Raises `UnreadableTuneError` at the call for a text over the bounds.
    """
    return map(_checked, blocks(text))


def _checked(block: Block) -> CheckedTune:
    try:
        tune = Tune.of_block(block)
    except UnreadableTuneError as error:
        return CheckedTune(block, None, (error.problem,))
    return CheckedTune(block, tune, tune.problems)
