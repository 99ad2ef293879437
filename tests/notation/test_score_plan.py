"""`%%score` and `%%staves`: voices to staves, braces, brackets and bar lines (11.2)."""

import pytest

from abcrun.notation.limits import MAX_VOICES
from abcrun.notation.score_plan import read_score_plan


def plan_of(written: str) -> str:
    """Return a plan in few signs: voices of a staff joined by +, `*` before floating
    ones, `|` where bar lines go on to the next staff, and the groups."""
    name, _, value = written.partition(" ")
    plan = read_score_plan(name, value)
    if plan is None:
        return "none"
    staves = "".join(
        "+".join([*staff.voices, *(f"*{name}" for name in staff.floating)])
        + ("|" if staff.is_joined else " ")
        for staff in plan.staves
    ).strip()
    groups = " ".join(f"{group.sign}{group.first}-{group.last}" for group in plan.groups)
    return f"{staves}  {groups}".strip()


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        # The example of the standard.
        ("score Solo [(S A) (T B)] {RH | (LH1 LH2)}", "Solo S+A T+B RH|LH1+LH2  [1-2 {3-4"),
        ("score 1 2 3", "1 2 3"),
        ("score (1 2) ( 3 4 )", "1+2 3+4"),
        ("score [{1 2} (3 4)]", "1 2 3+4  [0-2 {0-1"),
        ("score {1 *2 3}", "1+*2 3  {0-1"),
        ("score [S|A|T|B]", "S|A|T|B  [0-3"),
        # In %%staves the bar line means the contrary.
        ("staves [S A T B]", "S|A|T|B  [0-3"),
        ("staves [S|A|T|B]", "S A T B  [0-3"),
        ("staves 1 2", "1|2"),
        # What abcm2ps makes of three and four voices in an old brace.
        ("staves {1 2 3}", "1+*2|3  {0-1"),
        ("staves {1 2 3 4}", "1+2|3+4  {0-1"),
        ("score {1 2 3}", "1 2 3  {0-2"),
    ],
)
def test_plans(written: str, expected: str) -> None:
    assert plan_of(written) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("score", "none"),
        ("score )(", "none"),
        ("score {}", "none"),
        ("score 1 1 2", "1 2"),  # a voice stands on one staff
        ("score [1 2", "1 2"),
        ("score 1] 2}", "1 2"),
        ("score (1 2", "1+2"),
        ("score | * 1 |", "1"),
        ("score {1 [2} 3]", "1 2 3  [1-2"),
    ],
)
def test_what_is_not_well_formed_counts_as_far_as_it_goes(written: str, expected: str) -> None:
    assert plan_of(written) == expected


def test_there_are_no_more_staves_than_voices_may_be() -> None:
    plan = read_score_plan("score", " ".join(map(str, range(10_000))))
    assert plan is not None
    assert len(plan.staves) == MAX_VOICES
    assert plan_of("score " + "[{(" * 5_000 + "1") == "1"
