"""Training text: bytes to text, text to tunes and back."""

import hashlib
import logging
import re
from collections.abc import Iterable, Iterator

from abcrun.errors import CorpusError
from abcrun.files import decode_text
from abcrun.notation.lines import looks_like_music

log = logging.getLogger(__name__)

_KEY = re.compile(r"^[ \t]*K:", re.MULTILINE)
_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
_LINES_LOOKED_AT = 3

SEPARATOR = "\n\n"
"""The blank line that ends a tune."""


def decode(content: bytes, name: str) -> str:
    """Return the text of a corpus file with line ends of "\\n".

    The text is UTF-8 with or without a byte order mark, else Latin-1. Raises
    `CorpusError` for content with a NUL byte, which is UTF-16 or no text at all.
    """
    # Latin-1 takes every byte, so UTF-16 and binary files would pass for text.
    if b"\0" in content:
        raise CorpusError(
            f"{name}: holds NUL bytes, so it is no UTF-8 or Latin-1 text; save it as UTF-8"
        )
    text, encoding = decode_text(content)
    if encoding != "UTF-8":
        log.info("%s: not UTF-8, read as %s", name, encoding)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def split_tunes(text: str) -> Iterator[str]:
    """Yield the blocks of text between blank lines."""
    start = 0
    for blank in _BLANK_LINES.finditer(text):
        yield from _block(text[start : blank.start()])
        start = blank.end()
    yield from _block(text[start:])


def _block(text: str) -> Iterator[str]:
    block = text.strip("\n")
    if block.strip():
        yield block


def readable_share(tunes: Iterable[str]) -> float:
    """Return the share of characters, 0 to 1, that stand in blocks of ABC; 1 where
    there are none at all."""
    total = readable = 0
    for tune in tunes:
        total += len(tune)
        readable += len(tune) if _is_abc(tune) else 0
    return readable / total if total else 1.0


def _is_abc(block: str) -> bool:
    """Return whether a block has a key, as every tune must, or begins with music, as
    where a blank line stands behind the header."""
    return _KEY.search(block) is not None or any(
        map(looks_like_music, block.split("\n", _LINES_LOOKED_AT)[:_LINES_LOOKED_AT])
    )


def join_tunes(tunes: Iterable[str]) -> str:
    """Return one text in which a blank line ends every tune, the last one too."""
    return "".join(tune + SEPARATOR for tune in tunes)


def checksum_of(parts: Iterable[Iterable[str]]) -> str:
    """Return the sha256 of the texts of the parts of a corpus, as `join_tunes` makes
    them, with a zero character between two."""
    # Tune by tune: the whole text would take its size again, and that of its bytes.
    checksum = hashlib.sha256()
    for number, part in enumerate(parts):
        checksum.update(b"\0" if number else b"")
        for tune in part:
            checksum.update((tune + SEPARATOR).encode())
    return checksum.hexdigest()
