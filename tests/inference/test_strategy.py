"""Decoding strategies: what decides about a row may append to it, rewind it, restart it
and finish it; its mates do not notice."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from abcrun import Model, Sampling, UsageError
from abcrun.inference.engine import Engine
from abcrun.inference.request import Request, Row
from tests.inference.asking import finish, generated

PROMPT = "X:1\nT:A\nM:6/8\nK:D\n"
GREEDY = Sampling(greedy=True)


class Listener:
    """Writes down what it hears, and then acts as the test says."""

    def __init__(self, row: Row, wakes_on: str, acts: "dict[str, Iterator[Act]]") -> None:
        self.row, self.wakes_on = row, wakes_on
        self._acts = acts
        self.heard: list[tuple[str, str]] = []
        LISTENERS[id(row)] = self

    def _hear(self, what: str) -> bool:
        self.heard.append((what, self.row.text()))
        act = next(self._acts.get(what, iter(())), None)
        return True if act is None else act(self) is not False

    def on_fed(self) -> None:
        self._hear("on_fed")

    def on_drawn(self) -> None:
        self._hear("on_drawn")

    def on_end(self) -> bool:
        return self._hear("on_end")

    def final(self, text: str) -> tuple[str, str]:
        self.heard.append(("final", text))
        return text.upper(), text


Act = Callable[[Listener], object]

LISTENERS: dict[int, Listener] = {}  # by their rows, which they keep


def nothing(_: Listener) -> None:
    """An act that leaves the row as it is."""


def ask(
    model: Model,
    wakes_on: str = "",
    max_chars: int = 40,
    prompt: str = PROMPT,
    seed: int = 1,
    **acts: list[Act],
) -> Request:
    """A request with a `Listener`; `acts` say what it does at each call of a kind."""
    turns = {what: iter(turn) for what, turn in acts.items()}
    request = model.request(prompt=prompt, seed=seed, sampling=GREEDY, max_chars=max_chars)
    return replace(request, strategy=lambda row: Listener(row, wakes_on, turns))


def listener(row: Row) -> Listener:
    """The last one of a row, which the row itself lets go when it is out."""
    assert (row.strategy is None) == (row.generated is not None)
    return LISTENERS[id(row)]


def greedy(model: Model, prompt: str, characters: int) -> str:
    """What the model writes behind a prompt."""
    return next(model.generate(prompt=prompt, sampling=GREEDY, max_chars=characters)).text


def compose(model: Model, *requests: Request, slots: int = 1) -> list[Row]:
    engine = Engine(model.network, slots)
    rows = [engine.submit(request) for request in requests]
    ended = finish(engine)
    assert sorted(map(id, ended)) == sorted(map(id, rows)), "step tells of each row once"
    return rows


def test_a_strategy_hears_of_the_prompt_of_what_it_wakes_on_and_of_nothing_else(
    shipped: Model,
) -> None:
    (row,) = compose(shipped, ask(shipped, wakes_on="|"))
    written = greedy(shipped, PROMPT, 40)
    bars = [
        written[:end] for end in range(len(PROMPT) + 1, len(written)) if written[end - 1] == "|"
    ]
    assert len(bars) > 1
    assert listener(row).heard == [
        ("on_fed", PROMPT),
        *(("on_drawn", text) for text in bars),
        ("final", written),
    ]


def drawn_before(row: Row) -> set[str]:
    """The characters that a row's strategy was called for."""
    return {text[-1] for what, text in listener(row).heard if what == "on_drawn"}


