"""Remarks, chord symbols, titles and tempo marks in a score."""

import xml.etree.ElementTree as ET

import pytest

from abcrun import Tune
from abcrun.score.directions import quoted_texts_xml
from tests.score.musicxml_reader import read
from tests.score.pictures import SVG, needs_score
from tests.score.written import tune_of


def root_of(body: str, *fields: str) -> ET.Element:
    """Return the file of a tune, checked for the schema's order."""
    text = tune_of(body, *fields).musicxml()
    read(text)
    return ET.fromstring(text)


def drawn_texts(tune: Tune) -> list[str]:
    """Return the texts in the picture of a tune."""
    root = ET.fromstring(tune.score().svg)
    return ["".join(text.itertext()).replace("\u00a0", " ") for text in root.iter(f"{SVG}text")]


@pytest.mark.parametrize(
    ("text", "words", "placement"),
    [
        ("^slowly", "slowly", "above"),
        ("_slowly", "slowly", "below"),
        ("<slowly", "slowly", "above"),
        (">slowly", "slowly", "above"),
        ("@-3,2.5 slowly", "slowly", "above"),
        ("@3,-20slowly", "slowly", "below"),
        ("@slowly", "slowly", "above"),
        ("slowly & well", "slowly &amp; well", "above"),  # no chord symbol
        ("^one;two", "one\ntwo", "above"),
        ("_one\\ntwo\\n", "one\ntwo", "below"),
        ("_e\nd", "e\nd", "below"),  # no chord, as it is a remark
    ],
)
def test_remarks(text: str, words: str, placement: str) -> None:
    (xml,) = quoted_texts_xml(text)
    assert f">{words}</words>" in xml
    assert f'placement="{placement}"' in xml


@pytest.mark.parametrize("text", ["^", "_ ", "^ ;", "@1,2", "", "  "])
def test_a_remark_of_nothing_has_no_element(text: str) -> None:
    assert quoted_texts_xml(text) == []


def test_a_remark_left_of_its_note_ends_there() -> None:
    (left,), (right,) = quoted_texts_xml("<a"), quoted_texts_xml(">b")
    assert 'halign="right"' in left
    assert 'halign="left"' in right


# Written → root, its sign, kind, what is shown for the kind, bass.
CHORDS = {
    "Bb7": ("B", "-1", "dominant", "7", None),
    "F♯m7b5": ("F", "1", "half-diminished", "m7b5", None),
    "D7sus4": ("D", None, "suspended-fourth", "7sus4", None),
    "C/e": ("C", None, "major", "", "E"),
    "Cm9": ("C", None, "minor-ninth", "m9", None),
    "am": ("A", None, "minor", "m", None),
    "F#°7": ("F", "1", "diminished-seventh", "°7", None),
    "N.C.": ("C", None, "none", "N.C.", None),
}


@pytest.mark.parametrize(("text", "expected"), CHORDS.items())
def test_chord_symbols(text: str, expected: tuple[str | None, ...]) -> None:
    (harmony,) = root_of(f'"{text}"c8|').iter("harmony")
    kind = harmony.find("kind")
    assert kind is not None
    assert (
        harmony.findtext("root/root-step"),
        harmony.findtext("root/root-alter"),
        kind.text,
        kind.get("text"),
        harmony.findtext("bass/bass-step"),
    ) == expected


@needs_score
@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("Bb7", ["B♭7"]),
        ("F♯m7b5", ["F♯m7♭5"]),
        ("D7sus4", ["D7sus4"]),
        ("C/e", ["C/e"]),
        ("am", ["am"]),
        ("G(Em)", ["G(Em)"]),
        ("F#°7", ["F♯°7"]),
        ("N.C.", ["N.C."]),
        ("/F#", ["/F♯"]),
        ("Am;C7", ["C7", "Am"]),
        ("D7;slow", ["D7", "slow"]),
        ("free text", ["free text"]),
    ],
)
def test_a_chord_symbol_is_drawn_as_it_is_written(text: str, drawn: list[str]) -> None:
    found = drawn_texts(tune_of(f'"{text}"c8|'))
    # Accidentals are shapes in the picture.
    letters = [one.translate({ord("♯"): None, ord("♭"): None}) for one in drawn]
    assert sorted(found) == sorted([*letters, "t"])


def test_alternate_chords_are_several_harmonies() -> None:
    first, second = root_of('"G(Em)"c8|').iter("harmony")
    assert (first.findtext("root/root-step"), first.get("type")) == ("G", None)
    assert (second.findtext("root/root-step"), second.get("type")) == ("E", "alternate")


def test_several_texts_at_one_note_are_all_kept() -> None:
    root = root_of('"Am""C""^above""_below"c8|')
    assert [one.text for one in root.iter("root-step")] == ["A", "C"]
    assert [one.text for one in root.iter("words")] == ["above", "below"]


def tempo_of(value: str, meter: str = "4/4") -> tuple[list[str], list[str], str | None, str | None]:
    """Return words, beat units with dots, number and played tempo of a Q: field."""
    root = root_of("C8|", f"Q:{value}", f"M:{meter}", "L:1/8", "K:C")
    words = [one.text or "" for one in root.iter("words")]
    units: list[str] = []
    for one in root.iter():
        if one.tag == "beat-unit":
            units.append(one.text or "")
        elif one.tag == "beat-unit-dot":
            units[-1] += "."
    sound = next(root.iter("sound"))
    return words, units, root.findtext(".//per-minute"), sound.get("tempo")


