"""Scores: engraved pictures whose notes can be found again, in the text and in time;
and hostile tunes do no harm."""

import io
import os
import signal
import subprocess
import sys
import threading
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import pypdf
import pytest
from PIL import Image

from abcrun import AbcrunError, RenderError, Tune, UsageError
from abcrun.rendering import render, tune_midi
from abcrun.score import engraving
from abcrun.score.score import Score
from abcrun.sound.midi import read_midi
from tests import books, hostile, traditional
from tests.conftest import abcrun

pytestmark = pytest.mark.skipif(
    bool(engraving.missing_packages()), reason='pip install "abcrun[score]"'
)

EVERY = 100
"""Of the tunes of the books, one in so many is engraved; 1 takes all, and some ten
minutes."""
SVG = "{http://www.w3.org/2000/svg}"
LONG = "X:1\nT:A long one\nC:Anon\nM:4/4\nL:1/8\nK:D\n" + "DEFG ABcd|dcBA GFED|\n" * 60


@pytest.fixture(scope="module")
def kesh() -> Score:
    return Tune.parse(traditional.KESH).score()


def whole(score: Score) -> None:
    """The picture is well-formed, and has each note and bar under its id and class."""
    root = ET.fromstring(score.svg)
    classes = {
        element.get("id"): (element.get("class") or "").split() for element in root.iter(f"{SVG}g")
    }
    for note in score.notes:
        assert "note" in classes[note.id]
    for bar in score.bars:
        assert "measure" in classes[bar.id]