def test_a_row_hears_only_of_the_characters_that_its_own_strategy_asked_for(
    shipped: Model,
) -> None:
    short, *others = (
        ask(shipped, wakes_on, max_chars, seed=seed)
        for seed, (wakes_on, max_chars) in enumerate([("|", 30), ("A", 60), ("", 60), ("|A", 60)])
    )
    # The first row ends before the others, so that the last one moves into its slot.
    rows = compose(shipped, short, *others, short, slots=4)
    assert [drawn_before(row) for row in rows] == [{"|"}, {"A"}, set(), {"|", "A"}, {"|"}]
    for row, wakes_on in zip(rows, ("|", "A", "", "|A", "|"), strict=True):
        written = generated(row).written
        heard = [text for what, text in listener(row).heard if what == "on_drawn"]
        before_its_end = range(len(PROMPT) + 1, len(written))
        assert heard == [written[:end] for end in before_its_end if written[end - 1] in wakes_on]


def test_a_row_that_restarts_hears_only_what_its_new_strategy_asks_for(shipped: Model) -> None:
    def again(w: Listener) -> None:
        old.append(w)
        w.row.restart(ask(shipped, "A", 60))

    old: list[Listener] = []
    (row,) = compose(shipped, ask(shipped, "|", 60, on_drawn=[again]))
    assert [what for what, _ in old[0].heard] == ["on_fed", "on_drawn"]
    assert drawn_before(row) == {"A"}
    assert "|" in generated(row).written


def test_a_row_that_restarts_without_a_strategy_has_none(shipped: Model) -> None:
    plain = shipped.request(prompt=PROMPT, seed=1, sampling=GREEDY, max_chars=30)
    old: list[Listener] = []

    def again(w: Listener) -> None:
        old.append(w)
        w.row.restart(plain)

    (row,) = compose(shipped, ask(shipped, "|", on_drawn=[again]))
    assert len(old) == 1
    assert generated(row).text == greedy(shipped, PROMPT, 30), "not in capitals"


def test_what_is_fed_is_read_and_not_drawn(shipped: Model) -> None:
    (row,) = compose(shipped, ask(shipped, "|", on_fed=[lambda w: w.row.append("|:GAB|c")]))
    heard = listener(row).heard
    assert heard[:2] == [("on_fed", PROMPT), ("on_fed", PROMPT + "|:GAB|c")], (
        "its own bar lines are no news"
    )
    assert generated(row).written == greedy(shipped, PROMPT + "|:GAB|c", 40 - 7), (
        "and counts for max_chars"
    )


def test_a_row_may_be_fed_again_before_all_is_in(shipped: Model) -> None:
    engine = Engine(shipped.network, 1)
    row = engine.submit(ask(shipped, "|", on_fed=[lambda w: w.row.append("|:GA")]))
    engine.step()
    row.append("Bc")
    finish(engine)
    assert generated(row).written.startswith(PROMPT + "|:GABc")


def test_fed_instead_of_the_character_that_was_drawn(shipped: Model) -> None:
    (row,) = compose(
        shipped, ask(shipped, "|", on_drawn=[lambda w: w.row.append("A2 d2|", instead=True)])
    )
    first = listener(row).heard[1][1]
    expected = first[:-1] + "A2 d2|"
    assert listener(row).heard[2] == ("on_fed", expected)
    assert generated(row).written == greedy(shipped, expected, len(PROMPT) + 40 - len(expected))


def test_one_character_instead_of_another_is_in_at_once(shipped: Model) -> None:
    (row,) = compose(
        shipped, ask(shipped, "|", on_drawn=[lambda w: w.row.append("c", instead=True)])
    )
    (_, first), (what, then) = listener(row).heard[1:3]
    assert (what, then) == ("on_fed", first[:-1] + "c")
    assert generated(row).written == greedy(shipped, then, len(PROMPT) + 40 - len(then))


def test_a_row_that_begins_anew_draws_other_numbers_and_counts_what_it_wrote(
    shipped: Model,
) -> None:
    other = replace(shipped.request(prompt="X:1\nT:B\nK:G\n", seed=1, max_chars=30), strategy=None)
    request = ask(shipped, "|", on_drawn=[lambda w: w.row.restart(other)])
    (row,) = compose(shipped, request)
    tune = generated(row)
    given_up = len(listener(row).heard[1][1])
    assert tune.attempts == 2
    assert tune.text.startswith(other.prompt)
    assert tune.characters == given_up + len(tune.text)
    assert not tune.complete
    unwatched = next(shipped.generate_many([other]))
    assert tune.text != unwatched.text, "not the numbers of the first attempt"


