"""Hostile ABC goes through everything that makes files of it: only our errors are
raised, memory is bounded, and nothing is read from disk. The same texts are checked
in `notation/test_hostile.py`."""

import subprocess
import sys

import pytest

from tests import books
from tests.conftest import ROOT

PROGRAM = """
import sys, time
from pathlib import Path

from abcrun import AbcrunError, RenderSettings, Tune
from abcrun.rendering import render
from tests import books, hostile
from tests.notation.constructs.table import CONSTRUCTS

def peak_mb():  # getrusage would count what the parent held before the fork, too
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) // 1024

opened = []
def audit(event, arguments):
    if event in ("open", "subprocess.Popen", "os.system", "socket.connect") and watching:
        opened.append((event, str(arguments[0])))
watching = False
sys.addaudithook(audit)

tunes = [text for _, text in books.book_texts("irish")]
constructs = [construct.text for construct in CONSTRUCTS]
rate, every = map(int, sys.argv[1:])
settings = RenderSettings(rate=rate)
render(Tune.parse(tunes[0]), "wav", settings)  # what is loaded once is loaded before
rendered = refused = 0
slowest = (0.0, "")
mutations = enumerate(hostile.mutated([*tunes, *constructs * 3], 2_000))
texts = [*hostile.crafted(), *((f"mutation {number}", text) for number, text in mutations)]
watching = True
for number, (name, text) in enumerate(texts):
    begun = time.process_time()
    try:
        tune = Tune.parse(text)
        assert render(tune, "midi", settings)
        if number < len(texts) - 2_000 or number % every == 0:
            assert render(tune, "wav", settings)
            assert render(tune, "musicxml", settings)
        rendered += 1
    except AbcrunError as error:
        assert "\\n" not in str(error), name
        refused += 1
    slowest = max(slowest, (time.process_time() - begun, name))
watching = False
assert not opened, opened[:3]
print(f"{rendered} rendered, {refused} refused; peak {peak_mb()} MB")
print(f"slowest {slowest[0]:.2f} s ({slowest[1]})")
assert rendered > 1_500
assert peak_mb() < 500
"""


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="memory is measured as Linux counts it")
def test_hostile_and_mutated_tunes_are_read_and_rendered_in_one_process(
    irish_tunes: list[str],
) -> None:
    assert books.at_hand("irish")
    # At a low rate, and with the sound of one mutation in a hundred: `44100 1` would
    # play all of them, which takes minutes.
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, "8000", "100"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    print(result.stdout)
    assert result.returncode == 0, result.stderr
