"""The network: which file it is loaded from, and what it reads once for many."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from abcrun import Model, ModelError, UsageError
from abcrun.inference.network import PrefixCache
from tests import fakes
from tests.fakes import FakeRuntime

PROMPT = "X:1\nT:Test\nM:6/8\nL:1/8\nK:D Major\n"


def test_a_prompt_sets_the_state_as_reading_it_character_by_character_would(shipped: Model) -> None:
    tokens = shipped.spec.vocabulary.encode(PROMPT)
    at_once, state_at_once = shipped.network.prefill(tokens)
    state = shipped.initial_state()
    for token in tokens:
        logits, state = shipped.step(np.array([[token]]), state)
    assert at_once == pytest.approx(logits[:, -1], abs=1e-4)
    for a, b in zip(state_at_once, state, strict=True):
        assert a == pytest.approx(b, abs=1e-4)


def test_auto_takes_int8_on_the_cpu_where_it_exists(tiny_path: Path, tmp_path: Path) -> None:
    assert Model.load(tiny_path, "cpu").spec.precision == "int8"
    assert Model.load(tiny_path, "cpu", "int8").spec.precision == "int8"
    assert Model.load(tiny_path, "cpu", "float32").spec.precision == "float32"
    alone = tmp_path / "alone.onnx"
    alone.write_bytes(tiny_path.read_bytes())
    assert Model.load(alone, "cpu").spec.precision == "float32"
    with pytest.raises(ModelError, match="its weights are float32, int8 was asked for"):
        Model.load(alone, "cpu", "int8")
    small = tiny_path.with_suffix(".int8.onnx")
    assert Model.load(small, "cpu").spec.precision == "int8"
    with pytest.raises(ModelError, match="its weights are int8, float32 was asked for"):
        Model.load(small, "cpu", "float32")


def test_int8_runs_on_the_cpu_only(tiny_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="int8 runs on the CPU only"):
        Model.load(tiny_path, "cuda", "int8")
    fakes.put_in_place(monkeypatch, FakeRuntime("never"))
    model = Model.load(tiny_path, "auto")
    assert (model.device, model.spec.precision) == ("cuda", "float32")
    model = Model.load(tiny_path, "auto", "int8")
    assert (model.device, model.spec.precision) == ("cpu", "int8")


def test_an_unknown_precision_is_a_usage_error(tiny_path: Path) -> None:
    with pytest.raises(UsageError, match="auto, float32, int8"):
        Model.load(tiny_path, precision="float16")  # type: ignore[arg-type]


# States that are remembered


def in_threads(count: int, *works: Callable[[int], object]) -> None:
    """Call each work with each number at once; raise what one of them raised."""
    together = threading.Barrier(count * len(works))
    errors: list[Exception] = []

    def run(work: Callable[[int], object], number: int) -> None:
        together.wait()
        try:
            work(number)
        except Exception as error:  # noqa: BLE001  (it is raised again)
            errors.append(error)

    threads = [
        threading.Thread(target=run, args=(work, number))
        for work in works
        for number in range(count)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def test_the_state_after_a_text_is_that_of_reading_it(shipped: Model) -> None:
    network = shipped.network
    for text in (PROMPT, PROMPT + "|:ABc", PROMPT + "|:ABc|", PROMPT):
        expected = network.prefill(network.spec.vocabulary.encode(text))[1]
        for a, b in zip(network.state_after(text), expected, strict=True):
            assert a == pytest.approx(b, abs=1e-5)


def test_a_beginning_is_read_once(shipped: Model) -> None:
    cache = PrefixCache(4)
    cache.add("X:1\n", state := shipped.initial_state())
    assert cache.longest("X:1\nK:D\n") == (4, state)
    assert cache.longest("X:1\n") == (4, state)
    assert cache.longest("X:2\nK:D\n") is None
    assert cache.longest("") is None


def test_threads_get_the_same_state_from_a_cache_that_overflows_all_the_time(
    tiny: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = tiny.network
    heads = [f"X:1\nT:{letters}\nK:D\n" for letters in ("A", "B", "AB", "BA")]
    expected = [network.state_after(head) for head in heads]
    monkeypatch.setattr(network, "prefixes", PrefixCache(2))

    def work(number: int) -> None:
        for turn in range(100):
            which = (number + turn) % len(heads)
            for a, b in zip(network.state_after(heads[which]), expected[which], strict=True):
                assert (a == b).all()
            assert len(network.prefixes) <= 2

    in_threads(8, work)


class SlowText(str):
    """A text that lets other threads in while it is looked up in a dictionary."""

    __slots__ = ()

    def __hash__(self) -> int:
        time.sleep(0.002)
        return super().__hash__()


def test_the_cache_is_bounded_whatever_threads_do(shipped: Model) -> None:
    cache, state = PrefixCache(3), shipped.initial_state()
    lengths: list[int] = []

    def work(number: int) -> None:
        for turn in range(10):
            cache.add(SlowText(f"X:{number}\nT:{turn}\n"), state)
            lengths.append(len(cache))

    in_threads(8, work)
    assert max(lengths) == 3