def test_each_attempt_has_its_own_strategy_and_the_same_row_may_try_many_times(
    shipped: Model,
) -> None:
    attempts: list[Listener] = []

    def again(w: Listener) -> None:
        attempts.append(w)
        if len(attempts) < 5:
            w.row.restart(request())
        else:
            w.row.finish(complete=False)

    def request() -> Request:
        return replace(ask(shipped, "|", 100, on_drawn=[again]), sampling=Sampling(top_k=5))

    (row,) = compose(shipped, request())
    assert len(set(map(id, attempts))) == 5
    assert generated(row).attempts == 5
    assert len({listener.heard[1] for listener in attempts}) == 5, "five beginnings"


def test_another_sampling_for_one_row_only(shipped: Model) -> None:
    wild = Sampling(top_k=60, temperature=3.0)
    mate = shipped.request(prompt=PROMPT, seed=3, max_chars=30)
    request = ask(shipped, "|", on_drawn=[lambda w: w.row.resample(wild)])
    row, other = compose(shipped, request, mate, slots=2)
    plain = greedy(shipped, PROMPT, 40)
    first = listener(row).heard[1][1]
    assert plain.startswith(first)
    assert generated(row).written != plain
    assert generated(other) == next(shipped.generate_many([mate]))


def test_a_row_ends_where_its_strategy_says(shipped: Model) -> None:
    def end(w: Listener) -> None:
        w.row.finish(complete=is_complete)

    for is_complete in (True, False):
        (row,) = compose(shipped, ask(shipped, "|", on_drawn=[nothing, end]))
        tune = generated(row)
        assert tune.complete is is_complete
        assert tune.written.count("|") == 2
        assert tune.written.endswith("|"), "all that it has, the bar line too"
        assert tune.characters == len(tune.written)
        with pytest.raises(UsageError, match="not being composed"):
            row.append("A")


def test_a_slot_that_a_strategy_frees_is_filled_again(shipped: Model) -> None:
    def end(w: Listener) -> None:
        w.row.finish()

    requests = [ask(shipped, "|", seed=seed, on_drawn=[end]) for seed in range(5)]
    rows = compose(shipped, *requests, slots=2)
    assert len({generated(row).text for row in rows}) == 1, "greedy rows are alike"


def test_an_end_may_be_refused(shipped: Model) -> None:
    def back(w: Listener) -> bool:
        w.row.rewind(snapshots[0])
        w.row.resample(Sampling(top_k=3))
        return False

    snapshots: list = []
    request = ask(
        shipped,
        "|",
        300,
        on_drawn=[lambda w: snapshots.append(w.row.snapshot())],
        on_end=[back, nothing],
    )
    (row,) = compose(shipped, request)
    tune = generated(row)
    heard = [text for what, text in listener(row).heard if what == "on_end"]
    assert len(heard) >= 1, "greedy sampling comes to an end"
    assert heard[0].endswith("\n\n")
    assert tune.redrawn == 1
    assert (
        tune.characters == len(heard[0]) - snapshots[0].length + len(tune.written) + tune.complete
    )


def test_a_refused_end_that_is_a_new_beginning(shipped: Model) -> None:
    other = shipped.request(prompt=PROMPT, seed=8, max_chars=20)

    def again(w: Listener) -> bool:
        w.row.restart(other)
        return False

    (row,) = compose(shipped, ask(shipped, "|", 300, on_end=[again]))
    assert generated(row).attempts == 2
    assert generated(row).written.startswith(PROMPT)


def test_a_row_that_its_strategy_finishes_at_its_end_is_told_too(shipped: Model) -> None:
    def end(w: Listener) -> bool:
        w.row.finish(complete=False)
        return False

    row, other = compose(
        shipped, *(ask(shipped, "|", 300, seed=seed, on_end=[end]) for seed in (1, 2))
    )
    assert not generated(row).complete
    assert not generated(other).complete


