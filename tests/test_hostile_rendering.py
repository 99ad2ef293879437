"""Hostile ABC through everything that makes files of it: only our errors, bounded memory, nothing read from disk."""

import subprocess
import sys

import pytest

from tests import books
from tests.conftest import ROOT

PROGRAM = """
import resource, sys, time
from pathlib import Path

from abcrun import AbcrunError, RenderSettings, Tune, check
from abcrun.rendering import render
from tests import books, hostile

opened = []
def audit(event, arguments):
    if event in ("open", "subprocess.Popen", "os.system", "socket.connect") and watching:
        opened.append((event, str(arguments[0])))
watching = False
sys.addaudithook(audit)

tunes = [text for _, text in books.book_texts("irish")]
rate, every = map(int, sys.argv[1:])
settings = RenderSettings(rate=rate)
render(Tune.parse(tunes[0]), "wav", settings)  # what is loaded once is loaded before
rendered = refused = 0
slowest = (0.0, "")
largest = (0, "")
texts = [*hostile.crafted(), *((f"mutation {i}", text) for i, text in enumerate(hostile.mutated(tunes, 2_000)))]
watching = True
for number, (name, text) in enumerate(texts):
    begun, held = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    check(text)
    try:
        tune = Tune.parse(text)
        assert render(tune, "midi", settings)
        if number < len(texts) - 2_000 or number % every == 0:
            assert render(tune, "wav", settings)
        rendered += 1
    except AbcrunError as error:
        assert "\\n" not in str(error), name
        refused += 1
    largest = max(largest, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - held, name))
    slowest = max(slowest, (time.process_time() - begun, name))
watching = False
assert not opened, opened[:3]
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(f"{rendered} rendered, {refused} refused; slowest {slowest[0]:.2f} s ({slowest[1]}); peak {peak} MB ({largest})")
assert rendered > 1_500
assert peak < 500
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is measured as Linux counts it")
def test_hostile_and_mutated_tunes_are_checked_and_rendered_in_one_process(irish_tunes: list[str]) -> None:
    assert books.at_hand("irish")
    # A low rate, and the sound of one mutation in a hundred: `... 44100 1` takes all of them, and some minutes.
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
