"""Staves: voices stand where `%%score` puts them, clefs and names as they are
written."""

import xml.etree.ElementTree as ET

import pytest

from abcrun import Tune
from abcrun.score.musicxml import to_musicxml
from tests.score.musicxml_reader import check_order, read
from tests.score.pictures import check_whole, needs_score
from tests.score.written import tune_of

FOUR = """\
X:1
T:t
M:4/4
L:1/4
{fields}
K:C
V:S name="Soprano" snm="S."
V:A name="Alto"
V:T name="Tenor" clef=treble
V:B name="Bass\\nsolo" clef=bass
[V:S] c4|d4|]
[V:A] A4|B4|]
[V:T] E4|F4|]
[V:B] C,4|D,4|]
"""


def root_of(text: str) -> ET.Element:
    root = ET.fromstring(Tune.parse(text).musicxml())
    check_order(root)
    return root


def shape(root: ET.Element) -> list[str]:
    """Return the list of parts: what begins and ends with `+` and `-`, and how many
    staves and voices each part has."""
    found: list[str] = []
    for child in root.find("part-list") or ():
        if child.tag == "part-group":
            sign = "+" if child.get("type") == "start" else "-"
            symbol = child.findtext("group-symbol", "")
            joined = "|" if child.findtext("group-barline") == "yes" else ""
            found.append(f"{sign}{child.get('number')}{symbol}{joined}")
        else:
            (part,) = (one for one in root.findall("part") if one.get("id") == child.get("id"))
            staves = part.findtext(".//staves", "1")
            voices = len({voice.text for voice in part.iter("voice")})
            found.append(f"{staves}/{voices}")
    return found


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("%", ["1/1"] * 4),
        ("%%score S A T B", ["1/1"] * 4),
        ("%%score (S A) (T B)", ["1/2", "1/2"]),
        ("I:score (S A) (T B)", ["1/2", "1/2"]),
        ("%%score [(S A) | (T B)]", ["+1bracket|", "1/2", "1/2", "-1"]),
        ("%%staves [(S A) (T B)]", ["+1bracket|", "1/2", "1/2", "-1"]),
        ("%%staves [(S A)|(T B)]", ["+1bracket", "1/2", "1/2", "-1"]),
        ("%%score {S | T}", ["2/2"]),
        ("%%score {(S A) (T B)}", ["2/4"]),
        ("%%score [S A] {T B}", ["+1bracket", "1/1", "1/1", "-1", "2/2"]),
        ("%%score [S {T B}]", ["+1bracket", "1/1", "2/2", "-1"]),
        ("%%score S | A T | B", ["+1none|", "1/1", "1/1", "-1", "+2none|", "1/1", "1/1", "-2"]),
        ("%%score {S *A T} B", ["2/3", "1/1"]),
        ("%%score B", ["1/1"]),
        ("%%score X Y", ["1/1"] * 4),  # no voice of these names: all are drawn
    ],
)
def test_parts_and_groups(fields: str, expected: list[str]) -> None:
    assert shape(root_of(FOUR.format(fields=fields))) == expected


def test_voices_that_are_not_named_sound_and_are_not_drawn() -> None:
    tune = Tune.parse(FOUR.format(fields="%%score (S B)"))
    assert sorted({head.pitch for head in to_musicxml(tune).heads}) == [48, 50, 72, 74]
    assert len(tune.notes) == 8
    # What is drawn keeps the places of the text.
    lines = tune.text.splitlines()
    heads = to_musicxml(tune).heads
    assert [lines[head.line - 1][head.column - 1] for head in heads] == ["c", "C", "d", "D"]


def test_voices_on_one_staff_have_their_stems_apart() -> None:
    root = root_of(FOUR.format(fields="%%score (S A)"))
    assert [(note.findtext("voice"), note.findtext("stem")) for note in root.iter("note")] == [
        ("1", "up"),
        ("2", "down"),
    ] * 2
    alone = root_of(FOUR.format(fields="%%score S A"))
    assert alone.find(".//stem") is None
    asked = root_of(FOUR.format(fields="%%score S").replace("V:S", "V:S stem=down", 1))
    assert [stem.text for stem in asked.iter("stem")] == ["down", "down"]


def test_where_one_voice_rests_the_other_has_its_stems_as_it_lies() -> None:
    root = root_of(FOUR.format(fields="%%score (S A)").replace("A4|B4", "z4|B4"))
    stems = [note.findtext("stem") for note in root.iter("note") if note.find("pitch") is not None]
    assert stems == [None, "up", "down"]


