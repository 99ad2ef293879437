"""What the tests of composing share: short tunes, and parts of a composed tune's text
with what is known of it."""

from abcrun import Generated, Tune
from abcrun.notation.bars import split

JIG = """\
X:1
M:6/8
L:1/8
R:jig
K:Dmaj
|:A|dfd ecA|dfd e2f|gfe dcd|ecA A2A|
dfd ecA|dfd e2f|gfe dce|d3 d2:|
|:e|fdf ecA|fdf e2f|gfe dcd|ecA A2e|
fdf ecA|fdf e2f|gfe dce|d3 d2:|"""

REEL_WITH_ENDINGS = """\
X:1
M:4/4
L:1/8
R:reel
K:Ador
|:A2cA e2dc|BGGB dBGB|A2cA e2dc|BGBd eAAB|
A2cA e2dc|BGGB dBGB|cBcd egdB|1 cABG A2AB:|2 cABG A2cd|
|:e2aa efge|dBGB dedB|e2aa efge|dBGB A2cd|
e2aa efge|dBGB dedB|cBcd egdB|1 cABG A2cd:|2 cABG A4|]"""

PLAIN = """\
X:1
M:3/4
L:1/8
K:Gmaj
G2 B2 d2|e2 d2 B2|A2 c2 e2|d4 B2|
G2 B2 d2|e2 d2 B2|A2 c2 A2|G6||
g2 f2 e2|d2 B2 G2|A2 c2 e2|d4 B2|
G2 B2 d2|e2 d2 B2|A2 F2 A2|G6|]"""

TUNES = (JIG, REEL_WITH_ENDINGS, PLAIN)


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
