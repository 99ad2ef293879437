"""The child process that engraves: it is kept, shared, replaced, and ends with ours;
hostile tunes do no harm."""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

from abcrun import AbcrunError, RenderError, Tune
from abcrun.score import engraving
from abcrun.score.score import Score
from tests import hostile, traditional
from tests.score.pictures import check_whole, needs_score

pytestmark = needs_score


def test_hostile_and_mutated_tunes_give_a_score_or_one_line() -> None:
    texts = [text for _, text in hostile.crafted() if len(text) < 4_000]
    texts += hostile.mutated(traditional.ALL, 25, seed=9)
    outcomes: Counter[str] = Counter()
    for text in texts:
        try:
            score = Tune.parse(text).score()
            check_whole(score)
            outcomes["score"] += 1
        except AbcrunError as error:
            assert "\n" not in str(error)
            outcomes["error"] += 1
    assert outcomes["score"] > 30
    assert outcomes["error"] > 10


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.parametrize(
    ("number", "told"), [("SIGSEGV", "crashed"), ("SIGXCPU", "longer than 10 s of CPU time")]
)
def test_a_child_that_dies_fails_one_tune_and_is_replaced(number: str, told: str) -> None:
    score = Tune.parse(traditional.KESH).score
    assert score().svg
    child = engraving.kept.process
    assert child is not None
    child.popen.send_signal(signal.Signals[number])
    child.popen.wait()
    with pytest.raises(RenderError, match=told):
        _ = score().svg
    assert score().svg


def test_a_child_that_has_answered_enough_is_replaced(kesh: Score) -> None:
    pages = engraving.engrave(kesh.musicxml, 840)
    worn = engraving.kept.process
    assert worn is not None
    worn.requests = engraving.MAX_REQUESTS
    assert engraving.engrave(kesh.musicxml, 840) == pages
    assert engraving.kept.process is not worn
    assert worn.popen.returncode is not None  # ended and waited for


def test_verovio_may_kill_its_process_but_not_ours() -> None:
    with pytest.raises(RenderError):
        engraving.engrave("this is no MusicXML", 800)
    assert Tune.parse(traditional.KESH).score().svg


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_a_child_that_hangs_is_ended(kesh: Score) -> None:
    score = Tune.parse(traditional.KESH).score
    assert score().svg
    child = engraving.kept.process
    assert child is not None
    child.popen.send_signal(signal.SIGSTOP)
    with pytest.raises(RenderError, match=r"longer than 0\.5 s"):
        engraving.engrave(kesh.musicxml, 840, max_wait=0.5)
    assert score().svg


def test_threads_share_one_child() -> None:
    engraving.kept.close()
    scores = [Tune.parse(text).score() for text in traditional.ALL * 3]
    threads = [threading.Thread(target=check_whole, args=(score,)) for score in scores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert engraving.kept.process is not None
    assert engraving.kept.process.requests == len(scores)
    assert scores[0].svg == scores[3].svg


PROGRAM = """
import abcrun, sys
from abcrun.score import engraving
assert abcrun.Tune.parse(sys.stdin.read()).score().svg
print(engraving.kept.process.popen.pid)
"""


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="processes are looked up in /proc")
def test_the_child_ends_with_its_parent() -> None:
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM],
        input=traditional.KESH,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stderr == ""
    assert not Path(f"/proc/{run.stdout.strip()}").exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_process_has_a_child_of_its_own() -> None:
    score = Tune.parse(traditional.KESH).score
    expected = score().svg
    child = engraving.kept.process
    forked = os.fork()
    if forked == 0:
        status = 1
        try:
            status = 0 if score().svg == expected and engraving.kept.process is not child else 2
        finally:
            engraving.kept.close()
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(forked, 0)[1]) == 0
    assert score().svg == expected
    assert engraving.kept.process is child


def test_without_the_extra_one_line_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    engraving.kept.close()
    for package in ("verovio", "typst"):
        monkeypatch.setitem(sys.modules, package, None)  # as if it were not installed
    tune = Tune.parse(traditional.KESH)
    score = tune.score()
    assert score.notes
    with pytest.raises(RenderError, match=r'pip install "abcrun\[score\]"'):
        _ = score.svg
    assert "score" not in tune._repr_html_()