@pytest.mark.parametrize(
    ("value", "meter", "expected"),
    [
        ("1/4=55", "6/8", ([], ["quarter"], "55", "55")),
        ("3/8=80", "6/8", ([], ["quarter."], "80", "120")),
        ("1/2=60", "4/4", ([], ["half"], "60", "120")),
        ("1/8=100.5", "4/4", ([], ["eighth"], "100.5", "50.25")),
        ("1/4 3/8 1/4=40", "7/8", ([], ["quarter", "quarter.", "quarter"], "40", "140")),
        ("5/8=40", "5/8", ([], ["half", "eighth"], "40", "100")),
        ('"Allegro" 1/4=120', "4/4", (["Allegro"], ["quarter"], "120", "120")),
        ('1/4=120 "Allegro"', "4/4", (["Allegro"], ["quarter"], "120", "120")),
        ('"a" 1/4=120 "b"', "4/4", (["a", "b"], ["quarter"], "120", "120")),
    ],
)
def test_a_tempo_is_shown_as_it_is_written(
    value: str, meter: str, expected: tuple[list[str], list[str], str, str]
) -> None:
    assert tempo_of(value, meter) == expected


def test_lively_alone_is_a_word_without_a_number() -> None:
    words, units, number, played = tempo_of('"Lively"')
    assert (words, units, number) == (["Lively"], [], None)
    assert played is not None


def test_a_change_of_tempo_stands_at_its_note() -> None:
    root = root_of('C4 [Q:1/4=60]D4|\nQ:"Quick" 1/4=90\nE8|')
    marks = [one.text for one in root.iter("per-minute")]
    assert marks == ["60", "90"]
    first = next(root.iter("measure"))
    assert [child.tag for child in first if child.tag in ("note", "direction")] == [
        "note",
        "direction",
        "note",
    ]


@needs_score
def test_the_picture_has_words_notes_and_number_of_a_tempo() -> None:
    plain = ET.fromstring(tune_of("C8|").score().svg)
    marked = ET.fromstring(
        tune_of("C8|", 'Q:"Slow" 1/4 3/8=40.5 "quite"', "M:4/4", "L:1/8", "K:C").score().svg
    )
    texts = "".join("".join(text.itertext()) for text in marked.iter(f"{SVG}text"))
    assert "Slow" in texts
    assert "= 40.5 quite" in texts
    paths = [sum(one.tag == f"{SVG}path" for one in root.iter()) for root in (plain, marked)]
    assert paths[1] - paths[0] == 3  # two notes and a dot


def test_a_title_in_the_midst_is_a_heading_above_its_bar() -> None:
    root = root_of("C8|\nT:Trio; second part\nD8|")
    second = list(root.iter("measure"))[1]
    assert second.findtext("direction/direction-type/words") == "Trio; second part"


ENDS = 'C4 D4"G7"|"C"E4 F4 !D.C.!:|G8!fermata!|A8"^end"!fine!|]"_over"'


def test_what_stands_before_a_bar_line_is_written_at_the_end_of_its_bar() -> None:
    measures = list(root_of(ENDS).iter("measure"))
    tags = [
        [child.tag for child in measure if child.tag in ("note", "harmony", "direction")]
        for measure in measures
    ]
    assert tags == [
        ["note", "note", "harmony"],
        ["harmony", "note", "note", "direction"],
        ["note"],
        ["note", "direction", "direction", "direction"],
    ]
    assert measures[2].find("barline/fermata") is not None
    assert [one.text for one in measures[3].iter("words")] == ["end", "over", "Fine"]


def test_the_reader_keeps_what_stands_before_a_bar_line() -> None:
    ends = [bar.end_signs for bar in tune_of(ENDS).bars]
    assert [None if one is None else (one.texts, one.decorations) for one in ends] == [
        (("G7",), ()),
        ((), ("D.C.",)),
        ((), ("fermata",)),
        (("^end", "_over"), ("fine",)),
    ]


@needs_score
def test_the_picture_has_what_stands_before_bar_lines() -> None:
    assert {"G7", "C", "D.C.", "end", "Fine", "over"} <= set(drawn_texts(tune_of(ENDS)))


@needs_score
def test_a_remark_at_the_end_of_a_line_does_not_go_over_the_edge() -> None:
    remark = "to the very end of this long tune, and then again from the beginning"
    svg = tune_of(f'CDEFGABc|CDEFGAB"^{remark}"c|').score(500).svg
    (text,) = (
        one for one in ET.fromstring(svg).iter(f"{SVG}text") if remark in "".join(one.itertext())
    )
    # 500 units are 12,500 of the drawing; the text is over half of that long.
    assert 0 <= float(text.get("x", "")) < 5_000


def test_a_long_remark_is_broken() -> None:
    (xml,) = quoted_texts_xml("^" + "slowly " * 20)
    words = ET.fromstring(xml).findtext("direction-type/words") or ""
    assert [len(line.split()) for line in words.split("\n")] == [10, 10]


def test_remarks_and_chords_come_back_through_musicxml_where_they_were() -> None:
    body = '"<l"C2 ">r"D2 "^u"E2 "_d"F2"^end"!D.C.!|"G"C8"G7"!fine!|]'
    tune = tune_of(body)
    back = Tune.from_musicxml(tune.musicxml())

    def texts(one: Tune) -> list[object]:
        notes = [note.signs.texts if note.signs else () for bar in one.bars for note in bar.notes]
        return [*notes, *(bar.end_signs for bar in one.bars)]

    assert texts(back) == texts(tune)
