"""Renderings, and facts about tunes, that are kept for a while, each by a hash of what
was asked for."""

from collections import OrderedDict
from hashlib import sha256

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel

from abcrun import __version__
from abcrun.studio.jobs import MEDIA_TYPES
from abcrun.studio.results import File, PrintedBook

PATH = "/v1/renderings/"
NAME = rf"^[0-9a-f]{{64}}\.({'|'.join(MEDIA_TYPES)})$"
"""The pattern of the names: a hash, and the format."""

ANY_FILE = "application/octet-stream"
"""The type of any file, for who asks for that; it is the only one that some client
generators know."""
_FOR_EVER = "private, max-age=31536000, immutable"


class Renderings:
    """The files that were asked for last, in memory, up to `most` bytes."""

    def __init__(self, most: int) -> None:
        self._most, self._bytes = most, 0
        self._files: OrderedDict[str, File] = OrderedDict()

    def get(self, name: str) -> File | None:
        """Return a file; None where it is not kept."""
        file = self._files.get(name)
        if file is not None:
            self._files.move_to_end(name)
        return file

    def add(self, name: str, file: File) -> None:
        """Keep a file, and let those go for it that nobody has asked for the
        longest."""
        if name in self._files or len(file.content) > self._most:
            return
        self._files[name] = file
        self._bytes += len(file.content)
        while self._bytes > self._most:
            _, oldest = self._files.popitem(last=False)
            self._bytes -= len(oldest.content)


def name_of(asked: BaseModel, job: str, suffix: str) -> str:
    """Return the name of what a job makes of a request.

    It is the SHA-256 of all that this depends on: abcrun's version, the job, and text
    and parameters as JSON in the order of the schema. So the file of a name never
    changes.
    """
    told = f"{__version__} {job}\n{asked.model_dump_json()}"
    return f"{sha256(told.encode()).hexdigest()}.{suffix}"


def kept_headers(name: str) -> dict[str, str]:
    """Return the headers that let a client keep the file of a name for ever."""
    # Weak: it is the same whether the answer is compressed or not.
    return {"ETag": f'W/"{name}"', "Cache-Control": _FOR_EVER}


def file_answer(
    request: Request, name: str, file: File | PrintedBook, headers: dict[str, str]
) -> Response:
    """Return a file as the answer to a request, with further headers."""
    asked = request.headers.get("accept", "").strip()
    media_type = ANY_FILE if asked == ANY_FILE else MEDIA_TYPES[name.rpartition(".")[2]]
    # As numbers: a header holds no other script.
    numbers = " ".join(f"U+{ord(one):04X}" for one in file.missing)
    missing = {"Abcrun-Missing-Glyphs": numbers} if numbers else {}
    return Response(
        file.content,
        media_type=media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{file.name}"',
            **missing,
            **headers,
        },
    )
