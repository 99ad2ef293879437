"""Changing a tune: what is to stay stays to the letter, what is new fits, in any key
and spelling."""

from itertools import islice
from typing import Any

import pytest

from abcrun import Generated, Model, Tune, UsageError
from abcrun.composition.editing import CANDIDATES, EditSettings, extend, rewrite
from abcrun.composition.recall import coded, text_of
from abcrun.composition.strategies import CopyLimit, RedrawingStrategy
from abcrun.errors import NotationError
from abcrun.inference.engine import Engine
from abcrun.notation.bars import split
from tests.composition.tunes import bars, body, right
from tests.inference.asking import plain_bits
from tests.traditional import KESH

JIG = """X:3
T:A Jig
M:6/8
L:1/8
R:jig
K:Emin
|:B,|EFE EGB|edc BAG|FDF ABA|FDF AGF|
EGB efg|fdB AGF|GAB BcA|GEE E2:|
|:B|ede fdB|ede gfe|dcB AFD|FDF AGF|
eBG efg|GEE B2A|GAB BcA|GEE E2:|"""

OTHERWISE = """X:7
T:Another Spelling
C:Somebody
M:C
L:1/4
K:Bb % with a comment
"Bb"B/c/ d/e/ !trill!f2 | {a}g/f/ e/d/ c2 | (B/c/ d/e/) f/g/ a/b/ | b/a/ g/f/ B2 ||
w: some words to sing
B/d/ f/d/ B/d/ f/d/ | c/e/ g/e/ c/e/ g/e/ | d/f/ b/f/ e/c/ A/F/ | B/d/ c/A/ B2 |]"""

WITH_ENDINGS = """X:1
T:Two Ends
M:6/8
L:1/8
K:Dmaj
|:dAF DFA|ded cBA|dAF DFA|gfe d2A|
dAF DFA|ded cBA|dfa gec|1 ded d2A:|2 ded d3|]"""


# Bars drawn anew


@pytest.mark.parametrize("wanted", [range(5, 9), [0], [3, 12], [17], range(18)])
def test_only_these_bars_are_other_ones(folk: Model, wanted: Any) -> None:
    result = folk.rewrite(JIG, wanted, seed=1)
    right(result)
    old, new = bars(JIG), bars(result.text)
    assert len(new) == len(old)
    assert [n for n in range(len(old)) if n not in wanted and old[n] != new[n]] == []
    assert new != old
    assert result.text.partition("|")[0] == JIG.partition("|")[0], "the header too"
    assert split(result.text)[0] == split(JIG)[0], "and what stands between the bars"


def test_bars_that_were_alike_are_again(folk: Model) -> None:
    old = bars(JIG)
    assert old[7:9] == old[16:18]
    new = bars(folk.rewrite(JIG, [7, 8, 16, 17], seed=2).text)
    assert new[7:9] == new[16:18] != old[7:9]


def test_a_close_on_the_tonic_stays_one(folk: Model) -> None:
    for seed in range(3):
        tune = right(folk.rewrite(JIG, [15, 16, 17], seed=seed))
        assert tune.notes[-1].pitch % 12 == tune.key.tonic_pitch_class


def test_any_spelling_is_kept_around_the_change(folk: Model) -> None:
    result = folk.rewrite(OTHERWISE, [1, 2], seed=3)
    tune = right(result)
    before, after = OTHERWISE.split("\n"), result.text.split("\n")
    assert after[:6] == before[:6]
    assert after[7:] == before[7:], "words and the second line"
    assert after[6].startswith('"Bb"B/c/ d/e/ !trill!f2 | ')
    assert after[6].endswith(" | b/a/ g/f/ B2 ||")
    assert tune.unit_length == Tune.parse(OTHERWISE).unit_length
    assert [bar.length for bar in tune.bars] == [1] * 8


def test_a_seed_is_a_change(folk: Model) -> None:
    one, again = (folk.rewrite(Tune.parse(JIG), range(5, 9), seed=4) for _ in range(2))
    assert one == again
    assert folk.rewrite(JIG, range(5, 9), seed=5) != one


