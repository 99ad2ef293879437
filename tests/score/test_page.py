"""What is drawn around the music: titles, composers, rhythm, verses."""

import io
import xml.etree.ElementTree as ET

import pypdf
import pytest

from abcrun import Tune
from abcrun.notation.written import Directive
from abcrun.score.head import Head, head_of, verses_of
from tests.score.pictures import SVG, needs_score
from tests.score.written import tune_of


def tune_with(*fields: str, body: str = "CDEF GABc|cBAG FEDC|") -> Tune:
    """Return a tune with these fields in its header, and lines behind it."""
    return Tune.parse("\n".join(("X:1", *fields, "M:4/4", "L:1/8", "K:C", body)) + "\n")


def lines_of(svg: str) -> list[str]:
    """Return the texts of a picture in the order of drawing."""
    return ["".join(text.itertext()) for text in ET.fromstring(svg).iter(f"{SVG}text")]


def places_of(svg: str) -> dict[str, tuple[float, float, str]]:
    """Return x, y and anchor of each text of a picture."""
    return {
        "".join(text.itertext()): (
            float(text.get("x", "")),
            float(text.get("y", "")),
            text.get("text-anchor", "start"),
        )
        for text in ET.fromstring(svg).iter(f"{SVG}text")
    }


ALL = (
    "T:First",
    "T:Second, The",
    "T:Third",
    "C:One",
    "C:Two",
    "O:England; Yorkshire",
    "A:Who wrote the words",
    "R:hornpipe",
    "P:A.B",
    "B:A book",
    "S:a source",
    "Z:a scribe",
)


def test_every_title_composer_and_author_stands_in_the_head() -> None:
    assert head_of(tune_with(*ALL)) == Head(
        titles=("First", "Second, The", "Third"),
        left=("hornpipe", "A.B"),
        right=("One", "Two (England; Yorkshire)", "Who wrote the words"),
    )


@pytest.mark.parametrize(
    ("fields", "right"),
    [
        (("C:Trad.", "O:Ireland"), ("Trad. (Ireland)",)),
        (("O:Ireland",), ("(Ireland)",)),
        (("C:Trad.", "O:Ireland", "O:Clare"), ("Trad. (Ireland, Clare)",)),
    ],
)
def test_the_origin_stands_behind_the_last_composer(
    fields: tuple[str, ...], right: tuple[str, ...]
) -> None:
    assert head_of(tune_with("T:t", *fields)).right == right


def test_writefields_hides_fields_and_shows_others() -> None:
    tune = tune_with(*ALL)
    tune.header.directives[:] = [
        Directive(1, 1, "writefields", "RC 0"),
        Directive(2, 1, "writefields", "SZ 1"),
    ]
    head = head_of(tune)
    assert head.left == ("A.B",)
    assert head.right == ("(England; Yorkshire)", "Who wrote the words")
    assert head.verses == (("Source: a source",), ("Transcription: a scribe",))


def test_an_empty_line_parts_two_verses() -> None:
    words = ("1. One", "two", "", "", "2. Three", " ", "four ")
    assert verses_of(words) == (("1. One", "two"), ("2. Three",), ("four",))


def test_all_of_the_head_is_in_musicxml() -> None:
    body = "CDEF GABc|\nW:1. A verse\nW:of two lines\nW:\nW:2. Another\n"
    root = ET.fromstring(tune_with(*ALL, body=body).musicxml())
    assert root.findtext("work/work-title") == "First"
    creators = [(one.get("type"), one.text) for one in root.iter("creator")]
    assert creators == [
        ("composer", "One"),
        ("composer", "Two"),
        ("lyricist", "Who wrote the words"),
    ]
    assert root.findtext("identification/source") == "a source"
    fields = {one.get("name"): one.text for one in root.iter("miscellaneous-field")}
    assert fields == {
        "origin": "England; Yorkshire",
        "rhythm": "hornpipe",
        "parts": "A.B",
        "book": "A book",
        "transcription": "a scribe",
    }
    credits_found = [
        (credit.findtext("credit-type"), credit.findtext("credit-words"))
        for credit in root.iter("credit")
    ]
    assert credits_found[:3] == [
        ("title", "First"),
        ("subtitle", "Second, The"),
        ("subtitle", "Third"),
    ]
    assert credits_found[-2:] == [
        ("lyrics", "1. A verse\nof two lines"),
        ("lyrics", "2. Another"),
    ]


@needs_score
def test_titles_stand_in_the_middle_and_the_others_beside_or_below_them() -> None:
    places = places_of(tune_with(*ALL).score().svg)
    middle = places["First"][0]
    assert places["Third"][0] == middle
    assert places["hornpipe"][0] == 0
    assert places["One"][0] == 2 * middle
    assert [places[line][2] for line in ("Second, The", "hornpipe", "One")] == [
        "middle",
        "start",
        "end",
    ]
    heights = [places[line][1] for line in ("First", "Second, The", "Third", "A.B")]
    assert heights == sorted(set(heights))


@needs_score
@pytest.mark.parametrize("count", [1, 7, 30])
def test_the_head_takes_room_of_its_own_above_the_music(count: int) -> None:
    svg = tune_with(*(f"T:Title {number}" for number in range(count)), "C:c").score().svg
    root = ET.fromstring(svg)
    (head,) = [one for one in root.iter(f"{SVG}g") if "pgHead" in one.get("class", "")]
    lowest = max(float(text.get("y", "")) for text in head)
    staff = next(one for one in root.iter(f"{SVG}g") if one.get("class") == "staff")
    line = staff.find(f"{SVG}path")
    assert line is not None
    # The path of the top line of the staff: M0 2184 L...
    assert float((line.get("d") or "").split()[1]) > lowest
    assert len(head) == min(count, 24) + 1


