"""Files as they come: compressed, in any encoding, damaged, or made to do harm."""

import io
import zipfile

import pytest

from abcrun import NotationError, musicxml_to_abc
from abcrun.musicxml import source
from tests.musicxml.scores import CONTAINER, compressed, note, score

TEXT = score(note("C4", 8))


def music(data: bytes | str) -> str:
    """The last line of the tune: its music."""
    return musicxml_to_abc(data).abc.splitlines()[-1]


@pytest.mark.parametrize(
    "data",
    [
        TEXT,
        TEXT.encode(),
        b"\xef\xbb\xbf" + TEXT.encode(),
        TEXT.replace("UTF-8", "UTF-16").encode("utf-16"),
        TEXT.replace("UTF-8", "UTF-16").encode("utf-16-be"),
        TEXT.replace("UTF-8", "ISO-8859-1").encode("latin-1"),
        TEXT.replace("UTF-8", "windows-1252").encode("cp1252"),
        TEXT.replace("UTF-8", "UTF-16"),  # decoded already
    ],
)
def test_any_encoding_is_read(data: bytes | str) -> None:
    assert music(data) == "C8 |"


def test_a_compressed_file_is_read_by_its_container() -> None:
    files = {
        "META-INF/container.xml": CONTAINER.format("score/a.xml"),
        "other.xml": "<x/>",
        "score/a.xml": TEXT,
    }
    assert music(compressed(files)) == "C8 |"


@pytest.mark.parametrize("container", [None, "<container/>", CONTAINER.format("not there.xml")])
def test_a_compressed_file_without_a_usable_container_is_read(container: str | None) -> None:
    files = {} if container is None else {"META-INF/container.xml": container}
    assert music(compressed({**files, "a.musicxml": TEXT})) == "C8 |"


def test_measures_of_parts_and_parts_of_measures_are_the_same_music() -> None:
    timewise = TEXT.replace("score-partwise", "score-timewise")
    timewise = timewise.replace('<part id="P1"><measure number="1">', '<measure><part id="P1">')
    timewise = timewise.replace("</measure></part>", "</part></measure>")
    assert "<measure><part" in timewise
    assert musicxml_to_abc(timewise).abc == musicxml_to_abc(TEXT).abc


def test_a_namespace_makes_no_difference() -> None:
    text = score(note("C4", 8)).replace(
        "score-partwise version", 'score-partwise xmlns="x" version'
    )
    assert music(text) == "C8 |"


BOMB = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(9))
DEEP = "<a>" * 100 + "</a>" * 100


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("", "line 1, column 1"),
        ("X:1\nK:C\nCDEF|\n", "line 1, column 1: this is no MusicXML"),
        ("<html></html>", "begins with <html>"),
        ("<score-partwise/>", "no measures"),
        (TEXT[:-20], "this is no MusicXML"),
        ("<museScore/>", "export it as MusicXML"),
        ("<opus/>", "give the scores themselves"),
        (f'<!DOCTYPE x [<!ENTITY e0 "x">{BOMB}]><x>&e9;</x>', "declares an entity"),
        ('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>', "declares an entity"),
        ('<!DOCTYPE x [<!ENTITY % e SYSTEM "file:///etc/passwd">%e;]><x/>', "declares an entity"),
        (f"<score-partwise>{DEEP}</score-partwise>", "nested over 64 deep"),
        (b"PK\x03\x04 no archive", "cannot be unpacked"),
        (compressed({"a.txt": "x"}), "holds no MusicXML"),
        (b'<?xml version="1.0" encoding="x-unknown"?><x/>', "encoding"),
        (b"\x00\xff" * 50, "no MusicXML"),
        ("<score-partwise>" + "<a/>" * (source.MAX_ELEMENTS + 1) + "</score-partwise>", "elements"),
        (b" " * (source.MAX_FILE_BYTES + 1), "over 16 MB"),
    ],
    ids=lambda value: None if isinstance(value, bytes) or len(value) > 40 else value,
)
def test_what_is_no_score_is_refused_in_one_line(data: bytes | str, reason: str) -> None:
    with pytest.raises(NotationError) as caught:
        musicxml_to_abc(data)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_compressed_bomb_is_unpacked_no_further_than_its_bound() -> None:
    data = io.BytesIO()
    with (
        zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("a.xml", "w", force_zip64=True) as file,
    ):
        for _ in range(40):
            file.write(b" " * (1 << 20))
    with pytest.raises(NotationError, match="over 33,554,432 bytes"):
        musicxml_to_abc(data.getvalue())


def test_an_archive_that_lies_about_its_sizes_is_refused() -> None:
    data = bytearray(compressed({"a.xml": TEXT}))
    at = data.rindex(b"PK\x01\x02") + 24  # the size in the table of contents
    data[at : at + 4] = (5).to_bytes(4, "little")
    with pytest.raises(NotationError):
        musicxml_to_abc(bytes(data))


def test_an_archive_of_very_many_files_is_refused() -> None:
    with pytest.raises(NotationError, match="over 1,000 files"):
        musicxml_to_abc(compressed({f"{number}.xml": "" for number in range(1_001)}))
