"""The int8 file beside a model file: taken only where both come from one export."""

import json
import logging
from pathlib import Path
from typing import BinaryIO

from abcrun.errors import ModelError
from abcrun.inference.spec import METADATA_KEY

log = logging.getLogger(__name__)

# Numbers of the fields of ONNX's protocol buffers (onnx.proto).
_METADATA, _KEY, _VALUE = 14, 1, 2
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5  # how a field is written


def int8_file(path: Path, *, is_required: bool = False) -> Path | None:
    """Return NAME.int8.onnx beside NAME.onnx, or None where there is none.

    One of another export is another model, as is left behind where NAME.onnx is copied
    or replaced alone: it is named in a warning, and not returned. `ModelError` instead
    where int8 is required.
    """
    small = path.with_suffix(".int8.onnx")
    if not small.exists():
        return None
    # Without NAME.onnx there is nothing that it might not belong to.
    if not path.exists() or _export_id(path) == _export_id(small):
        return small
    message = f"{small} is of another export than {path.name}"
    if is_required:
        raise ModelError(f"{message}; export the model again, or take --precision float32")
    log.warning("%s and is not used; export the model again, or remove it", message)
    return None


def _export_id(path: Path) -> str | None:
    """Return the `export_id` of a model file, empty in one of an older abcrun; None
    where the file has no readable metadata."""
    try:
        with path.open("rb") as file:
            text = _metadata(file)
        return str(json.loads(text).get("export_id", ""))
    # RecursionError: lists within lists. AttributeError: JSON that is no object.
    except (OSError, ValueError, RecursionError, AttributeError):
        return None


def _metadata(file: BinaryIO) -> bytes:
    """Return the metadata entry `abcrun` of an ONNX file. `ValueError` where there is
    none.

    ONNX Runtime would read all of the file, and optimise the graph.
    """
    end = file.seek(0, 2)
    file.seek(0)
    while file.tell() < end:
        number, stop = _field(file, end)
        if number == _METADATA:
            entry = {}
            while file.tell() < stop:
                name, value_stop = _field(file, stop)
                entry[name] = file.read(value_stop - file.tell())
            if entry.get(_KEY) == METADATA_KEY.encode():
                return entry.get(_VALUE, b"")
        file.seek(stop)
    raise ValueError("no metadata")


def _field(file: BinaryIO, end: int) -> tuple[int, int]:
    """Read the head of a field. Return its number, and where it stops: `end` at
    most."""
    tag = _varint(file)
    kind = tag & 7
    if kind == _VARINT:
        _varint(file)
        return tag >> 3, file.tell()
    if kind not in (_FIXED64, _BYTES, _FIXED32):
        raise ValueError("no protocol buffer")
    size = _varint(file) if kind == _BYTES else 8 if kind == _FIXED64 else 4
    stop = file.tell() + size
    if stop > end:
        raise ValueError("a field that goes beyond the file")
    return tag >> 3, stop


def _varint(file: BinaryIO) -> int:
    """Read a whole number: seven bits a byte, the lowest first."""
    value = 0
    for shift in range(0, 64, 7):
        byte = file.read(1)
        if not byte:
            break
        value |= (byte[0] & 127) << shift
        if byte[0] < 128:
            return value
    raise ValueError("a number that does not end")
