"""The engine: every row as if it were alone, whatever its mates do; rewound,
cancelled, shared between threads."""

import threading
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from abcrun import Model, Sampling, UsageError
from abcrun.formats import Precision
from abcrun.inference.engine import Engine
from abcrun.inference.request import FinishReason, Generated, Request, Row
from tests.inference.asking import finish, generated, requests


# With two threads there are engines side by side, and both step a tune that is alone.
@pytest.mark.parametrize("threads", [1, 2])
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


def test_a_tune_longer_than_the_history_kept_at_first(tiny: Model) -> None:
    prompt = "X:1\nK:D\n" + "abc|" * 600
    tune = next(
        tiny.generate(
            seed=1, prompt=prompt, max_chars=300, sampling=Sampling(top_k=60, temperature=3.0)
        )
    )
    assert tune.text.startswith(prompt)
    assert len(tune.text) > len(prompt)


def test_a_tune_does_not_depend_on_its_batch_in_int8_either(tiny_path: Path) -> None:
    model = Model.load(tiny_path, "cpu", "int8")
    texts = {
        slots: [tune.text for tune in model.generate(20, seed=3, max_chars=150, slots=slots)]
        for slots in (1, 7, 20)
    }
    assert texts[1] == texts[7] == texts[20]


def test_a_tune_says_why_it_ended(shipped: Model) -> None:
    engine = Engine(shipped.network, 2)
    asked = shipped.request(seed=1)
    rows = [
        engine.submit(asked),
        engine.submit(shipped.request(seed=1, max_chars=3)),
        engine.submit(shipped.request(seed=2)),
    ]
    engine.cancel(rows[2])  # while it waits
    finish(engine)
    given_up = engine.submit(shipped.request(seed=3))
    engine.step()
    engine.cancel(given_up)
    found = [generated(row) for row in (*rows, given_up)]
    assert [tune.finish_reason for tune in found] == ["stop", "length", "abort", "abort"]
    assert [tune.complete for tune in found] == [True, False, False, False]


def test_the_reason_is_no_part_of_what_a_tune_is() -> None:
    tune = Generated("X:1", True, 1, 0)
    assert tune == replace(tune, finish_reason=FinishReason.STOP)
    assert "finish" not in repr(tune)


def test_a_snapshot_of_another_row_is_refused(tiny: Model) -> None:
    engine = Engine(tiny.network, 2)
    rows = [engine.submit(tiny.request(seed=seed)) for seed in (1, 2)]
    snapshot = rows[0].snapshot()
    with pytest.raises(UsageError, match="another row"):
        rows[1].rewind(snapshot)


def test_another_engines_row_is_not_cancelled(tiny: Model) -> None:
    engine, other = Engine(tiny.network, 1), Engine(tiny.network, 1)
    mine, theirs = engine.submit(tiny.request(seed=1)), other.submit(tiny.request(seed=2))
    engine.cancel(theirs)
    assert theirs.generated is None
    assert mine.generated is None