def test_the_candidate_is_taken_that_the_following_bars_find_probable(folk: Model) -> None:
    wanted = range(5, 9)
    edit = rewrite(folk.network, JIG, wanted, EditSettings(folk.request(seed=6)))
    assert len(edit.requests) == CANDIDATES
    candidates = list(folk.generate_many(edit.requests))
    chosen = edit.choose(candidates)

    def following(one: Generated) -> float:
        """The bits of bars 9 to 12: their signs, and what is drawn of them."""
        pieces = coded(one.written)
        bits = iter(plain_bits(folk, text_of(pieces)))
        return sum(
            sum(islice(bits, len(piece.text))) * (piece.is_drawn and piece.bar in range(9, 13))
            for piece in pieces
        )

    assert chosen.text == min((one for one in candidates if one.text != JIG), key=following).text
    assert len({one.text for one in candidates}) > 1


def test_it_works_in_an_engine_of_the_callers(folk: Model) -> None:
    told: list[str] = []
    settings = EditSettings(
        folk.request(seed=7), candidates=2, progress=lambda _, text: told.append(text())
    )
    edit = rewrite(folk.network, JIG, range(5, 9), settings)
    engine = Engine(folk.network, 2)
    rows = [engine.submit(request) for request in edit.requests]
    while not engine.is_idle:
        engine.step()
    result = edit.choose([row.generated for row in rows if row.generated is not None])
    assert result == folk.rewrite(JIG, range(5, 9), seed=7, candidates=2)
    assert told
    assert all(text.startswith("X:3\nT:A Jig\n") for text in told)


# Variations


def test_a_variation_keeps_groups_of_notes(folk: Model) -> None:
    kept = changed = 0
    for seed in range(3):
        result = folk.vary(JIG, 1, seed=seed, candidates=2)
        for old, new in zip(bars(JIG), bars(result.text), strict=True):
            groups, others = old.split(" "), new.split(" ")
            if len(groups) > 1:
                assert len(groups) == len(others)
                kept += sum(map(str.__eq__, groups, others))
                changed += sum(map(str.__ne__, groups, others))
    assert 0.2 < kept / (kept + changed) < 0.9


def test_a_known_tune_is_varied_though_it_is_known(folk: Model) -> None:
    # Its sections are read twice in a row: no longer run with the known tune than that.
    for seed in range(2):
        right(folk.vary(KESH, 0.3, seed=seed, candidates=2))


def test_endings_are_varied_where_they_stand(folk: Model) -> None:
    result = folk.vary(WITH_ENDINGS, 1, seed=1, candidates=2)
    right(result)
    assert split(body(result.text))[0] == split(body(WITH_ENDINGS))[0]


@pytest.mark.parametrize("amount", [0.01, 0.3, 0.7, 1.0])
def test_a_variation_changes_as_much_as_was_asked_for(folk: Model, amount: float) -> None:
    result = folk.vary(JIG, amount, seed=8)
    right(result)
    old, new = bars(JIG), bars(result.text)
    changed = {old[n] for n in range(len(old)) if old[n] != new[n]}
    different = len(set(old)) - (amount < 1)
    assert 1 <= len(changed) <= max(1, round(amount * different))
    assert all(len({new[n] for n in range(len(old)) if old[n] == bar}) == 1 for bar in old), (
        "alike where it was"
    )
    assert (new[-1] == old[-1]) or amount == 1


# A section more


@pytest.mark.parametrize(
    "text",
    [
        JIG,
        JIG.partition("\n|:B|")[0],
        JIG.replace("E2:|\n|:B|", "E2|]\nB|"),
        OTHERWISE,
        KESH,
        WITH_ENDINGS,
    ],
)
def test_a_section_is_added(folk: Model, text: str) -> None:
    result = folk.continue_(text, seed=9)
    tune, before = right(result), Tune.parse(text)
    count = len(before.bars)
    assert len(tune.bars) - count >= 4
    for old, new in zip(before.bars, tune.bars, strict=False):
        assert [note.pitches for note in new.notes] == [note.pitches for note in old.notes]
    assert tune.text.startswith(before.text.rstrip("|]\n ")), "nothing of it has changed"
    assert tune.notes[-1].pitch % 12 == tune.key.tonic_pitch_class


