"""Fixtures that the tests of scores share."""

import pytest

from abcrun import Tune
from abcrun.score.score import Score
from tests import traditional


@pytest.fixture(scope="session")
def kesh() -> Score:
    """The score of a real tune, whose picture is made once."""
    return Tune.parse(traditional.KESH).score()
