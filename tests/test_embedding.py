"""abcrun inside another program: closed models, forks, threads, asyncio; nothing leaks,
nothing is printed."""

import asyncio
import gc
import multiprocessing
import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from pathlib import Path

import pytest

from abcrun import Model, ModelError, UsageError


def resident_mb() -> float:
    """Memory that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def first_tune(path: Path) -> str:
    with Model.load(path, "cpu", "float32", threads=1) as model:
        return next(model.generate(seed=4, max_chars=80)).text


def test_a_closed_model_says_so(tiny_path: Path) -> None:
    with Model.load(tiny_path, "cpu") as model:
        stream = model.stream(seed=1, prompt="X:1", max_chars=500)
        assert "".join(islice(stream, 2))
    with pytest.raises(ModelError, match="was closed"):
        list(stream)
    with pytest.raises(ModelError, match="was closed"):
        next(model.generate())
    model.close()  # again: nothing happens


@pytest.mark.skipif(sys.platform != "linux", reason="memory is measured as Linux counts it")
def test_memory_does_not_grow_over_loads_and_characters(tiny_path: Path) -> None:
    def load_and_close(times: int) -> None:
        for _ in range(times):
            with Model.load(tiny_path, "cpu", threads=1) as model:
                next(model.generate(seed=1, max_chars=5))
        gc.collect()

    load_and_close(30)
    before = resident_mb()
    load_and_close(200)
    assert resident_mb() - before < 20
    with Model.load(tiny_path, "cpu", threads=1) as model:
        tunes = model.generate(10**9, seed=1, max_chars=50)
        characters = 0
        while characters < 20_000:
            characters += len(next(tunes).text)
        before = resident_mb()
        while characters < 120_000:
            characters += len(next(tunes).text)
        assert resident_mb() - before < 10


@pytest.mark.skipif(sys.platform == "win32", reason="there is no forkserver")
@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_other_processes_compose_the_same(tiny_path: Path, method: str) -> None:
    expected = first_tune(tiny_path)
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(method)) as pool:
        assert list(pool.map(first_tune, [tiny_path] * 3)) == [expected] * 3


def test_an_event_loop_runs_on_while_tunes_are_composed(tiny: Model) -> None:
    async def listen(seed: int) -> str:
        stream = tiny.stream(seed=seed, max_chars=60)
        heard = []
        while text := await asyncio.to_thread(next, stream, ""):  # as the README shows
            heard.append(text)
        return "".join(heard)

    async def both() -> list[str]:
        return await asyncio.gather(listen(1), listen(2))

    assert asyncio.run(both()) == [
        next(tiny.generate(seed=seed, max_chars=60)).text for seed in (1, 2)
    ]


def test_the_number_of_threads_changes_nothing_but_the_time(tiny_path: Path) -> None:
    texts = {
        next(
            Model.load(tiny_path, "cpu", "float32", threads=threads).generate(seed=2, max_chars=80)
        ).text
        for threads in (1, 2, 3)
    }
    assert len(texts) == 1
    with pytest.raises(UsageError, match="threads is 0"):
        Model.load(tiny_path, threads=0)


def test_a_library_is_silent(tiny_path: Path) -> None:
    program = f"""
import logging, sys
from pathlib import Path
import abcrun
model = abcrun.Model.load(Path({str(tiny_path)!r}))
next(model.generate(seed=1, max_chars=30))
assert logging.getLogger("abcrun").handlers == [] and logging.getLogger().handlers == []
"""
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert result.stdout == result.stderr == b""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the identifier is kept otherwise")
def test_nothing_is_sent_to_the_maker_of_onnx_runtime(tiny_path: Path, tmp_path: Path) -> None:
    # Without our saying so, ONNX Runtime (1.29 and later) leaves an identifier of the
    # machine in the home folder.
    environment = {"HOME": str(tmp_path), "PATH": os.defpath, "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "abcrun", "generate", "--model", str(tiny_path), "--seed", "1"]
    result = subprocess.run(command, env=environment, capture_output=True, check=True)
    assert not list(tmp_path.rglob("*"))
    assert b"elemetry" not in result.stderr
    program = (
        "import os; from abcrun.inference.session import onnx_runtime; onnx_runtime(); "
        "print(os.environ.get(%r))"
    )
    name = "ORT_DISABLE_TELEMETRY"
    for said in (None, "0"):
        environment = {**environment, **({name: said} if said else {})}
        result = subprocess.run(
            [sys.executable, "-c", program % name], env=environment, capture_output=True, check=True
        )
        assert result.stdout.decode().strip() == str(said), (
            "the application's own choice is left as it was"
        )
