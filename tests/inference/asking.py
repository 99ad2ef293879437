"""What the tests of engines share: requests to compose, how to compose them, and the
plain definition of how probable a text is."""

import math
from itertools import pairwise

import numpy as np

from abcrun import Model, Sampling
from abcrun.inference.engine import Engine
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
            prompt=prompts[i % len(prompts)],
            sampling=samplings[i % 4],
            seed=i,
            max_chars=max_chars - i % 7,
        ).numbered(i)
        for i in range(number)
    ]


def finish(engine: Engine, steps: int = 10_000) -> list[Row]:
    """Step until nothing is left to do. Return the rows that ended, as `step` told."""
    rows: list[Row] = []
    for _ in range(steps):
        if engine.is_idle:
            return rows
        rows += engine.step()
    raise AssertionError("the engine does not come to an end")


def generated(row: Row) -> Generated:
    """The tune of a row that has ended."""
    assert row.generated is not None
    return row.generated


def plain_bits(model: Model, text: str) -> list[float]:
    """The bits of each character of a text, one step at a time; the first has none."""
    state = model.initial_state()
    found = [0.0]
    for token, following in pairwise(model.spec.vocabulary.encode(text)):
        logits, state = model.step(np.array([[token]]), state)
        scores = logits[0, 0].astype(np.float64)
        probability = math.exp(scores[following]) / sum(map(math.exp, scores.tolist()))
        found.append(-math.log2(probability))
    return found
