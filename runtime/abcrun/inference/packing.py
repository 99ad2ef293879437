"""Text that packs JSON for a model file's metadata: compressed, in base64."""

import base64
import binascii
import json
import zlib


def packed(content: object) -> str:
    """Pack what JSON can say."""
    data = json.dumps(content, separators=(",", ":")).encode()
    return base64.b64encode(zlib.compress(data, 9)).decode()


def unpacked(text: str, most: int) -> object:
    """Return what `packed` was given. `ValueError`, in one short line, for anything
    else, and for JSON of more than `most` bytes."""
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(base64.b64decode(text, validate=True), most)
        is_whole = unpacker.eof
    except (binascii.Error, zlib.error, ValueError):
        raise ValueError("it is damaged") from None
    if not is_whole:
        raise ValueError(f"it is cut off, or unpacks to over {most} bytes")
    try:
        found: object = json.loads(data)
    except (ValueError, RecursionError):
        raise ValueError("it is no JSON") from None
    return found
