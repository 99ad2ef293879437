"""MusicXML for verovio: what it would not draw, or elsewhere, is said otherwise there,
and there alone."""

import re
from fractions import Fraction

from abcrun.score import engraving
from abcrun.score.engraved import for_verovio
from abcrun.score.page_breaks import pages_apart
from tests.score.musicxml_reader import read
from tests.score.pictures import needs_score
from tests.score.written import tune_of


def engraved(body: str, *fields: str) -> str:
    return for_verovio(tune_of(body, *fields).musicxml(), 1)


def test_a_key_inside_of_a_bar_begins_a_measure_of_its_own() -> None:
    body = "C4 [K:D]F2 [M:3/4]^G2|G8|"
    assert len(read(tune_of(body).musicxml())[0]) == 2
    measures = read(engraved(body))[0]
    assert [len(measure.notes) for measure in measures] == [1, 1, 1, 1]
    assert [measure.id for measure in measures][::3] == ["m0", "m1"]
    styles = re.findall("<bar-style>none</bar-style>", engraved(body))
    assert len(styles) == 2


def test_all_parts_and_layers_are_cut_at_the_same_time() -> None:
    body = "V:1\nC4 [K:D]F2 ^G2 & [EG]4 {ab}[K:D][EG]4|G8|\nV:2\nC,2 D,2 [K:D]F,4|G,8|"
    parts = read(engraved(body))
    assert [[measure.number for measure in part] for part in parts] == [["1", "1.1", "2"]] * 2
    assert [
        [(note.id, note.offset) for note in measure.notes if not note.is_grace]
        for measure in parts[0][:2]
    ] == [
        [("n0", 0), ("n3", 0), ("n4", 0)],
        [("n1", 0), ("n2", Fraction(1, 4)), ("n5", 0), ("n6", 0)],
    ]
    assert [[note.pitch for note in measure.notes] for measure in parts[1]] == [
        [48, 50],
        [54],
        [55],
    ]


def test_a_bar_is_not_cut_through_a_note() -> None:
    assert len(read(engraved("C4 [K:D]F4 & A8|G8|"))[0]) == 2
    assert len(read(engraved("V:1\nC4 [K:D]F4|G8|\nV:2\nA8|G8|"))[0]) == 2


@needs_score
def test_a_key_inside_of_a_bar_is_drawn_where_it_is_written() -> None:
    score = tune_of("B4 [K:D]F2 ^G2|G8|").score()
    svg = score.svg
    assert svg.index('id="n0"') < svg.rindex('class="keySig') < svg.index('id="n1"')
    assert {f'id="{bar.id}"' in svg for bar in score.bars} == {True}


def test_a_long_part_label_is_text_that_begins_at_its_bar() -> None:
    assert "<rehearsal>B</rehearsal>" in engraved("P:B\nC8|")
    text = engraved("P:The chorus\nC8|")
    assert "rehearsal" not in text
    assert ">The chorus</words>" in text


def test_long_words_left_of_a_first_note_stay_in_the_picture() -> None:
    text = engraved('"<a long remark"CD"<no"EF|')
    assert '<words font-style="normal">a long remark<' in text
    assert '<words font-style="normal" halign="right" valign="middle">no<' in text


def test_the_count_of_a_repeat_stands_over_its_end() -> None:
    assert "3×" in engraved("|::C8|D8::|")
    assert "×" not in engraved("|:C8|D8:|")
    assert "×" not in engraved("|:C8|1-3D8:|4E8|]")  # its endings tell


def test_a_brace_inside_of_a_bracket_is_a_group_of_its_own() -> None:
    voices = "V:1\nC8|\nV:2\nD8|\nV:3\nE8|"
    nested = engraved(voices, "M:4/4", "L:1/8", "%%score [1 {2 3}]", "K:C")
    assert re.findall("<group-symbol>([a-z]*)", nested) == ["bracket", "brace"]
    assert nested.count("<part-group ") == 4
    alone = engraved(voices, "M:4/4", "L:1/8", "%%score 1 {2 3}", "K:C")
    assert "<part-group " not in alone


@needs_score
def test_a_clef_is_not_drawn_again_behind_a_rest_of_several_bars() -> None:
    drawn = tune_of("Z4|c8|").score().svg
    assert len(re.findall('class="clef"', drawn)) == 1