def test_a_row_that_its_strategy_finishes_at_its_prompt_is_told_too(shipped: Model) -> None:
    rows = compose(
        shipped, *(ask(shipped, "|", on_fed=[lambda w: w.row.finish()]) for _ in range(3))
    )
    assert [generated(row).written for row in rows] == [PROMPT] * 3


def test_a_row_is_fed_and_finished_whatever_its_strategy_wakes_on(shipped: Model) -> None:
    def end(w: Listener) -> None:
        w.row.finish()

    (row,) = compose(shipped, ask(shipped, "", on_fed=[lambda w: w.row.append("|:GAB|"), end]))
    assert generated(row).written == PROMPT + "|:GAB|"


def test_a_row_without_a_strategy_is_fed_all_that_it_is_given(shipped: Model) -> None:
    engine = Engine(shipped.network, 1)
    row = engine.submit(shipped.request(prompt=PROMPT, sampling=GREEDY, max_chars=30))
    row.append("|:GAB|c")
    finish(engine)
    assert generated(row).text == greedy(shipped, PROMPT + "|:GAB|c", 30 - 7)


def test_a_prompt_may_have_many_lines(shipped: Model) -> None:
    prompt = PROMPT + "|:GAB|\n" * 1_200
    assert next(shipped.generate(seed=1, prompt=prompt, max_chars=2)).text.startswith(prompt)


def test_the_strategy_says_what_is_handed_out(shipped: Model) -> None:
    (row,) = compose(shipped, ask(shipped))
    tune = generated(row)
    assert tune.written == greedy(shipped, PROMPT, 40)
    assert tune.text == tune.written.upper()


def test_a_cancelled_row_too(shipped: Model) -> None:
    engine = Engine(shipped.network, 1)
    row = engine.submit(ask(shipped, "|"))
    engine.step()
    engine.cancel(row)
    assert generated(row).text == generated(row).written.upper()
    assert not generated(row).complete


def test_what_is_forbidden_is_not_drawn_next_and_may_come_later(shipped: Model) -> None:
    plain = greedy(shipped, PROMPT, 40)
    first = plain[len(PROMPT)]
    (row,) = compose(shipped, ask(shipped, "|", on_fed=[lambda w: w.row.suppress(first)]))
    text = generated(row).written
    assert text[len(PROMPT)] != first
    assert text == greedy(shipped, text[: len(PROMPT) + 1], 39), (
        "only once, and the state is that of the text"
    )


def test_rows_with_strategies_are_the_same_alone_and_among_mates(shipped: Model) -> None:
    def requests() -> list[Request]:
        acts: dict[str, list[list[Act]]] = {
            "on_fed": [[], [lambda w: w.row.append("|:GAB|")], [], []],
            "on_drawn": [
                [lambda w: w.row.append("A2|", instead=True)],
                [nothing, lambda w: w.row.finish()],
                [lambda w: w.row.suppress("A"), nothing],
                [lambda w: w.row.restart(shipped.request(prompt=PROMPT, seed=2, max_chars=20))],
            ],
        }
        return [
            replace(
                ask(
                    shipped,
                    "|",
                    seed=seed,
                    **{what: turns[seed % 4] for what, turns in acts.items()},
                ),
                sampling=Sampling(top_k=2 + seed % 3),
            )
            for seed in range(8)
        ]

    alone = [generated(row) for request in requests() for row in compose(shipped, request)]
    for slots in (3, 8):
        together = [generated(row) for row in compose(shipped, *requests(), slots=slots)]
        assert together == alone
        assert [(t.characters, t.redrawn, t.attempts) for t in together] == [
            (t.characters, t.redrawn, t.attempts) for t in alone
        ]
        backwards = [generated(row) for row in compose(shipped, *requests()[::-1], slots=slots)]
        assert backwards == alone[::-1]
