"""A stream: one tune, character by character."""

from collections.abc import Iterator

import abcrun
from abcrun import Model

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