# An answer

CALL = "X:1\nM:6/8\nL:1/8\nR:jig\nK:G\nG2B d2B|c2A F2D|G2B d2B|A2F D2D|"


@pytest.mark.parametrize(
    ("text", "bars", "kept", "total"),
    [
        (CALL, range(4), 4, 8),
        (CALL, range(2, 4), 4, 6),
        (CALL, range(1, 3), 3, 5),
        (CALL.replace("G2B", "D|G2B", 1), range(5), 5, 9),
        (f"{CALL[:-1]}|]", range(4), 4, 8),
        (CALL.replace("G2B", "|:G2B", 1)[:-1] + ":|", range(4), 4, 8),
        (CALL[:-1], range(4), 4, 8),
    ],
)
def test_bars_are_answered_by_as_many_behind_them(
    folk: Model, text: str, bars: range, kept: int, total: int
) -> None:
    result = folk.answer(text, bars, seed=9)
    tune, before = right(result), Tune.parse(text)
    assert len(tune.bars) == total
    for old, new in zip(before.bars[:kept], tune.bars, strict=False):
        assert [note.pitches for note in new.notes] == [note.pitches for note in old.notes]
    answer = [[note.pitches for note in bar.notes] for bar in tune.bars[kept:]]
    assert answer != [[note.pitches for note in bar.notes] for bar in before.bars[-len(answer) :]]
    assert tune.notes[-1].pitch % 12 == tune.key.tonic_pitch_class
    assert tune.text.count(":|") == text.count(":|"), "the answer is in the same section"


def test_an_answer_takes_the_place_of_the_bars_that_stand_there(folk: Model) -> None:
    result = folk.answer(CALL, range(2), seed=9)
    assert right(result).text.startswith(CALL.partition("|G2B")[0])
    assert result.text == folk.rewrite(CALL, range(2, 4), seed=9).text


# What cannot be changed


@pytest.mark.parametrize(
    ("text", "wanted", "message"),
    [
        (JIG, [], "none to draw anew"),
        (JIG, [18], "no bar 18; the tune has 18"),
        (JIG, [-1, 3], "no bar -1"),
        (JIG.replace("6/8", "5/4"), [1], "meter 5/4"),
        (JIG.replace("Emin", "Eloc"), [1], "locrian"),
        (JIG.replace("EFE", "[M:3/4]EFE"), [1], "meter changes"),
        (JIG.replace("EFE", "EFE&B3"), [1], "two layers"),
    ],
)
def test_what_cannot_be_changed_is_told(
    folk: Model, text: str, wanted: list[int], message: str
) -> None:
    with pytest.raises((UsageError, NotationError), match=message) as caught:
        folk.rewrite(text, wanted)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("amount", [0, -0.1, 1.01, float("nan")])
def test_an_amount_has_bounds(folk: Model, amount: float) -> None:
    with pytest.raises(UsageError, match="amount"):
        folk.vary(JIG, amount)


def test_settings_have_bounds(folk: Model, tiny: Model) -> None:
    for asked in ({"candidates": 0}, {"max_copied": 3}, {"seed": -1}):
        with pytest.raises(UsageError):
            folk.rewrite(JIG, [1], **asked)
    with pytest.raises(UsageError, match="no form plans"):
        extend(tiny.network, JIG, EditSettings(tiny.request()))


def test_what_is_given_up_leaves_the_tune_as_it_was(
    folk: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RedrawingStrategy, "most_attempts", 1)
    monkeypatch.setattr(RedrawingStrategy, "budget", 0)
    monkeypatch.setattr(CopyLimit, "allow", lambda *_: False)
    result = folk.rewrite(JIG, range(5, 9), seed=1)
    assert not result.complete
    assert bars(result.text)[:5] == bars(JIG)[:5]
