"""Where the files go: whole or not at all, in folders, in object stores, and where a
file has its name from its first byte on."""

import uuid
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from abcrun import OutputError, UsageError
from abcrun.bulk.store import Store
from tests.bulk.shared import bulk


class ObjectStore(MemoryFileSystem):
    """As S3 is: a file is there when its upload is complete, and nothing is renamed."""

    protocol = "gs"

    def mv(self, *_: Any, **__: Any) -> None:
        raise NotImplementedError("an object has no other name")

    def makedirs(self, path: str, *_: Any, **__: Any) -> None:
        raise AssertionError(f"it would make a bucket of {path}")

    def mkdirs(self, *_: Any, **__: Any) -> None:
        """Do nothing: an upload makes no folders."""


class FileServer(MemoryFileSystem):
    """As SFTP is: what breaks off is there under its name."""

    protocol = "sftp"
    breaks = False

    def put_file(self, lpath: str, rpath: str, **more: Any) -> None:
        super().put_file(lpath, rpath, **more)
        if FileServer.breaks:
            raise ConnectionResetError("the line is dead")


@pytest.fixture
def other_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    for system in (ObjectStore, FileServer):
        # Its own files, not those of memory://.
        monkeypatch.setattr(system, "store", {}, raising=False)
        monkeypatch.setattr(system, "pseudo_dirs", [""], raising=False)
        fsspec.register_implementation(system.protocol, system, clobber=True)


@pytest.mark.parametrize("kind", ["folder", "file", "memory", "gs", "sftp"])
@pytest.mark.usefixtures("other_systems")
def test_a_file_is_there_when_its_block_ends(kind: str, tmp_path: Path) -> None:
    root = {"folder": str(tmp_path / "new"), "file": f"file://{tmp_path}/new"}
    store = Store(root.get(kind, f"{kind}://{uuid.uuid4().hex}/tunes"))
    assert store.names() == set()
    store.make()
    with store.writing("a.bin") as file:
        file.write(b"one")
        assert not store.has("a.bin")
    assert store.names() == {"a.bin"}
    assert store.read("a.bin") == b"one"
    with pytest.raises(ZeroDivisionError), store.writing("b.bin") as file:
        file.write(b"half")
        raise ZeroDivisionError
    assert store.names() == {"a.bin"}


@pytest.mark.usefixtures("other_systems")
def test_an_upload_that_breaks_off_is_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store("sftp://server/tunes")
    store.make()
    monkeypatch.setattr(FileServer, "breaks", True)
    with pytest.raises(OutputError, match=r"cannot write sftp://server/tunes a\.bin.*dead"):
        store.write("a.bin", b"half")
    assert not store.has("a.bin")
    monkeypatch.setattr(FileServer, "breaks", False)
    store.write("a.bin", b"whole")
    assert store.names() == {"a.bin"}, "and what was left behind is gone"


def test_what_killed_writers_left_goes_when_the_file_is_there(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    for name in ("a", "b"):
        (tmp_path / f".{name}.parquet.00c0ffee.tmp").write_bytes(b"half")
    (tmp_path / ".mine.tmp").write_bytes(b"of somebody else")
    store.write("a.parquet", b"whole")
    assert store.names() == {"a.parquet", ".b.parquet.00c0ffee.tmp", ".mine.tmp"}
    (tmp_path / "b.parquet").write_bytes(b"whole")
    store.clear()
    assert store.names() == {"a.parquet", "b.parquet", ".mine.tmp"}


def test_two_may_write_the_same_file_at_once(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    with store.writing("a") as slow:
        slow.write(b"same")
        store.write("a", b"same")
    assert store.names() == {"a"}
    assert store.read("a") == b"same"


@pytest.mark.parametrize("out", ["nowhere://tunes", "s4://bucket/tunes"])
def test_an_address_of_no_known_kind_is_refused(out: str) -> None:
    with pytest.raises(UsageError, match="Protocol not known"):
        Store(out)


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for out in (tmp_path / "file", tmp_path / "file" / "tunes"):
        result = bulk(out, "--shard", "0", count=2)
        assert result.exit_code == 1
        assert len(result.output.splitlines()) == 1


@pytest.mark.usefixtures("other_systems")
def test_shards_go_to_an_object_store() -> None:
    out = "gs://bucket/tunes"
    for shard in ("0", "1"):
        result = bulk(out, "--shard", shard, count=4, size=2)
        assert result.exit_code == 0, result.output
    assert Store(out).names() == {"_manifest.json", "tunes-000000.parquet", "tunes-000001.parquet"}