def test_a_voice_that_floats_goes_to_the_staff_where_it_lies() -> None:
    root = root_of(FOUR.format(fields="%%score {S *T B}").replace("E4|F4", "E2 C,2|F4"))
    tenor = [note for note in root.iter("note") if note.findtext("voice") == "2"]
    assert [note.findtext("staff") for note in tenor] == ["1", "2", "1"]


def test_names_stand_before_the_staves() -> None:
    def names(fields: str) -> list[tuple[str | None, str | None]]:
        parts = root_of(FOUR.format(fields=fields)).iter("score-part")
        return [(part.findtext("part-name"), part.findtext("part-abbreviation")) for part in parts]

    assert names("%%score S B") == [("Soprano", "S."), ("Bass\nsolo", None)]
    assert names("%%score (S A)") == [("Soprano\nAlto", "S.")]
    unnamed = root_of("X:1\nL:1/4\nK:C\nC4|\n").find(".//part-name")
    assert unnamed is not None
    assert unnamed.get("print-object") == "no"


def test_merge_puts_a_voice_on_the_staff_of_the_one_before() -> None:
    text = "X:1\nL:1/4\nK:C\nV:1\nc4|\nV:2 merge\nE4|\nV:3\nC,4|\n"
    assert shape(root_of(text)) == ["1/2", "1/1"]


def test_a_later_plan_adds_its_voices() -> None:
    text = FOUR.format(fields="%%score S").replace("[V:S] c4|d4", "[V:S] c4|[I:score S B]d4")
    assert shape(root_of(text)) == ["1/1", "1/1"]


def clefs(body: str, *fields: str) -> list[str]:
    """Return the clefs of a tune, as sign, line and octave."""
    root = ET.fromstring(tune_of(body, *fields).musicxml())
    check_order(root)
    return [
        (clef.findtext("sign") or "")
        + clef.findtext("line", "")
        + clef.findtext("clef-octave-change", "")
        for clef in root.iter("clef")
    ]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("C", "G2"),
        ("C bass", "F4"),
        ("C clef=alto", "C3"),
        ("C clef=tenor", "C4"),
        ("C clef=C1", "C1"),
        ("C clef=bass3", "F3"),
        ("C treble-8", "G2-1"),
        ("C clef=treble+8", "G21"),
        ("C clef=perc", "percussion"),
        ("C clef=none", "none"),
    ],
)
def test_clefs_as_written(key: str, expected: str) -> None:
    assert clefs("CDEF GABc|", "M:4/4", "L:1/8", f"K:{key}")[:1] == [expected]


def test_a_low_voice_without_a_clef_is_drawn_in_the_bass_clef() -> None:
    assert clefs("C4 E4|") == ["G2"]
    assert clefs("C,,4 E,4|") == ["F4"]
    assert clefs("C,,4 E,4|", "M:4/4", "L:1/8", "K:C clef=treble") == ["G2"]


def test_clefs_change_between_bars_and_inside_of_them() -> None:
    body = "C8|[K:clef=bass]C,8|C,4 [K:clef=tenor]C,4|C,8|[K:clef=treble]C8|"
    assert clefs(body) == ["G2", "F4", "C4", "G2"]
    measures = ET.fromstring(tune_of(body).musicxml()).findall("part/measure")
    assert [child.tag for child in measures[2]] == ["note", "attributes", "note"]
    assert measures[3].find("attributes") is None


def test_percussion_has_places_and_no_pitches() -> None:
    tune = tune_of("B2 ^B2 c4|", "M:4/4", "L:1/8", "K:C clef=perc stafflines=1")
    root = ET.fromstring(tune.musicxml())
    check_order(root)
    notes = list(root.iter("note"))
    assert [
        (note.findtext("unpitched/display-step"), note.findtext("notehead")) for note in notes
    ] == [("B", None), ("B", "x"), ("C", None)]
    assert [head.pitch for head in to_musicxml(tune).heads] == [71, 72, 72]
    assert root.findtext(".//staff-lines") == "1"


def test_transposing_voices_are_drawn_where_they_are_written() -> None:
    tune = tune_of("c4 ^f4|", "M:4/4", "L:1/8", "K:D transpose=-2")
    root = ET.fromstring(tune.musicxml())
    check_order(root)
    assert root.findtext(".//transpose/chromatic") == "-2"
    (measure,) = read(tune.musicxml())[0]
    assert [(note.pitch, note.accidental) for note in measure.notes] == [(73, ""), (78, "sharp")]
    assert [head.pitch for head in to_musicxml(tune).heads] == [71, 76]


