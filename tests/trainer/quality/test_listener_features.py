"""What the calculating listener measures of a tune, counted by hand."""

import math

import pytest

from abcrun.notation import Tune
from abctrain.quality.listener.bare import TICKS, BareTune
from abctrain.quality.listener.closes import close_features
from abctrain.quality.listener.form import form_features, is_moved, returns
from abctrain.quality.listener.judgement import features_of
from abctrain.quality.listener.leaps import leap_features
from abctrain.quality.listener.motifs import motifs
from abctrain.quality.listener.rhythm import rhythm_features
from abctrain.quality.listener.scale import scale_features
from tests.traditional import KESH

SCALE = "|:DEFG A2A2|BAGF E2E2|DEFG A2A2|BAFE D4:|"
"""Four bars up and down; the third is the first again."""


def bare(body: str, key: str = "D", meter: str = "4/4") -> BareTune:
    tune = BareTune.of(Tune.parse(f"X:1\nM:{meter}\nL:1/8\nK:{key}\n{body}"))
    assert tune is not None
    return tune


# Bare notes


def test_pitches_count_from_the_tonic_and_lengths_in_ticks() -> None:
    tune = bare(SCALE)
    assert tune.line.pitches.tolist()[:6] == [0, 2, 4, 5, 7, 7]
    assert tune.line.durations.tolist()[:6] == [TICKS // 8] * 4 + [TICKS // 4] * 2
    assert tune.bar_length == TICKS


def test_header_spelling_and_key_make_no_difference() -> None:
    told = Tune.parse(KESH)
    for tonic in ("F", "E", "Eb"):
        moved = told.transpose(tonic + told.key.mode[:3])
        one, other = BareTune.of(told), BareTune.of(moved)
        assert one is not None
        assert other is not None
        assert features_of(one) == pytest.approx(features_of(other), nan_ok=True)
        assert list(motifs(one)) == list(motifs(other))
    assert bare("DEFG A2A2|B2B2 d4|") == bare("D1E1 F1G1A2A2 | B2 B2d4 |]")


def test_sections_keep_their_pickups_and_endings() -> None:
    tune = bare("AG|:F2A2 d4|1 e2e2 fdAG:|2 e2e2 d4||f2f2 a4|", meter="4/4")
    assert [len(section.bars) for section in tune.sections] == [3, 1]
    assert [note.pitch for note in tune.sections[0].pickup] == [7, 5]
    assert tune.sections[1].pickup == ()


def test_a_tune_of_few_notes_is_not_judged() -> None:
    assert BareTune.of(Tune.parse("X:1\nM:4/4\nL:1/8\nK:D\nD4 E4|F8|")) is None


# Each group of features


def test_leaps_over_bar_lines_and_within_bars() -> None:
    features = leap_features(bare(SCALE))
    assert features["gap over bar lines"] == 2
    assert features["gap within bars"] == pytest.approx(30 / 19)
    assert features["gap over bar lines minus within"] == pytest.approx(2 - 30 / 19)
    assert features["largest leap"] == features["minor thirds"] * 22 * 3 == 3
    assert features["unisons"] == 3 / 22
    assert features["leaps of more than a fifth"] == 0
    wide = leap_features(bare("D2d2 D2d2|D2E2 F2G2|"))
    assert wide["leaps of an octave or more"] == 4 / 7
    assert wide["bar lines crossed by more than a fifth"] == 1
    sections = leap_features(bare("D2E2 F2G2||d2e2 f2g2|a2g2 f2e2|"))
    assert sections["gap over bar lines"] == 2
    assert wide["returns to the note before"] == 3 / 6


def test_degrees_and_chromatic_notes() -> None:
    features = scale_features(bare(SCALE))
    # Of 32 eighths the two D and the last one, of 4, are on the tonic.
    assert features["weight of the first degree"] == pytest.approx(6 / 32)
    assert features["weight of sixth and seventh degree"] == pytest.approx(2 / 32)
    minor = scale_features(bare("DEFG A2B2|c2A2 G2A2|", "Dm"))
    assert minor["weight of sixth and seventh degree"] == pytest.approx(4 / 16)
    assert features["downbeats on the first degree"] == 2 / 4
    assert features["has a chromatic note"] == 0
    chromatic = scale_features(bare("DEFG ABcd|d=cBA GFED|"))
    assert chromatic["has a chromatic note"] == 1
    assert chromatic["chromatic notes"] == 1 / 16
    assert chromatic["weight of the rarer seventh"] == pytest.approx(1 / 16)
    assert scale_features(bare("D2F2 A2d2|" * 2))["notes of a bar within one chord"] == 1


def test_lengths_triplets_and_pairs() -> None:
    features = rhythm_features(bare("D>E F<G (3ABc d2|DEFG z4|"))
    assert features["kinds of note lengths"] == 5
    assert features["triplets"] == pytest.approx(3 / 12)
    # Three pairs before the triplet, three in the second bar.
    assert features["dotted pairs"] == 1 / 6
    assert features["snapped pairs"] == 1 / 6
    assert features["pairs of equal lengths"] == 4 / 6
    assert features["rests"] == 1 / 13
    assert features["notes a bar"] == 6
    assert features["different rhythms of bars"] == 1


def test_bars_return_exactly_varied_and_moved() -> None:
    features = form_features(bare(SCALE))
    assert features["exact bars"] == 1 / 4
    assert features["gap before exact bars"] == 2
    assert features["same bar 2 bars later"] == 1 / 2
    varied = bare("DEFG ABAF|GABc d2d2|DEFG ABde|EEFG ABAF|EFGA BcBG|")
    assert [one.kind for one in returns(varied.bars)] == ["new", "new", "varied", "varied", "new"]
    features = form_features(varied)
    assert features["varied bars"] == 2 / 5
    assert features["varied bars changed at the start"] == 1 / 2
    assert features["varied bars changed at the end"] == 1 / 2
    # The last bar is the one before, but for its first note, a step higher.
    assert form_features(bare("DEFG ABAF|EFGA BcBG|FGAB cdcA|"))["sequences"] == 2 / 3


def test_a_moved_bar_goes_one_way_and_not_far() -> None:
    assert is_moved((0, 2, 4), (2, 4, 5))
    assert not is_moved((0, 2, 4), (0, 2, 4))
    assert not is_moved((0, 2, 4), (2, 0, 4))
    assert not is_moved((0, 2, 4), (12, 14, 16))
    assert not is_moved((0, 2), (2, 4))


def test_an_answer_four_bars_later() -> None:
    features = form_features(bare("DEFG A2A2|B4 A4|G4 F4|E8|DEFG A2d2|B4 A4|F4 E4|D8|"))
    assert features["only the end changed 4 bars later"] == 1 / 4
    assert (
        form_features(bare("DEFG A2B2|DEFG A2d2|DEGF A2d2|"))[
            "only the end changed in the next bar"
        ]
        == 1 / 2
    )
    assert features["same bar 4 bars later"] == 1 / 4
    assert features["same contour 4 bars later"] == 3 / 4
    assert features["same rhythm 4 bars later"] == 1
    assert features["same last note 4 bars later"] == 1 / 4


def test_sections_lift_and_close() -> None:
    features = close_features(bare("|:D2F2 A2F2|E2F2 D4:|\n|:d2f2 a2f2|E2F2 D4:|"))
    assert features["sections"] == 2
    assert features["ends on the tonic"] == 1
    assert features["last bar as in the first section"] == 1
    assert features["second section above the first"] == pytest.approx(48 / 7)
    assert features["lift of the second section's first bars"] == pytest.approx(48 / 7)
    assert features["gap into the second section"] == 12
    assert features["length of the last note"] == 1 / 2
    assert features["first note of bar 2"] == 2
    assert features["last note of bar 0 before the end"] == 0
    assert close_features(bare(SCALE.replace("D4", "E4")))["ends on the tonic"] == 0
    assert math.isnan(close_features(bare(SCALE))["second section above the first"])


def test_motifs_tell_intervals_bars_and_closes() -> None:
    words = list(motifs(bare(SCALE)))
    eighth, quarter = TICKS // 8, TICKS // 4
    assert words.count("i2,2,1") == 2
    assert words.count("d0,2,4") == 2
    assert words.count(f"r2,2/{eighth},{eighth},{eighth}") >= 2
    assert words.count(f"b{eighth},{eighth},{eighth},{eighth},{quarter},{quarter}") == 3
    assert words.count("h0,2,4,5") == 2
    assert words.count("x2,9") == 2
    assert [word for word in words if word[0] == "e"][::2] == ["e2,0", "e4,2,0"]
