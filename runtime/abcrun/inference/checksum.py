"""The checksum of a model file: the last entry of its metadata, over all before it."""

import hashlib
import os
from pathlib import Path

from abcrun.errors import ModelError

_KEY = b"abcrun.sha256"
_DIGITS = 64
# An entry of `metadata_props` (field 14) as ONNX's protocol buffers write it: key and
# value, each with its length. Appended to a file it belongs to the file's message.
_ENTRY = b"\x0a" + bytes([len(_KEY)]) + _KEY + b"\x12" + bytes([_DIGITS])
_HEAD = b"\x72" + bytes([len(_ENTRY) + _DIGITS]) + _ENTRY
_LENGTH = len(_HEAD) + _DIGITS
_BLOCK = 2**20  # bytes read at a time


def with_checksum(content: bytes) -> bytes:
    """Return the content of a model file without a checksum, and its checksum behind
    it."""
    return content + _HEAD + hashlib.sha256(content).hexdigest().encode()


def compare_checksum(path: Path) -> str:
    """Return the checksum of a model file, 64 hexadecimal digits; empty where it has
    none, as those of an older abcrun.

    `ModelError` where the file is not what it was when it was exported, or cannot be
    read.
    """
    try:
        with path.open("rb") as file:
            left = file.seek(0, os.SEEK_END) - _LENGTH
            file.seek(max(left, 0))
            head, stated = file.read(len(_HEAD)), file.read()
            if left < 0 or head != _HEAD:
                return ""
            file.seek(0)
            found = hashlib.sha256()
            while left and (block := file.read(min(left, _BLOCK))):
                found.update(block)
                left -= len(block)
    except OSError as error:
        raise ModelError(f"{path}: it cannot be read ({error.strerror})") from None
    if found.hexdigest().encode() != stated:
        raise ModelError(
            f"{path}: it does not match its checksum, it was damaged or changed since its export; "
            "get or export it again"
        )
    return stated.decode()
