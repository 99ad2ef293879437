"""How long it takes to look a growing melody up among the known ones.

python -m tests.bench.originality  # a second
"""

import random
import statistics
import time
from collections.abc import Callable

from abcrun.composition.levels import MAX_COPIED
from abcrun.notation import Tune
from abcrun.notation.melody import melody_of
from abcrun.originality import MelodyIndex
from tests.traditional import BLUEHILL

NEW = 8  # notes of the bar that was drawn last


def microseconds(look: Callable[[], object], rounds: int = 300) -> float:
    """The median of a call's time."""
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        look()
        times.append(time.perf_counter() - begun)
    return statistics.median(times) * 1e6


def main() -> None:
    index = MelodyIndex.load()
    choose = random.Random(5)
    melody = (
        *(choose.randrange(55, 79) for _ in range(92)),
        *melody_of(Tune.parse(BLUEHILL))[:NEW],
    )
    since = len(melody) - NEW
    index.has_run(melody, MAX_COPIED + 1, since)  # the filter is made once
    print("| a bar more of a melody of 100 notes | microseconds |\n|---|---|")
    print(f"| longest run | {microseconds(lambda: index.longest_run(melody, since)):.0f} |")
    has_run = microseconds(lambda: index.has_run(melody, MAX_COPIED + 1, since))
    print(f"| has run | {has_run:.0f} |")
    print(f"| whole melody compared | {microseconds(lambda: index.compare(melody)):.0f} |")


if __name__ == "__main__":
    main()
