"""Memory: a large text is read tune by tune, and nothing of a tune stays."""

import subprocess
import sys

import pytest

PROGRAM = """
import resource, sys
from abcrun import Tune

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

text = sys.stdin.read()
before = peak()
count = sum(1 for tune in Tune.find(text) if tune.notes)
print(count, len(text), peak() - before)
"""

MEGABYTES = 60
"""That reading may take beside the text itself."""

MUSIC = '|:"Am"GABc dedB|{g}!trill!dedB (3ded cB|c2ec B2dB|c2A2 A2-A2:|\nw: one two three-four\n'


def tune(number: int) -> str:
    header = f"X:{number}\nT:Tune {number}\nC:Someone\nM:4/4\nL:1/8\nQ:1/4=100\n"
    return f"{header}m:~n2=n/o/n\nV:1 name=Fiddle\nK:G\n{MUSIC * 4}W:A verse\n"


TUNES = 600
# What stands between the tunes is not read, and this test is not about speed.
BETWEEN = "\n" + "Words about the tune, line by line.\n" * 230 + "\n"
BOOKS = {
    "in one alphabet": BETWEEN.join(map(tune, range(TUNES))),
    "in several": BETWEEN.join(map(tune, range(TUNES))).replace("Someone", "Žižek 𝄞"),
    "behind a header of the file": "M:3/4\nR:waltz\n" + BETWEEN.join(map(tune, range(TUNES))),
}


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in kilobytes on Linux alone")
@pytest.mark.parametrize("name", BOOKS)
def test_five_megabytes_of_tunes_stream(name: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM], input=BOOKS[name].encode(), capture_output=True, check=True
    )
    count, characters, megabytes = map(float, run.stdout.split())
    assert count == TUNES
    assert characters > 5_000_000
    assert megabytes < MEGABYTES
