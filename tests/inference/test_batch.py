"""The memory of a batch: rows step together, and are read, written and moved alone."""

from pathlib import Path

import numpy as np
import pytest

from abcrun import Model, ModelError
from abcrun.inference.batch import Batch

TOKENS = np.array([3, 1, 4, 1, 5])


@pytest.fixture
def batch(tiny: Model) -> Batch:
    batch = Batch(tiny.network, 3)
    for row in range(3):
        batch.write(row, 0, tiny.initial_state())
    return batch


def take(batch: Batch, rows: int, tokens: np.ndarray) -> np.ndarray:
    """Step with the same tokens in each row: the last logits, which later steps
    overwrite."""
    for token in tokens:
        batch.tokens[:rows] = token
        logits = batch.step(rows)
    return logits.copy()


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_steps_in_place_are_those_of_the_network(tiny: Model, batch: Batch, rows: int) -> None:
    logits = take(batch, rows, TOKENS)
    expected, state = tiny.step(TOKENS[None], tiny.initial_state())
    for row in range(rows):
        assert logits[row] == pytest.approx(expected[0, -1], abs=1e-4)
        for a, b in zip(batch.read(row), state, strict=True):
            assert a == pytest.approx(b[0], abs=1e-4)


def test_the_number_of_rows_may_change_between_steps(tiny: Model, batch: Batch) -> None:
    take(batch, 3, TOKENS[:2])
    take(batch, 1, TOKENS[2:3])
    batch.write(1, 0, tiny.initial_state())
    logits = take(batch, 2, TOKENS[3:])
    old, _ = tiny.step(TOKENS[None], tiny.initial_state())
    new, _ = tiny.step(TOKENS[None, 3:], tiny.initial_state())
    assert logits[0] == pytest.approx(old[0, -1], abs=1e-4)
    assert logits[1] == pytest.approx(new[0, -1], abs=1e-4)


def test_a_row_that_is_read_and_written_goes_on_from_there(batch: Batch) -> None:
    take(batch, 2, TOKENS[:3])
    state = batch.read(1)
    expected = take(batch, 2, TOKENS[3:])
    batch.write(0, 0, state)
    assert take(batch, 2, TOKENS[3:])[0] == pytest.approx(expected[1], abs=1e-5)


def test_a_copy_of_a_state_does_not_change_with_the_row(batch: Batch) -> None:
    take(batch, 1, TOKENS[:2])
    state = batch.read(0)
    before = [part.copy() for part in state]
    take(batch, 1, TOKENS[2:])
    assert all((a == b).all() for a, b in zip(state, before, strict=True))


def test_a_moved_row_takes_its_token_and_its_state_along(batch: Batch) -> None:
    take(batch, 3, TOKENS[:3])
    batch.tokens[2] = 7
    state = batch.read(2)
    batch.move(2, 0)
    assert batch.tokens[0, 0] == 7
    assert all((a == b).all() for a, b in zip(batch.read(0), state, strict=True))


def test_a_closed_model_is_an_error(tiny_path: Path) -> None:
    model = Model.load(tiny_path, "cpu")
    batch = Batch(model.network, 1)
    batch.step(1)
    model.close()
    with pytest.raises(ModelError, match="was closed"):
        batch.step(1)
