"""Pictures in any language: glyphs where a font is there, else one warning; never
boxes."""

import io
import struct
import warnings
from collections.abc import Iterator
from pathlib import Path

import pypdf
import pytest
from click.testing import CliRunner
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

import abcrun
from abcrun.cli import main
from abcrun.errors import MissingGlyphsWarning
from abcrun.score.fonts import font_folders
from tests.score.pictures import needs_score

pytestmark = needs_score

LINEAR_A = "\U00010600\U00010601"
"""Signs of a script that no machine has a font for."""


def tune_named(title: str) -> abcrun.Tune:
    """Return a tune of this title."""
    return abcrun.Tune.parse(f"X:1\nT:{title}\nM:4/4\nL:1/4\nK:C\nCDEF|\n")


def build_font(path: Path, characters: str) -> None:
    """Write a font in which each of some characters is a triangle."""
    names = {ord(sign): f"sign{number}" for number, sign in enumerate(characters)}
    pen = TTGlyphPen(None)
    pen.moveTo((100, 0))
    pen.lineTo((900, 0))
    pen.lineTo((500, 700))
    pen.closePath()
    triangle, empty = pen.glyph(), TTGlyphPen(None).glyph()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", *names.values()])
    builder.setupCharacterMap(names)
    builder.setupGlyf({".notdef": empty} | dict.fromkeys(names.values(), triangle))
    builder.setupHorizontalMetrics(dict.fromkeys([".notdef", *names.values()], (1000, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable(
        {"familyName": "Triangles", "styleName": "Regular", "psName": "Triangles"}
    )
    builder.setupOS2(sTypoAscender=800, sTypoDescender=-200, usWinAscent=800, usWinDescent=200)
    builder.setupPost()
    builder.save(path)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of fonts that has the first sign of Linear A, named by the variable."""
    build_font(tmp_path / "triangles.ttf", LINEAR_A[0])
    monkeypatch.setenv("ABCRUN_FONTS", str(tmp_path))
    yield tmp_path


@pytest.mark.parametrize(
    "title", ["Őű Čaikovskij Þæ", "Ελληνικά", "Русская песня Ѣ", "שיר עברי", "“Quoted” – №1"]
)
def test_these_scripts_need_no_font_of_the_system(title: str) -> None:
    png = tune_named(title).score().png(600)
    assert png != tune_named("?").score().png(600)


def test_what_no_font_has_is_a_question_mark_and_a_warning_with_its_name() -> None:
    score = tune_named(f"The {LINEAR_A[0]} reel").score()
    with pytest.warns(MissingGlyphsWarning) as told:
        png = score.png(600)
    assert len(told) == 1
    assert f"{LINEAR_A[0]} (U+10600)" in str(told[0].message)
    assert "\n" not in str(told[0].message)
    assert Path(told[0].filename) == Path(__file__)
    # Not a box: the very picture of a question mark.
    assert png == tune_named("The ? reel").score().png(600)
    with pytest.warns(MissingGlyphsWarning, match=r"U\+10600"):
        pdf = score.pdf()
    text = pypdf.PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
    assert "The ? reel" in text


def test_a_font_in_a_named_folder_is_used(folder: Path) -> None:
    score = tune_named(f"The {LINEAR_A[0]} reel").score()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        png, pdf = score.png(600), score.pdf()
    fonts = pypdf.PdfReader(io.BytesIO(pdf)).pages[0]["/Resources"]["/Font"]
    assert any("Triangles" in str(font.get_object()["/BaseFont"]) for font in fonts.values())
    with pytest.warns(MissingGlyphsWarning):
        other = tune_named(f"The {LINEAR_A[1]} reel").score().png(600)
    assert png != other == tune_named("The ? reel").score().png(600)


def test_the_svg_keeps_the_characters_for_the_browser() -> None:
    assert LINEAR_A in tune_named(LINEAR_A).score().svg


def test_lyrics_words_chords_and_verses_are_looked_at_too() -> None:
    signs = [chr(0x10600 + number) for number in range(20)]
    a, b, c, d, *others = signs
    text = f'X:1\nT:t\nC:{a}\nM:4/4\nL:1/4\nK:C\n"^{b}"CDEF|\nw:{c}\nW:{d}\nW:{"".join(others)}\n'
    with pytest.warns(MissingGlyphsWarning, match="and 8 more") as told:
        abcrun.Tune.parse(text).score().png(600)
    message = told[0].message
    assert isinstance(message, MissingGlyphsWarning)
    assert sorted(message.characters) == signs


def test_a_missing_accent_of_its_own_leaves_its_letter_alone() -> None:
    accent = "\U0001e8d0"  # of Mende Kikakui: a combining sign that no font here has
    with pytest.warns(MissingGlyphsWarning):
        png = tune_named(f"a{accent}b").score().png(600)
    assert png == tune_named("ab").score().png(600)


def test_a_folder_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ABCRUN_FONTS", "/nowhere/fonts")
    with pytest.raises(abcrun.RenderError, match="ABCRUN_FONTS names /nowhere/fonts"):
        font_folders()


def test_the_command_line_tells_each_character_once(tmp_path: Path) -> None:
    source = tmp_path / "tunes.abc"
    head = "M:4/4\nL:1/4\nK:C\nCDEF|\n"
    source.write_text(f"X:1\nT:{LINEAR_A[0]}\n{head}\nX:2\nT:{LINEAR_A}\n{head}", encoding="utf-8")
    arguments = ["render", str(source), "--formats", "png,pdf", "--out", str(tmp_path)]
    run = CliRunner().invoke(main, arguments)
    assert run.exit_code == 0
    told = [line for line in run.stderr.splitlines() if "no font has" in line]
    assert [line.partition(":")[0] for line in told] == ["abcrun", "abcrun"]
    assert [line.count("U+") for line in told] == [1, 1]
    assert "U+10601" in told[1]


def test_the_picture_of_a_sound_has_no_boxes_either() -> None:
    png = abcrun.render(tune_named("The ? reel"), "waveform-png")
    assert struct.unpack(">II", png[16:24]) == (1920, 360)
    with pytest.warns(MissingGlyphsWarning, match=r"U\+10600"):
        assert abcrun.render(tune_named(f"The {LINEAR_A[0]} reel"), "waveform-png") == png
    assert abcrun.render(tune_named("The ! reel"), "waveform-png") != png


def test_the_extra_fonts_is_found_where_it_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "weblate_fonts/static/weblate_fonts/kurinto/ttf"
    folder.mkdir(parents=True)
    (tmp_path / "weblate_fonts/__init__.py").touch()
    build_font(folder / "triangles.ttf", LINEAR_A)
    monkeypatch.delenv("ABCRUN_FONTS", raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert font_folders() == [str(folder)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tune_named(LINEAR_A).score().png(600)