@pytest.mark.parametrize(
    ("voice", "clef", "drawn", "sounds"),
    [
        ("octave=-1", "F4", 48, 48),
        ("transpose=-12", "G2", 60, 48),
        ("clef=bass", "F4", 60, 60),
        ("clef=bass middle=d", "F4", 36, 60),
        ("clef=bass m=d octave=1", "F4", 48, 72),
        ("clef=alto m=C", "C3", 60, 60),
        # MusicXML's pitch is the one that sounds under the figure of the clef.
        ("clef=treble-8", "G2-1", 48, 48),
        ("clef=treble-8 octave=-1", "G2-1", 36, 36),
        ("clef=treble-8 transpose=2", "G2-1", 48, 50),
    ],
)
def test_where_notes_are_drawn_and_where_they_sound(
    voice: str, clef: str, drawn: int, sounds: int
) -> None:
    """As abcm2ps draws them: `octave=` moves head and sound, `middle=` the head alone,
    a transposition the sound alone."""
    body = f"V:1 {voice}\nC4 E4|"
    tune = tune_of(body)
    assert clefs(body) == [clef]
    (measure,) = read(tune.musicxml())[0]
    assert measure.notes[0].pitch == drawn
    assert to_musicxml(tune).heads[0].pitch == sounds == tune.notes[0].pitch


def test_octaves_of_a_transposition_are_told_apart() -> None:
    root = ET.fromstring(tune_of("c8|", "M:4/4", "L:1/8", "K:C transpose=-14").musicxml())
    transpose = root.find(".//transpose")
    assert transpose is not None
    assert [(child.tag, child.text) for child in transpose] == [
        ("chromatic", "-2"),
        ("octave-change", "-1"),
    ]


@pytest.mark.parametrize("body", ["V:1\nC2|C8|\nV:2\nC8|C8|", "V:1\nC8|C8|\nV:2\nC2|C8|C8|"])
def test_measures_of_all_parts_have_the_same_numbers(body: str) -> None:
    first, second = ET.fromstring(tune_of(body).musicxml()).findall("part")
    assert [measure.get("number") for measure in first] == [
        measure.get("number") for measure in second
    ]


@needs_score
@pytest.mark.parametrize(
    "fields",
    ["%", "%%score (S A) (T B)", "%%score {S *A T} B", "%%score B {(T A) S}", "%%score [A | S]"],
)
def test_every_note_and_bar_is_in_the_picture(fields: str) -> None:
    text = (
        FOUR.format(fields=fields)
        .replace("c4|d4", "c2 [K:G]c2|1 d4:|2 {e}d4")
        .replace("A4|B4", "A4 & F4|Z|[M:3/4]B3|C4")
    )
    score = Tune.parse(text).score()
    check_whole(score)
    assert len(score.notes) > 6


def test_a_voice_in_another_key_than_its_staff_has_all_its_accidentals() -> None:
    text = "X:1\nL:1/4\n%%score (1 2)\nK:C\nV:1\nc4|[K:F]B4|\nV:2\nF4|[K:D]FG,B,F|\n"
    (measures,) = read(Tune.parse(text).musicxml())
    assert [(note.pitch, note.accidental) for note in measures[1].notes] == [
        (70, ""),
        (66, "sharp"),
        (55, ""),
        (59, "natural"),
        (66, ""),
    ]


def test_the_fermata_of_a_lower_voice_hangs_below_the_staff() -> None:
    text = FOUR.format(fields="%%score (S A) T B").replace("c4|", "Hc4|").replace("A4|", "HA4|")
    text = text.replace("E4|", "HE4 & HC4|")
    fermatas = [(one.get("type"), one.text) for one in root_of(text).iter("fermata")]
    assert fermatas == [("upright", None), ("inverted", "normal")] * 2
    alone = FOUR.format(fields="%%score S A T B").replace("C,4|", "HC,4|")
    assert [one.get("type") for one in root_of(alone).iter("fermata")] == ["upright"]


def test_a_part_of_two_staves_has_every_bar_of_its_rests() -> None:
    """Verovio draws a rest of several bars on the first staff alone."""
    text = "X:1\nM:4/4\nL:1/4\n%%score {fields}\nK:C\nV:1\nc4|Z3|c4|]\nV:2\nC4|Z3|C4|]\n"
    found = [
        [rest.text for rest in root_of(text.replace("{fields}", plan)).iter("multiple-rest")]
        for plan in ("1 2", "{1 2}")
    ]
    assert found == [["3", "3"], []]
