"""A musician's own opening: it is kept, its fields ask for what they say, and what
cannot be continued is told."""

import re
from typing import Any

import pytest

from abcrun import Model, Tune, UsageError
from abcrun.composition.opening import Opening
from abcrun.composition.sketch_writer import SketchWriter
from abcrun.notation.bars import bar_reader, split
from tests.composition.coded import readable, sketch_of
from tests.composition.tunes import JIG, bars, body, right

OPENINGS = [
    ({"prompt": "|:dAF DFA|ded cBA|", "key": "D", "meter": "6/8"}, "whole bars"),
    ({"prompt": "|:dAF DFA|ded c", "key": "D", "meter": "6/8"}, "a bar under way"),
    ({"prompt": "eA", "key": "A dorian", "meter": "6/8"}, "not even a bar"),
    ({"prompt": "X:7\nT:Mine\nM:6/8\nL:1/8\nR:jig\nK:Ador\n|:eAA ABc|edc"}, "a header"),
    ({"prompt": "M:C|\nK:Em\n|:E2BE dEBE|"}, "a header without X:, T:, L: and R:"),
    ({"prompt": "|:D,2A, A,B,C|D,", "key": "D", "meter": "6/8"}, "low"),
    ({"prompt": "|:d'2a b'a'g'|f'", "key": "D", "meter": "6/8"}, "high"),
    (
        {"prompt": "|:A2c e2c|d2", "key": "Ab", "meter": "6/8"},
        "a tritone from the model's own tonic",
    ),
    ({"prompt": "|:^c2d =f2e|_e", "key": "Bb", "meter": "6/8"}, "accidentals"),
    ({"prompt": "A|dAF DFA|", "key": "D", "meter": "6/8"}, "a pickup"),
    (
        {"prompt": "|:GA Bc|d2", "key": "G", "meter": "2/4"},
        "its unit note length is that of its bars",
    ),
]


@pytest.mark.parametrize("level", ["full", "bars"])
@pytest.mark.parametrize(("asked", "what"), OPENINGS, ids=[what for _, what in OPENINGS])
def test_an_opening_is_kept_note_for_note(
    folk: Model, level: Any, asked: dict[str, Any], what: str
) -> None:
    music = asked["prompt"].rpartition("\n")[2].removeprefix("|:")
    for tune in folk.generate(2, seed=1, guide=level, **asked):
        read = right(tune)
        assert body(tune.text).removeprefix("|:").startswith(music)
        assert len(bars(tune.text)) > 4
        if "T:" in asked["prompt"]:
            assert (read.title, read.rhythm, read.reference) == ("Mine", "jig", tune.index + 1)


@pytest.mark.parametrize(
    "prompt",
    [
        "|:dAF DFA|ded cBA|\n",
        "|: dAF DFA | ded cBA |",
        "\n|:dAF DFA|\n\nded cBA|",
        "|:dAF DFA|\r\nded cBA|",
        "|:dAF DFA|ded cBA| ",
    ],
)
def test_an_opening_is_read_as_musicians_write_it(folk: Model, prompt: str) -> None:
    (plain,) = folk.generate(seed=1, prompt="|:dAF DFA|ded cBA|", key="D", meter="6/8")
    (tune,) = folk.generate(seed=1, prompt=prompt, key="D", meter="6/8")
    assert tune == plain


def test_spaces_are_set_where_beats_begin(folk: Model) -> None:
    for spelled in ("|:dAFDFA|dedc", "|:dAF DFA|ded c", "|:dA FDFA|d edc"):
        (tune,) = folk.generate(seed=1, prompt=spelled, key="D", meter="6/8")
        assert body(right(tune).text).startswith("|:dAF DFA|ded c")


