"""What is wrong in a text, for people who want to mend it."""

from abcrun.notation.blocks import blocks
from abcrun.notation.limits import MAX_PROBLEMS
from abcrun.notation.problem import NO_TUNE, Problem, UnreadableTuneError
from abcrun.notation.tune import Tune


def check(text: str) -> list[Problem]:
    """Return everything that is wrong in a text of one or several tunes, by line and
    column; an empty list when nothing is.

    Never raises. What stands outside the tunes is free text and not looked at. At most
    `MAX_PROBLEMS` are named.
    """
    found: list[Problem] = []
    tunes = 0
    try:
        for block in blocks(text):
            tunes += 1
            try:
                found += Tune.of_block(block).problems
            except UnreadableTuneError as error:
                found.append(error.problem)
            # A book of damaged tunes would have a hundred thousand.
            if len(found) >= MAX_PROBLEMS:
                return found[:MAX_PROBLEMS]
    except UnreadableTuneError as error:  # the text as a whole is over the bounds
        return [error.problem]
    return found if tunes else [NO_TUNE]