@needs_score
def test_verses_stand_below_the_music_in_picture_and_pages() -> None:
    verses = "".join(f"W:{n}. verse\nW:line {n} b\nW:line {n} c\nW:\n" for n in range(1, 80))
    tune = tune_with("T:t", body="CDEF GABc|\n" + verses)
    plain = tune_with("T:t", body="CDEF GABc|\n").score()
    score = tune.score()
    assert [line for line in lines_of(score.svg) if line.startswith("line")] == [
        f"line {n} {letter}" for n in range(1, 80) for letter in "bc"
    ]
    assert places_of(score.svg)["1."][0] == 0
    assert places_of(score.svg)["79."][0] > 0  # in the second column
    assert float(score.svg.split('viewBox="')[1].split('"')[0].split()[3]) > 2_000
    assert plain.svg.count("<text") < 5
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(score.pdf())).pages]
    assert len(pages) > 2
    for number in range(1, 80):
        assert sum(f"line {number} c" in page for page in pages) == 1


@needs_score
def test_a_verse_longer_than_a_page_goes_on_on_the_next() -> None:
    words = "".join(f"W:row {number}.\n" for number in range(150))
    score = tune_with("T:t", body="CDEF|\n" + words + "W:" + "long " * 100 + "\n").score()
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(score.pdf())).pages]
    assert all(any(f"row {number}." in page for page in pages) for number in range(150))
    assert sum(page.count("long") for page in pages) == 100


FREE = """%%text header text & more
%%center in the middle
%%begintext
block caf\\'e

%%old way
%%endtext
M:4/4
L:1/4
K:C
%%text before music
CDEF|
%%begintext
between
%%endtext
%%beginps
gsave
%%endps
GABc|]
%%text after
"""


def test_free_text_stands_where_it_is_written() -> None:
    tune = Tune.parse("X:1\nT:t\n" + FREE)
    head = head_of(tune)
    assert head.texts == (
        ("header text & more", False),
        ("in the middle", True),
        ("block café", False),
        ("old way", False),
    )
    assert head.verses == (("after",),)
    root = ET.fromstring(tune.musicxml())
    assert [one.text for one in root.iter("words")] == ["before music", "between"]
    assert not [one for one in tune.problems if "text" in one.reason]
    shown = [one.text for one in root.iter("credit-words")]
    assert shown[1:] == ["header text & more", "in the middle", "block café", "old way", "after"]


@needs_score
def test_free_text_is_in_the_picture() -> None:
    texts = lines_of(Tune.parse("X:1\nT:t\n" + FREE).score().svg)
    assert {
        "header text & more",
        "in the middle",
        "block café",
        "before music",
        "between",
        "after",
    } <= set(texts)
    assert "gsave" not in " ".join(texts)


@needs_score
def test_more_text_than_a_page_has_room_for_stands_below() -> None:
    lines = [f"line {number}" for number in range(60)]
    block = "%%begintext\n" + "\n".join(lines) + "\n%%endtext\n"
    texts = lines_of(Tune.parse(f"X:1\nT:t\n{block}K:C\nCDEF|\n").score().svg)
    assert sorted(text for text in texts if text.startswith("line ")) == sorted(lines)


def test_a_long_text_between_the_lines_is_broken() -> None:
    text = "word " * 100
    root = ET.fromstring(Tune.parse(f"X:1\nT:t\nK:C\nC4|\n%%text {text}\nD4|\n").musicxml())
    words = root.findtext(".//words") or ""
    assert words.split() == text.split()
    assert max(map(len, words.split("\n"))) <= 75


@needs_score
def test_the_numbers_of_verses_stand_in_a_margin_of_their_own() -> None:
    words = "W:1. One\nW:two\nW:\nW:12. Three\nW:four\nW:\nW:Chorus\n"
    places = places_of(tune_with("T:t", body="CDEF|\n" + words).score().svg)
    assert places["1."][0] == 0
    one, two, chorus = (places[line][0] for line in ("One", "two", "Chorus"))
    assert one == two > 0
    assert places["four"][0] == places["Three"][0] > places["12."][0]
    assert chorus in (one, places["four"][0])


@needs_score
def test_a_head_that_would_fill_the_page_goes_on_below_the_music() -> None:
    titles = [f"T:title {number} " + "long words " * 17 for number in range(24)]
    score = tune_with(*titles).score()
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(score.pdf())).pages]
    assert all(any(f"title {number} " in page for page in pages) for number in range(24))
    root = ET.fromstring(score.svg)
    staff = next(one for one in root.iter(f"{SVG}g") if one.get("class") == "staff")
    line = staff.find(f"{SVG}path")
    assert line is not None
    assert float((line.get("d") or "").split()[1]) < 20_000


def test_changes_of_font_are_no_text() -> None:
    """ABC 2.1, 11.4.2: `$1` is one where fonts are named, elsewhere a price."""
    body = '"^$1loud$0"CDEF|GABc|\nw:$1one$0 two\nW:$2below$0 for $$5\n'
    fields = ["M:4/4", "L:1/4", "T:$1Bold$0 title", "K:C"]
    tune = tune_of(body, "%%setfont-1 Times-Bold 16", *fields)
    xml = tune.musicxml()
    assert xml.count("$") == xml.count("$5") == 1
    for text in ("Bold title", ">loud<", ">one<", ">below for $5<"):
        assert text in xml
    head = head_of(tune)
    assert "Bold title" in head.titles
    assert head.verses == (("below for $5",),)
    assert "The $1 reel" in head_of(tune_of("CDEF|", "T:The $1 reel", "K:C")).titles