def test_the_repeats_and_endings_of_an_opening_are_kept(folk: Model) -> None:
    part = "|:dAF DFA|ded cBA|dAF DFA|gfe d2A|dAF DFA|ded cBA|dfa gec|ded d3:|"
    for start in (part, part + "|:fgf", part.replace("|ded d3:|", "|1 ded dcB:|2 ded d3||")):
        (tune,) = folk.generate(seed=1, prompt=start, key="D", meter="6/8")
        right(tune)
        assert re.sub(r"[\n ]", "", body(tune.text)).startswith(re.sub(r"[\n ]", "", start))


def test_a_header_alone_says_what_the_tune_is_to_be(folk: Model) -> None:
    (tune,) = folk.generate(seed=1, prompt="X:1\nT:Mine\nM:9/8\nK:Gmaj\n")
    (same,) = folk.generate(seed=1, meter="9/8", key="G", title="Mine")
    assert tune == same


def test_options_overrule_the_header(folk: Model) -> None:
    (tune,) = folk.generate(
        seed=1, prompt="X:1\nT:Mine\nM:9/8\nK:Gmaj\n", title="Ours", meter="6/8", key="G"
    )
    assert (right(tune).title, right(tune).meter.text) == ("Ours", "6/8")


def test_with_guide_bars_an_opening_of_no_form_goes_on(folk: Model) -> None:
    for start in ("|:dAF DFAB|ded", "|:dAF DFA|ded cBA:|", "|:dAF|D|"):
        for tune in folk.generate(2, seed=1, prompt=start, key="D", meter="6/8", guide="bars"):
            assert tune.complete
            assert re.sub(r"\n", "", body(tune.text)).startswith(start)
            given = len(split(start)[1])
            assert all(problem.column <= len(start) for problem in Tune.parse(tune.text).problems)
            assert len(bars(tune.text)) > given + 3


@pytest.mark.parametrize("rest", ["d3 d2A|", "d3 d", "d3 d2A:|"])
def test_an_opening_may_fill_a_section_of_the_form_that_is_asked_for(
    folk: Model, rest: str
) -> None:
    start = f"|:dfd ecA|dfd e2f|gfe dcd|ecA A2A|dfd ecA|dfd e2f|gfe dcd|{rest}"
    for tune in folk.generate(2, seed=2, prompt=start, key="D", meter="6/8", form="AABB"):
        right(tune)
        assert re.sub(r"\n", "", body(tune.text)).startswith(start if ":|" in start else start[:-1])


def test_a_repeat_sign_alone_is_an_opening(folk: Model) -> None:
    for tune in folk.generate(3, seed=2, prompt="|:", key="D", meter="6/8", guide="bars"):
        assert body(tune.text).startswith("|:")


# What a sketch has to say of it

READER = bar_reader("X:1\nM:6/8\nL:1/8\nK:D\n")


def wishes(music: str) -> list[tuple[str, str | None, bool, bool]]:
    """What is wished of each bar of an opening: the signs before it, how it comes,
    whether a section begins and ends with it."""
    return [
        (wish.between, wish.coming, wish.begins, wish.ends)
        for wish in Opening.of(music).wishes(READER)
    ]


def test_what_is_known_of_an_opening() -> None:
    assert wishes("|:dAF DFA|dAF DFA|") == [
        ("|:", "new", True, False),
        ("|", "same", False, False),
    ]
    assert wishes("|:dAF DFA|ded c") == [("|:", "new", True, False), ("|", "new", False, False)]
    assert wishes("dAF DFA|dAF D2:|\n|:A|") == [
        ("", "new", True, False),
        ("|", "varied", False, True),
        (":||:", "new", True, False),
    ]
    assert wishes("|:") == wishes("") == []


@pytest.mark.parametrize(
    ("music", "end"),
    [
        ("", ""),
        ("|:", "|:"),
        ("dAF DFA|", ""),
        ("dAF DFA:|", ":|"),
        ("dAF DFA:|\n|:", ":||:"),
        ("dAF DFA||", "||"),
        ("dAF DFA:|d", ""),
    ],
)
def test_the_signs_at_the_end_of_an_opening(music: str, end: str) -> None:
    assert Opening.of(music).end == end


