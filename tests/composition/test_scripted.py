"""Composing with a real engine and a network of which every character is known: what
`Model.generate` makes of what is drawn."""

import itertools

import pytest

from abcrun import Model
from abcrun.composition.plans import form_of
from abcrun.composition.recall import coded, text_of
from abcrun.composition.signs import is_sign, sign
from tests.composition.coded import sketch_of
from tests.composition.tunes import body, right
from tests.scripted import plans_of, scripted

TUNE = """\
X:1
M:4/4
L:1/8
R:reel
K:Dmaj
d2c^G B3=c|A4 F2z2|d2c^G B3=c|E2A,2 C4|d2c^G B3=c|A4 F2z2|G3^D E2C2|D6z2||
f3e ^d2=c2|B4 A2z2|f3e ^d2=c2|E2A,2 C4|f3e ^d2=c2|B4 A2z2|G3^D E2C2|D6z2|]""".replace(
    "E2A,2 C4|d", "E2A,2 C4|\nd"
).replace("E2A,2 C4|f", "E2A,2 C4|\nf")
"""No tune that anybody knows."""

FORM = form_of(TUNE)
CODED = text_of(coded(TUNE))
ASKED = {"seed": 1, "meter": "4/4", "key": "D"}
A, B = "①", "②"  # characters that stand for others


def model(text: str = CODED, choices: dict[str, str] | None = None) -> Model:
    assert FORM is not None
    return scripted(text, choices, plans_of(FORM))


def changed(old: str, new: str) -> str:
    """The coded tune with another text in one place."""
    assert old in CODED, old
    return CODED.replace(old, new, 1)  # what returns is fed


def test_a_tune_is_its_sketch_filled() -> None:
    (tune,) = model().generate(**ASKED)
    assert tune.complete
    assert tune.written == TUNE
    assert tune.text == TUNE.replace("X:1\n", "X:1\nT:Reel in D major\n")
    right(tune)
    assert (tune.redrawn, tune.attempts) == (0, 1)
    last_drawn = CODED.index("B4 A2z2|") + len("B4 A2z2|")
    assert tune.characters == last_drawn, "what returns at the end need not be read"


def test_it_is_brought_into_its_key() -> None:
    (tune,) = model().generate(seed=1, meter="4/4", key="A")
    assert tune.written == TUNE
    assert "\nK:Amaj\n" in tune.text
    right(tune)


@pytest.mark.parametrize("level", ["bars", "full"])
def test_a_bar_of_a_wrong_length_is_drawn_again_until_it_fits(level: str) -> None:
    script = model(changed("G3^D E2C2", f"G3^D E2C{A}"), {A: "1234"})
    tunes = list(script.generate(6, guide=level, **ASKED))  # type: ignore[misc]
    assert {tune.written for tune in tunes} == {TUNE}
    assert sum(tune.redrawn for tune in tunes) > 3
    assert list(script.generate(6, guide=level, slots=1, **ASKED)) == tunes  # type: ignore[misc]


def test_the_bar_line_is_that_of_the_sketch_whichever_is_drawn() -> None:
    script = model(changed("D6z2|", f"D6z2{A}"), {A: "|:\n"})
    tunes = list(script.generate(8, **ASKED))
    assert {tune.written for tune in tunes} == {TUNE}
    assert not any(tune.redrawn for tune in tunes)


def test_a_bar_ends_on_the_note_of_the_sketch_with_guide_full_only() -> None:
    script = model(changed("D6z2|", f"{A}6z2|"), {A: "DE"})
    full = {tune.written for tune in script.generate(8, **ASKED)}
    assert full == {TUNE}
    bars = {tune.written for tune in script.generate(8, guide="bars", **ASKED)}
    assert bars == {TUNE, TUNE.replace("D6z2", "E6z2")}


def test_with_guide_off_nothing_is_taken_back() -> None:
    script = model(changed("G3^D E2C2", f"G3^D E2C{A}"), {A: "3"})
    (tune,) = script.generate(guide="off", **ASKED)
    assert tune.complete
    assert tune.redrawn == 0
    assert tune.written == TUNE.replace("G3^D E2C2", "G3^D E2C3")
    (tune,) = script.generate(guide="bars", **ASKED)
    assert not tune.complete
    assert tune.attempts == 8


def test_a_sketch_that_cannot_be_read_or_is_not_regular_is_drawn_again() -> None:
    text = sketch_of(TUNE).text
    returns = sign("same", 2)
    at = CODED.index(text) + text.index(returns)
    script = model(CODED[:at] + A + CODED[at + 1 :], {A: returns + sign("same", 30)})
    tunes = list(script.generate(6, guide="off", **ASKED))
    assert {tune.written for tune in tunes} == {TUNE}
    assert all(tune.complete for tune in tunes)
    # A double bar line where there is none: the sections would be of 3 and 5 bars.
    second = CODED.index(sign("new", 0), at + 2)
    once = model(CODED[:second] + B + CODED[second + 1 :], {B: sign("new", 0) + ":"})
    assert {tune.written for tune in once.generate(6, **ASKED)} == {TUNE}


def test_a_sketch_that_never_fits_is_given_up() -> None:
    (tune,) = model(changed(sketch_of(TUNE).text, "A" * 40)).generate(**ASKED)
    assert not tune.complete
    assert tune.attempts == 8
    assert body(tune.text + "\n") == ""


def test_an_opening_is_fed_and_stays() -> None:
    bars = TUNE.partition("K:Dmaj\n")[2].replace("\n", "")
    for end in (6, 11, 14, bars.index("2A,2"), bars.index("||") + 2):
        opening = bars[:end]
        (tune,) = model().generate(prompt=opening, rhythm="reel", **ASKED)
        assert tune.written == TUNE, opening


def test_a_form_that_is_asked_for_is_that_of_a_plan() -> None:
    text = sketch_of(TUNE).text
    (tune,) = model().generate(form="AB", bars=16, **ASKED)
    assert tune.written == TUNE
    other = text.replace(sign("same", 2), sign("new", 0))
    (tune,) = model(CODED.replace(text, other)).generate(form="AB", **ASKED)
    assert tune.written == TUNE, "how bars come is the plan's"


def test_the_text_so_far_is_told_whenever_a_bar_is_kept() -> None:
    told: list[str] = []
    script = model()
    requests = script.requests(1, progress=lambda _, text: told.append(text()), **ASKED)
    (tune,) = script.generate_many(requests)
    assert all(earlier in later for earlier, later in itertools.pairwise(told))
    assert tune.text.startswith(told[-1].rstrip("|]"))
    assert not any(map(is_sign, "".join(told)))
    assert len(told) == sum(slot.coming != "same" for slot in sketch_of(TUNE).slots)


def test_a_tune_that_is_cut_ends_with_a_whole_bar() -> None:
    (tune,) = model().generate(max_chars=120, **ASKED)
    assert not tune.complete
    assert TUNE.startswith(tune.written)
    assert tune.written.count("|") > 1
