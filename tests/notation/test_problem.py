"""Problems: a program tells a stray sign from other faults without reading reasons."""

import pytest

from abcrun.notation import Tune

HEAD = "X:1\nL:1/4\nM:4/4\nK:C\n"


@pytest.mark.parametrize("body", ["CDsEF|GABc|", "CD\\EF|GABc|", "-CDEF|GABc|", "CDEF|z-GAB|"])
def test_without_a_stray_sign_the_tune_reads_the_same(body: str) -> None:
    tune = Tune.parse(HEAD + body)
    (problem,) = tune.problems
    assert problem.is_stray_sign
    place = problem.column - 1
    mended = Tune.parse(HEAD + body[:place] + body[place + 1 :])
    assert mended.problems == ()
    assert mended.notes == tune.notes


@pytest.mark.parametrize(
    "body", ["CD?EF|GABc|", "CD+EF|GABc|", "CD3/0EF|GABc|", "CDEF|[GAB", "CDEF|GAB|c4|"]
)
def test_other_faults_are_no_stray_signs(body: str) -> None:
    tune = Tune.parse(HEAD + body)
    assert tune.problems
    assert not any(problem.is_stray_sign for problem in tune.problems)