def picture(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("L")


def ink_above_the_staff(png: bytes) -> int:
    """Dark pixels above the first line that runs across the picture."""
    image = picture(png)
    dark = 0
    for y in range(image.height):
        row = sum(image.getpixel((x, y)) < 128 for x in range(image.width))
        if row > 0.6 * image.width:
            return dark
        dark += row
    raise AssertionError("there is no staff")


# Engraving


@pytest.mark.parametrize("book", books.NAMES)
def test_real_tunes_engrave(book: str) -> None:
    if not books.at_hand(book):
        pytest.skip(books.HOW_TO_GET)
    for _, text in books.book_texts(book)[::EVERY]:
        whole(Tune.parse(text).score())


def test_composed_tunes_engrave() -> None:
    composed = abcrun("generate", "--seed", "3", "-n", "4")
    assert composed.returncode == 0, composed.stderr.decode()
    tunes = list(Tune.find(composed.stdout.decode()))
    assert len(tunes) == 4
    for tune in tunes:
        whole(tune.score())


def test_all_signs_at_once() -> None:
    score = Tune.parse(
        "X:1\nT:Ő Þæ “Reel”\nC:Turlough O'Carolan\nR:reel\nM:C|\nL:1/8\nQ:1/2=100\nK:Ador\nP:A\n"
        '"Am"E2|"F#m7"{ga}A2 (3Bcd ~e2 .fg|:(ed) T^c2 ^G2 =G>A|[M:3/4][K:Gm]B<d {/c}[Beg]3 z|1"^slowly"a3 x5/ b/:|2'
        'H[DFA]4 uA vB||\nP:B\n"C/E"A5 B-|[M:6/8]B6 & d2 e f3|Z2|!segno!(5abcde f3 !p!C,3/4D,/4E,/|G12|]\n'
    ).score()
    whole(score)
    texts = ["".join(text.itertext()) for text in ET.fromstring(score.svg).iter(f"{SVG}text")]
    assert {"Ő Þæ “Reel”", "Turlough O'Carolan", "reel", "A", "Am", "slowly", "C/E"} <= set(texts)


def test_the_same_tune_gives_the_same_bytes(kesh: Score) -> None:
    again = Tune.parse(traditional.KESH).score()
    assert (again.svg, again.png(), again.pdf()) == (kesh.svg, kesh.png(), kesh.pdf())


def test_the_picture_is_as_wide_as_asked_and_as_high_as_it_needs(kesh: Score) -> None:
    def size(score: Score) -> tuple[float, float]:
        return tuple(map(float, ET.fromstring(score.svg).get("viewBox", "").split()[2:]))  # type: ignore[return-value]

    phone = Tune.parse(traditional.KESH).score(360)
    assert size(kesh)[0] == 840
    assert size(phone)[0] == 360
    assert size(phone)[1] > 1.5 * size(kesh)[1]
    assert size(Tune.parse(LONG).score())[1] > 2_000


@pytest.mark.parametrize("width", [0, 100, 5_000])
def test_a_width_out_of_range_is_a_usage_error(width: int, kesh: Score) -> None:
    with pytest.raises(UsageError, match="width is"):
        Tune.parse(traditional.KESH).score(width)
    with pytest.raises(UsageError, match="width is"):
        kesh.png(width * 10 if width > 100 else width // 10)


def test_voices_stand_above_each_other_in_the_same_measures() -> None:
    score = Tune.parse("X:1\nT:t\nM:4/4\nL:1/4\nK:C\nV:1\nCDEF|G4|\nV:2\nC,4|G,4|C,4|]\n").score()
    whole(score)
    assert [bar.id for bar in score.bars] == ["m0", "m1", "m0", "m1", "x1-2"]
    assert [(note.id, note.start) for note in score.notes if note.start == 0] == [
        ("n5", 0),
        ("n0", 0),
    ]


# Time


def starts(tune: Tune) -> Counter[tuple[float, int]]:
    return Counter((round(note.start, 2), note.pitch) for note in read_midi(tune_midi(tune)))


@pytest.mark.parametrize("text", traditional.ALL)
def test_notes_sound_when_the_synthesiser_plays_them(text: str) -> None:
    tune = Tune.parse(text)
    score = tune.score()
    assert Counter(
        (round(note.start, 2), note.pitch) for note in score.notes if not note.continues
    ) == starts(tune)
    assert max(note.end for note in score.notes) == pytest.approx(tune.seconds)
    assert list(score.notes) == sorted(score.notes, key=lambda note: (note.start, note.pitch))


def test_repeats_bring_a_note_back_and_ties_and_tempo_are_followed() -> None:
    tune = Tune.parse("X:1\nT:t\nM:4/4\nL:1/4\nQ:1/4=60\nK:C\n|:CDEF-|1F4:|2[Q:1/4=120]G4|]\n")
    score = tune.score()
    assert [(note.id, note.start, note.end, note.bar, note.continues) for note in score.notes] == [
        ("n0", 0, 1, 0, False), ("n1", 1, 2, 0, False), ("n2", 2, 3, 0, False), ("n3", 3, 4, 0, False),
        ("n4", 4, 8, 1, True),
        ("n0", 8, 9, 0, False), ("n1", 9, 10, 0, False), ("n2", 10, 11, 0, False), ("n3", 11, 12, 0, False),
        ("n5", 12, 14, 2, False),
    ]  # fmt: skip
    assert score.seconds == 14


def test_notes_and_bars_are_tied_to_their_place_in_the_text(kesh: Score) -> None:
    lines = traditional.KESH.splitlines()
    letters = {67: "G", 69: "A", 71: "B", 74: "d", 76: "e", 78: "f", 79: "g", 66: "F"}
    for note in kesh.notes[:40]:
        assert lines[note.line - 1][note.column - 1] == letters[note.pitch]
    assert [(bar.id, bar.bar, lines[bar.line - 1][bar.column - 1]) for bar in kesh.bars][:3] == [
        ("m0", 0, "G"), ("m1", 1, "A"), ("m2", 2, "e")
    ]  # fmt: skip


# PNG and PDF


def test_a_png_has_bounds() -> None:
    with pytest.raises(RenderError, match="too large: give a smaller width, or make a PDF"):
        Tune.parse(LONG).score().png(9_000)


def test_a_png_is_as_wide_as_asked_and_on_white(kesh: Score) -> None:
    image = picture(kesh.png(1_000))
    assert image.width == 1_000
    assert {image.getpixel(corner) for corner in ((0, 0), (999, 0), (0, image.height - 1))} == {255}


def test_the_title_is_in_the_png() -> None:
    def ink(title: str) -> int:
        text = traditional.KESH.replace("The Kesh", title).replace("R:jig\n", "")
        return ink_above_the_staff(Tune.parse(text).score().png(1_000))

    untitled = ink("")
    assert ink("The Kesh") - untitled > 200
    assert ink("MMMMMMMMMMMM") > 1.05 * ink("iiiiiiiiiiii") > 1.1 * untitled
    assert ink("Seán Ó Duibhir Ő") - untitled > 400


def test_the_title_and_all_pages_are_in_the_pdf() -> None:
    reader = pypdf.PdfReader(io.BytesIO(Tune.parse(LONG).score().pdf()))
    assert len(reader.pages) > 1
    for page in reader.pages:
        assert (round(page.mediabox.width), round(page.mediabox.height)) == (595, 842)
        assert not page.images  # all of it is vectors
    assert "A long one" in reader.pages[0].extract_text()
    assert "Anon" in reader.pages[0].extract_text()
    assert not {"A long one", "Anon"} & set(reader.pages[1].extract_text().split("\n"))
    assert reader.metadata is not None
    assert reader.metadata.title == "A long one"


def test_a_title_that_fits_no_line_is_cut() -> None:
    text = traditional.KESH.replace("The Kesh", "<script>alert(1)</script> & " + "endless " * 40)
    svg = Tune.parse(text).score().svg
    root = ET.fromstring(svg)
    assert not [element for element in root.iter() if element.tag.endswith("script")]
    (title,) = [
        t
        for t in ("".join(text.itertext()) for text in root.iter(f"{SVG}text"))
        if t.startswith("<script>")
    ]
    assert title.endswith("…")


# The child


def test_hostile_and_mutated_tunes_give_a_score_or_one_line() -> None:
    texts = [text for _, text in hostile.crafted() if len(text) < 4_000]
    texts += hostile.mutated(traditional.ALL, 25, seed=9)
    outcomes: Counter[str] = Counter()
    for text in texts:
        try:
            score = Tune.parse(text).score()
            whole(score)
            outcomes["score"] += 1
        except AbcrunError as error:
            assert "\n" not in str(error)
            outcomes["error"] += 1
    assert outcomes["score"] > 30
    assert outcomes["error"] > 10


def test_a_tune_of_too_many_notes_is_refused_before_it_is_written() -> None:
    endless = Tune.parse("X:1\nT:t\nM:none\nL:1/8\nK:C\n" + ("CDEF" * 500 + "|\n") * 3)
    with pytest.raises(RenderError, match="6000 written notes: the limit for scores is 4000"):
        endless.score()


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_a_child_that_dies_fails_one_tune_and_is_replaced() -> None:
    score = Tune.parse(traditional.KESH).score
    assert score().svg
    child = engraving._child
    assert child is not None
    child.process.send_signal(signal.SIGSEGV)
    child.process.wait()
    with pytest.raises(RenderError, match="crashed"):
        _ = score().svg
    assert score().svg


def test_verovio_may_kill_its_process_but_not_ours() -> None:
    with pytest.raises(RenderError):
        engraving.engrave("this is no MusicXML", 800)
    assert Tune.parse(traditional.KESH).score().svg


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_a_child_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    score = Tune.parse(traditional.KESH).score
    assert score().svg
    child = engraving._child
    assert child is not None
    monkeypatch.setattr(engraving, "MAX_WAIT", 0.5)
    child.process.send_signal(signal.SIGSTOP)
    with pytest.raises(RenderError, match=r"longer than 0\.5 s"):
        _ = score().svg
    monkeypatch.undo()
    assert score().svg


def test_threads_share_one_child() -> None:
    engraving.close()
    scores = [Tune.parse(text).score() for text in traditional.ALL * 3]
    threads = [threading.Thread(target=whole, args=(score,)) for score in scores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert engraving._child is not None
    assert engraving._child.requests == len(scores)
    assert scores[0].svg == scores[3].svg


PROGRAM = """
import abcrun, sys
from abcrun.score import engraving
assert abcrun.Tune.parse(sys.stdin.read()).score().svg
print(engraving._child.process.pid)
"""


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="processes are looked up in /proc")
def test_the_child_ends_with_its_parent() -> None:
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM],
        input=traditional.KESH,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stderr == ""
    assert not Path(f"/proc/{run.stdout.strip()}").exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_process_has_a_child_of_its_own() -> None:
    score = Tune.parse(traditional.KESH).score
    expected = score().svg
    child = engraving._child
    forked = os.fork()
    if forked == 0:
        status = 1
        try:
            status = 0 if score().svg == expected and engraving._child is not child else 2
        finally:
            engraving.close()
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(forked, 0)[1]) == 0
    assert score().svg == expected
    assert engraving._child is child


