"""A file is written whole or not at all, and text of any age can be read."""

import subprocess
import sys
from pathlib import Path

import pytest

from abcrun.errors import OutputError
from abcrun.files import (
    decode_text,
    default_index_path,
    default_model_path,
    index_path,
    make_folder,
    write_atomically,
)


def test_writing_replaces_a_file_and_follows_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    write_atomically(tmp_path / "link", "new ☘\n")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == "new ☘\n".encode()
    assert {path.name for path in tmp_path.iterdir()} == {"real", "link"}


def test_a_missing_folder_a_folder_and_a_bad_name_are_one_line(tmp_path: Path) -> None:
    for target in (
        tmp_path / "missing" / "a.wav",
        tmp_path,
        tmp_path / "a\0b",
        tmp_path / ("n" * 300),
    ):
        with pytest.raises(OutputError, match=r"^cannot write [^\n]*$"):
            write_atomically(target, b"data")
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot make the folder"):
        make_folder(tmp_path / "file" / "folder")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_device_is_written_to_not_replaced() -> None:
    write_atomically("/dev/null", b"data")
    assert Path("/dev/null").is_char_device()
    with pytest.raises(OutputError, match="No space left on device"):
        write_atomically("/dev/full", b"data")


@pytest.mark.skipif(sys.platform == "win32", reason="no file size limit on Windows")
def test_when_the_disk_is_full_the_old_file_stays_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "tune.wav").write_bytes(b"old")
    script = (
        "import resource, sys\n"
        "from abcrun.errors import OutputError; from abcrun.files import write_atomically\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: write_atomically(sys.argv[1], bytes(5000))\n"
        "except OutputError as error: print(error)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "tune.wav")]
    assert (
        "File too large"
        in subprocess.run(command, capture_output=True, check=True, text=True).stdout
    )
    assert (tmp_path / "tune.wav").read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


# Reading


@pytest.mark.parametrize(
    ("content", "text", "encoding"),
    [
        ("Táim ☘\r\n".encode(), "Táim ☘\r\n", "UTF-8"),
        (b"\xef\xbb\xbfX:1\n", "X:1\n", "UTF-8"),
        (b"", "", "UTF-8"),
        (b"T:T\xe1im\r\n", "T:Táim\r\n", "Latin-1"),
        (bytes(range(256)), bytes(range(256)).decode("latin-1"), "Latin-1"),
        (b"T:\x93Caf\xe9\x94 \x96 x\n", "T:“Café” – x\n", "Windows-1252"),
        ("X:1\nT:Café\n".encode("utf-16"), "X:1\nT:Café\n", "UTF-16"),
        (b"\xfe\xff\x00X\x00:\xd8", "X:\ufffd", "UTF-16"),
        # What a file says of itself, where it is not UTF-8
        (b"%%abc-charset iso-8859-2\nT:\xb9\n", "%%abc-charset iso-8859-2\nT:š\n", "ISO-8859-2"),
        (
            b"I:abc-charset windows-1251\nT:\xc6\n",
            "I:abc-charset windows-1251\nT:Ж\n",
            "WINDOWS-1251",
        ),
        (b"X:1\r\nC|\r\n\x1a\x1a", "X:1\r\nC|\r\n", "UTF-8"),  # as DOS ends a file
        (
            b"%%abc-charset iso-8859-1\nT:\xe9\x92s\n",
            "%%abc-charset iso-8859-1\nT:é’s\n",
            "Windows-1252",
        ),
        (b"%%abc-charset iso-8859-99\nT:\xe9\n", "%%abc-charset iso-8859-99\nT:é\n", "Latin-1"),
        (b"%%abc-charset rot13\nT:\xe9\n", "%%abc-charset rot13\nT:é\n", "Latin-1"),
        (
            "%%abc-charset iso-8859-2\nT:é\n".encode(),
            "%%abc-charset iso-8859-2\nT:é\n",
            "UTF-8",
        ),
    ],
)
def test_text_is_decoded_whatever_its_age(content: bytes, text: str, encoding: str) -> None:
    assert decode_text(content) == (text, encoding)


def test_both_files_of_a_model_have_one_index_of_melodies() -> None:
    for name in ("my tune.onnx", "my tune.int8.onnx"):
        assert index_path(Path("models", name)) == Path("models", "my tune.melodies")


def test_what_comes_with_abcrun_is_there() -> None:
    assert default_model_path().is_file()
    assert default_index_path().is_file()