def planned(music: str) -> str:
    """The sketch of `JIG` when it begins so; notes that are drawn left out."""
    sketch = sketch_of(JIG)
    found = Opening.of(music).wishes_in(sketch, READER)
    writer = SketchWriter(sketch.full, found, sketch.between[-1], is_open=False)
    while not writer.is_done:
        writer.known()
        if writer.possible:
            writer.draw(writer.possible[0])
    return re.sub(r"<(first|last) 0>", "", readable(writer.text))


def test_a_plan_is_followed_behind_an_opening() -> None:
    whole = planned("")
    assert whole == re.sub(r"<(first|last) \d+>", "", readable(sketch_of(JIG).text))
    first = JIG.partition("|:")[2].partition(":|")[0]
    assert planned("|:A|dfd ecA|d").replace("<first 12>", "") == whole.replace(
        "<new><varied 1>", "<new><new>"
    )
    assert planned(f"|:{first}|").startswith("|:<short 2><new><first 12><new><varied 1>")
    assert planned(f"|:{first}|").partition("<short 10>")[2] == (
        whole.partition("<short 10>")[2].replace("<new>", "<new><last 15>", 1)
    ), "a section ends with its last bar, as it does in the plan"


def test_a_section_that_an_opening_ends_is_ended() -> None:
    assert "<same 0>:|<" in planned("dfd ecA|dfd ecA|dfd ecA:|").replace("<same 1>", "<same 0>")


def test_where_an_opening_is_longer_than_the_plan_the_tune_ends_with_it() -> None:
    assert planned("dfd ecA|ABc def|" * 20).endswith("<same 0>:|")


def test_with_guide_off_an_opening_is_kept_too(folk: Model) -> None:
    for tune in folk.generate(
        2, seed=1, prompt="|:D,2A, A,B,C|D,", key="D", meter="6/8", guide="off"
    ):
        assert body(tune.text).startswith("|:D,2A, A,B,C|D,")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"prompt": ""}, "the prompt is empty"),
        ({"prompt": "|:dAF DFA|"}, "name the key and the meter"),
        ({"prompt": "|:dAF DFA|", "key": "D"}, "name the key and the meter"),
        ({"prompt": "X:1\nT:A\n"}, "no K:"),
        ({"prompt": "X:1\nM:6/8\nK:none\ndAF DFA|"}, "is no key"),
        ({"prompt": "X:1\nM:6/8\nK:D\nDFA|", "key": "G"}, "the prompt is in D major"),
        ({"prompt": "X:1\nM:7/8\nK:D\nDFA|"}, "meter 7/8: the model knows no such tunes"),
        (
            {"prompt": '|:"D"dAF DFA|', "key": "D", "meter": "6/8"},
            "prompt: character '\"' .* column 3",
        ),
        ({"prompt": "|:dAF DFAB|", "key": "D", "meter": "6/8"}, "fit no form"),
        ({"prompt": "|:dAF DFA|d2?|", "key": "D", "meter": "6/8"}, "character|fit no form"),
        ({"prompt": "|:dAF DFAB", "key": "D", "meter": "6/8"}, "fit no form"),
        ({"prompt": "|:dAF DFA|ded cBA:|", "key": "D", "meter": "6/8"}, "fit no form"),
        ({"prompt": "dAF DFA|" * 100, "key": "D", "meter": "6/8"}, "fit no form"),
        (
            {"prompt": "|:dAF DFABcd", "key": "D", "meter": "6/8", "guide": "bars"},
            "longer than a bar",
        ),
    ],
)
def test_an_opening_that_cannot_be_continued_is_a_usage_error(
    folk: Model, asked: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message) as error:
        folk.generate(**asked)
    assert "\n" not in str(error.value)
