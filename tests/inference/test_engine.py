"""The engine: every row as if it were alone, whatever its mates do; rewound,
cancelled, shared between threads."""

import gc
import threading
import tracemalloc
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

import pytest

from abcrun import Model, ModelError, Sampling, UsageError
from abcrun.formats import Precision
from abcrun.inference.engine import Engine
from abcrun.inference.pool import engines
from abcrun.inference.request import Generated, Request, Row


def requests(model: Model, number: int, max_chars: int = 120) -> list[Request]:
    """Requests that differ in everything."""
    prompts = ("X:", "X:1\nT:A", "X", "K:D\n|:d2", "X:")
    samplings = (
        Sampling(),
        Sampling(top_k=2),
        Sampling(top_k=40, temperature=0.7),
        Sampling(top_p=0.8),
    )
    return [
        model.request(
            prompt=prompts[i % len(prompts)], sampling=samplings[i % 4], seed=i, max_chars=max_chars - i % 7
        ).numbered(i)
        for i in range(number)
    ]  # fmt: skip


def finish(engine: Engine) -> list[Row]:
    rows: list[Row] = []
    while not engine.is_idle:
        rows += engine.step()
    return rows


def slots_of(engine: Engine, model: Model) -> int:
    """How many requests an engine takes until it is full."""
    for number in count():
        if engine.is_full:
            return number
        engine.submit(model.request())
    raise AssertionError


def generated(row: Row) -> Generated:
    assert row.generated is not None
    return row.generated


@pytest.mark.parametrize(
    "threads", [1, 2]
)  # two: engines side by side, and two threads on a tune that is alone
@pytest.mark.parametrize("precision", ["float32", "int8"])
def test_forty_tunes_alone_in_batches_and_in_reverse_are_the_same(
    precision: Precision, threads: int
) -> None:
    model = Model.load(None, "cpu", precision, threads=threads)
    asked = [model.request(seed=5, max_chars=40).numbered(i) for i in range(40)]
    alone = [next(model.generate_many([request])) for request in asked]
    for slots in (7, 40):
        assert list(model.generate_many(asked, slots=slots)) == alone
        assert list(model.generate_many(asked[::-1], slots=slots)) == alone[::-1]


def test_requests_that_differ_in_everything_share_a_batch(tiny: Model) -> None:
    asked = requests(tiny, 40)
    alone = [next(tiny.generate_many([request])) for request in asked]
    assert list(tiny.generate_many(asked, slots=9)) == alone
    assert all(
        tune.text.startswith(request.prompt) for tune, request in zip(alone, asked, strict=True)
    )


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


def test_a_rewound_row_goes_on_from_there_with_new_numbers(tiny: Model) -> None:
    engine = Engine(tiny.network, 3)
    mates = [engine.submit(request) for request in requests(tiny, 2)]
    row = engine.submit(tiny.request(seed=9, max_chars=60))
    for _ in range(5):
        engine.step()
    snapshot = row.snapshot()
    before = row.text()
    seen = set()
    for _ in range(30):
        row.rewind(snapshot)
        assert row.text() == before
        engine.step()
        seen.add(row.text()[len(before) :])
    assert len(seen) > 1, "it is drawn anew"
    # The distribution after rewinding is that of the text: greedy rows show it.
    greedy = engine_of_one(tiny, before)
    row.rewind(snapshot)
    row.resample(Sampling(greedy=True))
    engine.step()
    assert row.text() == greedy
    rows = finish(engine)
    for mate, request in zip(mates, requests(tiny, 2), strict=True):
        assert mate in rows or mate.generated is not None
        assert generated(mate).text == next(tiny.generate_many([request])).text, (
            "mates do not notice"
        )


def engine_of_one(model: Model, prompt: str) -> str:
    engine = Engine(model.network, 1)
    row = engine.submit(model.request(prompt=prompt, sampling=Sampling(greedy=True)))
    engine.step()
    return row.text()


def test_a_snapshot_survives_the_move_of_its_row_to_another_slot(tiny: Model) -> None:
    engine = Engine(tiny.network, 2)
    first = engine.submit(tiny.request(seed=1, max_chars=100))
    second = engine.submit(tiny.request(seed=2, max_chars=100))
    for _ in range(3):
        engine.step()
    snapshot = second.snapshot()
    before = second.text()
    engine.cancel(first)
    engine.step()
    second.rewind(snapshot)
    assert second.text() == before


def test_cancelled_rows_free_their_slots_and_keep_their_text(tiny: Model) -> None:
    engine = Engine(tiny.network, 2)
    rows = [engine.submit(request) for request in requests(tiny, 5)]
    for _ in range(4):
        engine.step()
    text = rows[0].text()
    engine.cancel(rows[0])
    engine.cancel(rows[4])  # it never had a slot
    assert generated(rows[0]).text == text
    assert not generated(rows[0]).complete
    assert generated(rows[4]).text == rows[4].request.prompt
    finish(engine)
    for row in rows[1:4]:
        assert generated(row) == next(tiny.generate_many([row.request]))
    engine.cancel(rows[1])  # nothing happens
    with pytest.raises(UsageError, match="not being composed"):
        rows[1].snapshot()


def test_a_snapshot_of_what_was_rewound_is_refused(tiny: Model) -> None:
    engine = Engine(tiny.network, 1)
    row = engine.submit(tiny.request(prompt="K:D\n|:d2", seed=1))
    engine.step()
    earlier = row.snapshot()
    engine.step()
    later = row.snapshot()
    row.rewind(earlier)
    with pytest.raises(UsageError, match="rewound since"):
        row.rewind(later)


def test_eight_threads_share_a_model(tiny: Model) -> None:
    expected = {
        seed: [tune.text for tune in tiny.generate(6, seed=seed, max_chars=100)]
        for seed in range(8)
    }
    found: dict[int, list[str]] = {}
    streamed: dict[int, str] = {}

    def work(seed: int) -> None:
        stream = tiny.stream(seed=seed, max_chars=100)
        tunes = tiny.generate(6, seed=seed, max_chars=100)
        pieces, texts = [], []
        for tune in tunes:
            texts.append(tune.text)
            pieces += islice(stream, 20)
        found[seed], streamed[seed] = texts, "".join([*pieces, *stream])

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == expected
    assert streamed == {seed: texts[0] for seed, texts in expected.items()}


def test_an_engine_is_shared_by_threads(tiny: Model) -> None:
    engine = Engine(tiny.network, 3)
    asked = requests(tiny, 24)
    rows: list[Row] = []

    def work(part: list[Request]) -> None:
        mine = [engine.submit(request) for request in part]
        rows.extend(mine)
        while any(row.generated is None for row in mine):
            engine.step()

    threads = [threading.Thread(target=work, args=(asked[i::4],)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    texts = {row.request.index: generated(row).text for row in rows}
    assert texts == {request.index: next(tiny.generate_many([request])).text for request in asked}


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


def test_a_tune_longer_than_the_history_kept_at_first(tiny: Model) -> None:
    prompt = "X:1\nK:D\n" + "abc|" * 600
    tune = next(
        tiny.generate(
            seed=1, prompt=prompt, max_chars=300, sampling=Sampling(top_k=60, temperature=3.0)
        )
    )
    assert tune.text.startswith(prompt)
    assert len(tune.text) > len(prompt)
