"""The media of a shard: one tar file of what its tunes are rendered to.

The layout is that of WebDataset: the files of a tune follow each other, and their names
share what stands before the first dot, its index. A tar file is read from one end to
the other, so an object store serves it in one request; a million small files would take
as many, and in a column of Parquet they would fill the memory of whoever reads the
text.
"""

import io
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import IO

from abcrun.bulk.settings import Settings
from abcrun.errors import NotationError, RenderError
from abcrun.formats import FORMATS
from abcrun.notation import Tune
from abcrun.rendering import Rendering, RenderSettings

COMMENT = "abcrun"
"""The global header of the tar file that holds the settings."""


def write_media(file: IO[bytes], tunes: Iterable[tuple[int, str]], settings: Settings) -> int:
    """Write a tar file with the media of tunes, given as index and text.

    Return how many tunes could not be rendered: those have no files in it. Equal tunes
    and settings give equal bytes where the renderers do.
    """
    sound = RenderSettings(**settings.sound)
    unrendered: list[int] = []
    members = _members(tunes, settings.formats, sound, unrendered)
    first = next(members, None)
    # Python opens no archive that has the global header alone.
    headers = {COMMENT: settings.text} if first else {}
    with tarfile.open(
        fileobj=file, mode="w", format=tarfile.PAX_FORMAT, pax_headers=headers
    ) as archive:
        for name, content in chain([first] if first else [], members):
            # Owner and time stay zero: the same shard is the same bytes.
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return len(unrendered)


def _members(
    tunes: Iterable[tuple[int, str]],
    formats: Sequence[str],
    sound: RenderSettings,
    unrendered: list[int],
) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each file; add the others' indices to `unrendered`."""
    for index, text in tunes:
        try:
            rendering = Rendering(Tune.parse(text), sound)
            made = {member_name(index, name): rendering.encode(name) for name in formats}
        except (NotationError, RenderError):
            unrendered.append(index)
            continue
        yield from made.items()


def member_name(index: int, format_name: str) -> str:
    """Return the name of a tune's file in the tar file."""
    return f"{index:012}{FORMATS[format_name].suffix}"
