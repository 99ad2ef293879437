"""A stream: one tune, character by character; of a model with recall, bar by bar."""

from collections.abc import Iterator

import pytest

import abcrun
from abcrun import Model, Tune, UsageError
from abcrun.composition.signs import is_sign
from abcrun.inference.engine import Engine
from tests.composition.tunes import bars, body

HEAD = "X:1\nM:6/8\nL:1/8\nR:jig\nK:Dmaj\n"
PROMPT = "X:1\nT:Test\nM:6/8\nL:1/8\nK:D Major\n"


def test_streaming_gives_the_first_tune_of_generate(shipped: Model) -> None:
    stream = shipped.stream(seed=11, prompt=PROMPT)
    pieces = list(stream)
    assert pieces[0] == PROMPT
    assert all(len(piece) == 1 for piece in pieces[1:])
    tune = next(shipped.generate(seed=11, prompt=PROMPT))
    assert ("".join(pieces), stream.complete, stream.seed) == (tune.text, tune.complete, tune.seed)


def test_two_streams_of_one_model_do_not_disturb_each_other(tiny: Model) -> None:
    streams = [tiny.stream(seed=seed, max_chars=60) for seed in (1, 2)]
    woven = ["".join(pieces) for pieces in zip(*(list_in_turn(streams)), strict=True)]
    assert woven == [next(tiny.generate(seed=seed, max_chars=60)).text for seed in (1, 2)]


def list_in_turn(streams: list[abcrun.Stream]) -> Iterator[tuple[str, ...]]:
    while True:
        pieces = tuple(next(stream, "") for stream in streams)
        if not any(pieces):
            return
        yield pieces


# A model with recall: its network also reads signs, and they are nobody else's


def test_the_header_comes_first_and_then_whole_bars(folk: Model) -> None:
    stream = folk.stream(seed=3, prompt=HEAD)
    pieces = list(stream)
    assert pieces[0] == HEAD
    whole = bars("".join(pieces))
    assert len(whole) > 8
    for number in range(2, len(pieces)):
        so_far = bars("".join(pieces[:number]) + "|")
        assert so_far == whole[: len(so_far)]
    assert stream.complete
    assert "".join(pieces) == next(folk.generate_many([folk.request(seed=3, prompt=HEAD)])).text


@pytest.mark.parametrize("prompt", [None, "X", "X:1\nM:6/8\nL:1/8\nK:D", HEAD + "|:dAF"])
def test_no_sign_is_handed_out(folk: Model, prompt: str | None) -> None:
    texts = ["".join(folk.stream(seed=seed, prompt=prompt)) for seed in range(6)]
    assert not any(map(is_sign, "".join(texts)))
    # Unguided, a header may be none.
    assert sum("|" in text and bool(Tune.parse(text).bars) for text in texts) >= 4


def test_bars_behind_the_header_are_kept(folk: Model) -> None:
    for music in ("|:dAF DFA|ded c", "|:dAF DFA|ded cBA:|", "|:d|", "dAF DFA|\nded cBA|\n"):
        text = "".join(folk.stream(seed=4, prompt=HEAD + music))
        assert body(text).replace("\n", "").startswith(music.replace("\n", "").rstrip("|"))


def test_a_stream_that_is_cut_ends_with_a_whole_bar(folk: Model) -> None:
    stream = folk.stream(seed=3, prompt=HEAD, max_chars=80)
    text = "".join(stream)
    assert not stream.complete
    assert text.startswith(HEAD + "|")
    assert "".join(folk.stream(seed=3, prompt=HEAD)).startswith(text)
    assert "".join(folk.stream(seed=3, prompt=HEAD, max_chars=1)).rstrip() == HEAD.rstrip()


def test_a_row_tells_at_any_time_what_could_be_handed_out(folk: Model) -> None:
    engine = Engine(folk.network, 2)
    rows = [engine.submit(folk.request(seed=seed)) for seed in (5, 6, 7)]
    texts = ["", "", ""]
    for _ in range(300):
        engine.step()
        for number, row in enumerate(rows):
            text = row.so_far()
            assert text.startswith(texts[number].rstrip("\n"))
            assert not any(map(is_sign, text))
            assert row.so_far(3) == text[3:]
            texts[number] = text
    engine.cancel(rows[-1])
    assert not any(map(is_sign, rows[-1].text()))


@pytest.mark.parametrize(
    ("prompt", "message"),
    [
        ("|:dAF", "begin with X:"),
        ("K:D\n|:dAF", "begin with X:"),
        ("X:1\nK:Dmaj\n", "no meter"),
        ("X:1\nM:6/8\nK:Dmaj\n|:d?F", "not in the vocabulary"),
    ],
)
def test_a_model_with_recall_begins_with_a_header(folk: Model, prompt: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        folk.stream(prompt=prompt)
    assert len(str(caught.value).splitlines()) == 1