def test_without_the_extra_one_line_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    engraving.close()
    monkeypatch.setattr(engraving, "find_spec", lambda name: None)
    tune = Tune.parse(traditional.KESH)
    score = tune.score()
    assert score.notes
    with pytest.raises(RenderError, match=r'pip install "abcrun\[score\]"'):
        _ = score.svg
    assert "score" not in tune._repr_html_()


# Doors


def test_the_command_line_writes_scores(tmp_path: Path) -> None:
    (tmp_path / "kesh.abc").write_text(traditional.KESH)
    result = abcrun(
        "render", "kesh.abc", "--formats", "svg,png,pdf,musicxml,waveform", cwd=tmp_path
    )
    assert result.returncode == 0, result.stderr.decode()
    tune = Tune.parse(traditional.KESH)
    for name, file_format in {
        "kesh.svg": "svg", "kesh.png": "png", "kesh.pdf": "pdf", "kesh.musicxml": "musicxml",
        "kesh.waveform.svg": "waveform",
    }.items():  # fmt: skip
        assert (tmp_path / name).read_bytes() == render(tune, file_format)
    made = abcrun(
        "generate", "--seed", "7", "--out", "out", "--formats", "abc,svg,musicxml", cwd=tmp_path
    )
    assert made.returncode == 0, made.stderr.decode()
    assert sorted(path.suffix for path in (tmp_path / "out").iterdir()) == [
        ".abc",
        ".musicxml",
        ".svg",
    ]


def test_a_notebook_shows_a_score(kesh: Score) -> None:
    assert kesh._repr_svg_() == kesh.svg
    assert 'src="data:image/svg+xml;base64,' in Tune.parse(traditional.KESH)._repr_html_()
