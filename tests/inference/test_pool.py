"""From requests to tunes: in order or as they end, lazily, by one engine or by several
side by side."""

import gc
import threading
import tracemalloc
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

import pytest

from abcrun import Model, ModelError
from abcrun.inference.engine import Engine
from abcrun.inference.pool import engines
from abcrun.inference.request import Request
from tests.inference.asking import requests


def slots_of(engine: Engine, model: Model) -> int:
    """How many requests an engine takes until it is full."""
    for number in count():
        if engine.is_full:
            return number
        engine.submit(model.request())
    raise AssertionError


def test_tunes_come_as_they_end_when_order_does_not_matter(tiny: Model) -> None:
    asked = requests(tiny, 40)
    in_order = list(tiny.generate_many(asked, slots=9))
    as_they_come = list(tiny.generate_many(asked, slots=9, in_order=False))
    assert as_they_come != in_order
    assert sorted(as_they_come, key=lambda tune: tune.index) == in_order


def test_endless_requests_are_read_as_slots_become_free(tiny: Model) -> None:
    read = []

    def endless() -> Iterator[Request]:
        first = tiny.request(seed=1, max_chars=20)
        for index in count():
            read.append(index)
            yield first.numbered(index)

    tunes = tiny.generate_many(endless(), slots=4, in_order=False)
    assert len(list(islice(tunes, 10))) == 10
    assert len(read) <= 14


def test_engines_side_by_side_compose_what_one_does(tiny_path: Path) -> None:
    with Model.load(tiny_path, "cpu", threads=1) as model:
        asked = requests(model, 200)
        expected = list(model.generate_many(asked))
    with Model.load(tiny_path, "cpu", threads=3) as model:
        assert [slots_of(engine, model) for engine in engines(model.network, 50)] == [17, 17, 16]
        assert len(engines(model.network, 15)) == 1
        assert list(model.generate_many(asked, slots=50)) == expected
        as_they_come = list(model.generate_many(asked, slots=50, in_order=False))
        assert sorted(as_they_come, key=lambda tune: tune.index) == expected
        assert model.network.for_one_thread() is model.network.for_one_thread()
    with pytest.raises(ModelError, match="was closed"):
        next(model.generate_many(asked, slots=50))


def test_a_generator_of_several_engines_that_is_dropped_ends_its_threads(tiny_path: Path) -> None:
    with Model.load(tiny_path, "cpu", threads=2) as model:
        before = threading.active_count()
        tunes = model.generate(10**9, seed=1, max_chars=40)
        next(tunes)
        assert threading.active_count() > before
        del tunes
        gc.collect()
        assert threading.active_count() == before


def test_an_error_in_an_engine_side_by_side_reaches_the_caller(tiny_path: Path) -> None:
    model = Model.load(tiny_path, "cpu", threads=2)
    tunes = model.generate(10**9, seed=1, max_chars=40)
    next(tunes)
    model.close()
    with pytest.raises(ModelError, match="was closed"):
        list(tunes)


def test_a_number_asks_for_so_many_tunes(tiny: Model) -> None:
    assert len(list(tiny.generate_many(3, slots="auto"))) == 3


def test_many_tunes_take_constant_memory(tiny: Model) -> None:
    tunes = tiny.generate(10**9, seed=1, max_chars=40)
    tracemalloc.start()
    for _ in islice(tunes, 200):
        pass
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    for _ in islice(tunes, 2_000):
        pass
    gc.collect()
    now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert now - held < 100_000
    assert peak - held < 1_000_000
