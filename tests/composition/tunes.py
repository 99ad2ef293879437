"""What the tests of composing share: parts of a composed tune's text, and what is known
of it."""

from abcrun import Generated, Tune
from abcrun.notation.bars import split


def right(tune: Generated) -> Tune:
    """The tune, read, if nothing is wrong with it."""
    assert tune.complete, tune.text
    read = Tune.parse(tune.text)
    assert not read.problems, f"{tune.text}\n{read.problems}"
    return read


def body(text: str) -> str:
    """What follows the header."""
    return text.split("\nK:")[1].split("\n", 1)[1]


def bars(text: str) -> list[str]:
    """The bars of a tune in normal form."""
    return split(body(text))[1]


def effort(tunes: list[Generated]) -> list[tuple[int, int, int]]:
    """What each tune took: characters, bars drawn again, tunes begun."""
    return [(tune.characters, tune.redrawn, tune.attempts) for tune in tunes]
