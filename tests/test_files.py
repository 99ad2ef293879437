"""A file is written whole or not at all, and text of any age can be read."""

import subprocess
import sys
from itertools import count
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
    write_together,
)
from tests.full_disk import FullDisk


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


# Several files, together


OLD = {"model": b"the old model", "small": b"the old small one", "left over": b"an old card"}
NEW: dict[str, str | bytes | None] = {
    "model": b"the new model!", "small": b"new", "card": "a card ☘", "left over": None
}  # fmt: skip
SIZE = 14 + 3 + 10


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in OLD.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def write_new(folder: Path) -> None:
    write_together({folder / name: content for name, content in NEW.items()})


def test_files_are_written_together(folder: Path) -> None:
    (folder / "small").rename(folder / "real")
    (folder / "small").symlink_to("real")
    write_new(folder)
    new = {"model": b"the new model!", "small": b"new", "card": "a card ☘".encode()}
    assert (folder / "small").is_symlink()
    assert contents(folder) == {**new, "real": b"new"}


@pytest.mark.parametrize("room", range(SIZE))
def test_a_disk_that_is_full_at_any_byte_leaves_all_files_as_they_were(
    folder: Path, room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = FullDisk(folder, room, monkeypatch)
    message = r"^cannot write .*: No space left on device; all files are as they were$"
    with pytest.raises(OutputError, match=message):
        write_new(folder)
    assert contents(folder) == OLD
    disk.room = SIZE
    write_new(folder)
    assert contents(folder).keys() == {"model", "small", "card"}


class Trouble:
    """Calls of methods of `Path` that fail, from the given one on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def fail(self, name: str, error: BaseException, *, only: int | None = None) -> None:
        usual, calls = getattr(Path, name), count()

        def failing(path: Path, *more: object, **named: object) -> object:
            if only is None or next(calls) == only:
                raise error
            return usual(path, *more, **named)

        self._monkeypatch.setattr(Path, name, failing)


@pytest.mark.parametrize("has_links", [True, False])
@pytest.mark.parametrize(
    "error", [PermissionError(1, "Operation not permitted"), KeyboardInterrupt()]
)
@pytest.mark.parametrize(("name", "number"), [*(("replace", n) for n in range(3)), ("unlink", 0)])
def test_a_failure_or_interrupt_between_two_files_leaves_all_as_they_were(
    folder: Path,
    has_links: bool,
    error: BaseException,
    name: str,
    number: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trouble = Trouble(monkeypatch)
    if not has_links:
        trouble.fail("hardlink_to", OSError("no links here"))
    trouble.fail(name, error, only=number)
    with pytest.raises((OutputError, KeyboardInterrupt)):
        write_new(folder)
    assert contents(folder) == OLD


def test_a_folder_in_the_place_of_one_file_leaves_the_others_as_they_were(folder: Path) -> None:
    (folder / "card").mkdir()
    message = r"card: what is there is no file; all files are as they were$"
    with pytest.raises(OutputError, match=message):
        write_new(folder)
    (folder / "card").rmdir()
    assert contents(folder) == OLD


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
