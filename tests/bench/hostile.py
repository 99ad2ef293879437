"""How long hostile texts take to check and to parse: `python -m tests.bench.hostile`.

The tests count steps instead, so that they pass on a busy machine.
"""

import time

from tests import hostile
from tests.notation.test_hostile import read

LONGEST = 2.0
"""Seconds of the processor that one text may take."""


def main() -> None:
    """Print the texts that take longest. Exit with an error when one takes too long."""
    taken = []
    for name, text in hostile.crafted():
        start = time.process_time()
        read(text)
        taken.append((time.process_time() - start, name))
    for seconds, name in sorted(taken, reverse=True)[:10]:
        print(f"{seconds:6.2f} s  {name}")
    if max(taken)[0] > LONGEST:
        raise SystemExit(f"a text takes over {LONGEST:g} s")


if __name__ == "__main__":
    main()