def test_b_stands_in_the_middle_of_few_lines() -> None:
    def places(lines: str) -> list[tuple[str, str]]:
        text = engraved("B,4 B4|", "M:4/4", "L:1/8", f"K:C clef=perc stafflines={lines}")
        return re.findall("<display-step>(.)</display-step><display-octave>(.)", text)

    assert places("5") == [("B", "3"), ("B", "4")]
    assert places("3") == [("G", "3"), ("G", "4")]
    assert places("1") == [("E", "3"), ("E", "4")]


PAGES = """\
V:1 clef=alto transpose=2
C8|D8|
%%newpage
E8|[M:3/4]F6|
%%newpage
[K:F]G6|
V:2 clef=bass
C,8|D,8|E,8|[M:3/4]F,6|[K:F]G,6|"""


def test_pages_that_the_author_begins_are_scores_of_their_own() -> None:
    whole = tune_of(PAGES).musicxml()
    pages = pages_apart(whole)
    parts = [read(page) for page in pages]
    assert [[len(part) for part in page] for page in parts] == [[2, 2], [2, 2], [1, 1]]
    ids = [note.id for page in parts for part in page for measure in part for note in measure.notes]
    assert sorted(ids) == sorted(f"n{number}" for number in range(10))
    last = parts[2][0][0].element
    assert last is not None
    attributes = last.find("attributes")
    assert attributes is not None
    assert [child.tag for child in attributes] == ["divisions", "key", "time", "clef", "transpose"]
    assert attributes.findtext("key/fifths") == "-1"
    assert attributes.findtext("time/beats") == "3"
    time = attributes.find("time")
    assert time is not None
    assert time.get("print-object") == "no"
    assert pages_apart(tune_of("C8|D8|").musicxml()) == [tune_of("C8|D8|").musicxml()]


@needs_score
def test_a_pdf_has_the_pages_that_the_author_begins() -> None:
    score = tune_of(PAGES).score()
    pages = engraving.engrave(score.musicxml, 840, 1188)
    assert [page.count('class="measure"') for page in pages] == [2, 2, 1]
    assert len(engraving.engrave(score.musicxml, 840)) == 1


def test_words_and_letters_stand_before_the_sign_of_a_rest_of_several_bars() -> None:
    """Verovio leaves out what stands between the sign and the rest."""
    for fields in (("M:4/4", "L:1/8", "K:C"), ("M:4/4", "L:1/8", "Q:1/4=90", "K:C")):
        text = engraved('P:A\n"^tacet"Z4|C8|', *fields)
        assert re.search(r"<attributes>(<measure-style>.*)</attributes>\n<note ", text)
        assert text.index("<rehearsal>A") < text.index("tacet") < text.index("<measure-style>")
        assert "<attributes></attributes>" not in engraved("C8|Z2|C8|")


@needs_score
def test_a_letter_and_a_tempo_over_a_rest_of_several_bars_are_drawn() -> None:
    svg = tune_of('P:B\n"^tacet"Z4|C8|', "M:4/4", "L:1/8", "Q:1/4=90", "K:C t=-2").score().svg
    assert svg.count('class="multiRest"') == 1
    assert svg.count('class="clef"') == 1
    assert 'class="reh' in svg
    assert "tacet" in svg
    assert "90" in svg


def test_a_mensural_sign_is_drawn_as_a_letter() -> None:
    fields = ("M:O.", "L:1/2", "K:C")
    assert "<time><senza-misura>O.</senza-misura></time>" in tune_of("CDE|", *fields).musicxml()
    text = engraved("CDE|[M:none]C|", *fields)
    assert re.findall("<words[^>]*>(.*?)</words>", text) == ["O."]
    assert text.count("<senza-misura/>") == 2


def test_words_of_a_tempo_keep_their_distance_from_its_note() -> None:
    for tempo, drawn in (
        ('"Andante" 1/4=72', "Andante \u00a0\ueca5 = 72"),
        ('1/4=72 "ca."', "\ueca5 = 72 ca."),
    ):
        text = engraved("C8|", "M:4/4", "L:1/8", f"Q:{tempo}", "K:C")
        assert re.findall("<words[^>]*>(.*?)</words>", text) == [drawn]
