"""A MusicXML file to its elements: compressed or not, in any encoding that XML knows,
within bounds.

The standard library's parser, with what is dangerous in XML refused: a file may name
the document type of MusicXML, which is not fetched, but may declare no entities.
"""

import io
import zipfile
import zlib
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from abcrun.errors import NotationError

MAX_FILE_BYTES = 16 << 20
"""Of a file as it comes, compressed or not."""

# A note takes some 400 bytes, and a tune has no more than 50,000.
MAX_XML_BYTES = 32 << 20
"""Of the score in a compressed file, unpacked."""

MAX_ELEMENTS = 1_000_000
MAX_DEPTH = 64
"""Of elements within elements; MusicXML nests a dozen."""

MAX_ARCHIVE_FILES = 1_000

_ZIP = b"PK\x03\x04"
_CONTAINER = "META-INF/container.xml"
_MAX_CONTAINER_BYTES = 1 << 16
_SCORES = ("score-partwise", "score-timewise")
_OTHER_ROOTS = {
    "opus": "a list of scores (an opus): give the scores themselves",
    "museScore": "a file of MuseScore's own: export it as MusicXML",
    "mei": "MEI, not MusicXML",
    "container": "the table of contents of an .mxl file, not the score",
}


class MusicXmlError(NotationError):
    """What was given is no MusicXML that can be read."""


def looks_like_musicxml(data: bytes) -> bool:
    """Return whether the content of a file is MusicXML rather than ABC, by its first
    characters: an archive, or the `<` of XML in any encoding."""
    return data[:4] == _ZIP or data[:80].lstrip(b"\xef\xbb\xbf\xfe\xff\0 \t\r\n")[:1] == b"<"


def read_score(data: bytes | str) -> Element:
    """Return the root of a score, `<score-partwise>`, whose parts hold measures.

    `data` is the content of a .musicxml, .xml or .mxl file. Raises `MusicXmlError`.
    """
    root = _root(data)
    if root.tag == "score-timewise":
        return _partwise(root)
    return root


def _root(data: bytes | str) -> Element:
    if len(data) > MAX_FILE_BYTES:
        raise MusicXmlError(f"the file has over {MAX_FILE_BYTES >> 20} MB")
    if isinstance(data, str):
        # A text is decoded already, whatever it says of its encoding.
        root = _parse(data.encode("utf-8", "replace"), "utf-8")
    else:
        root = _parse(_unpacked(data) if data[:4] == _ZIP else data, None)
    if root.tag not in _SCORES:
        what = _OTHER_ROOTS.get(root.tag, f"XML, but no score: it begins with <{root.tag[:40]}>")
        raise MusicXmlError(f"the file is {what}")
    return root


def _unpacked(data: bytes) -> bytes:
    """Return the score in a compressed file, the one that its container names first."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            if len(names) > MAX_ARCHIVE_FILES:
                raise MusicXmlError(f"the archive holds over {MAX_ARCHIVE_FILES:,} files")
            name = None
            if _CONTAINER in names:
                name = _named_score(_member(archive, _CONTAINER, _MAX_CONTAINER_BYTES))
            if name not in names:  # a container that is missing or wrong
                name = next(filter(_looks_like_score, names), None)
            if name is None:
                raise MusicXmlError("the archive holds no MusicXML")
            return _member(archive, name, MAX_XML_BYTES)
    # Beside errors of the archive itself, zipfile raises RuntimeError for an encrypted
    # member, and NotImplementedError, which is one, for a method of packing.
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, ValueError, OSError) as error:
        raise MusicXmlError(f"the compressed file cannot be unpacked ({error})") from None


def _member(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    # What an archive says of sizes may be a lie: never more than the bound is unpacked.
    with archive.open(name) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise MusicXmlError(f"{name[:80]!r} in the archive has over {most:,} bytes")
    return content


def _named_score(container: bytes) -> str | None:
    for rootfile in _parse(container, None).iter("rootfile"):
        kind = rootfile.get("media-type", "")
        if not kind or "musicxml" in kind or kind.endswith("/xml"):
            return rootfile.get("full-path")
    return None


def _looks_like_score(name: str) -> bool:
    return name.lower().endswith((".musicxml", ".xml")) and not name.startswith("META-INF")


class _Builder:
    """Elements as they are read, counted."""

    def __init__(self) -> None:
        self._tree = TreeBuilder()
        self._depth = self._elements = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > MAX_DEPTH:
            raise MusicXmlError(f"the elements of the file are nested over {MAX_DEPTH} deep")
        if self._elements > MAX_ELEMENTS:
            raise MusicXmlError(f"the file has over {MAX_ELEMENTS:,} elements")
        # Programs that put MusicXML in a namespace mean the same elements.
        self._tree.start(name.rpartition(":")[2], attributes)

    def end(self, name: str) -> None:
        self._depth -= 1
        self._tree.end(name.rpartition(":")[2])

    def data(self, text: str) -> None:
        self._tree.data(text)

    def root(self) -> Element:
        return self._tree.close()


def _refuse_entity(name: str, *_: object) -> None:
    raise MusicXmlError(
        f"the file declares an entity ({name[:40]}): MusicXML needs none, and they are not read"
    )


def _parse(data: bytes, encoding: str | None) -> Element:
    parser = expat.ParserCreate(encoding)
    builder = _Builder()
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.EntityDeclHandler = _refuse_entity
    try:
        parser.Parse(data, True)
        return builder.root()
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code)
        raise MusicXmlError(
            f"line {error.lineno}, column {error.offset + 1}: this is no MusicXML ({reason})"
        ) from None
    # An encoding that Python does not know, or one of several bytes.
    except (LookupError, ValueError) as error:
        raise MusicXmlError(f"the encoding of the file cannot be read ({error})") from None


def _partwise(root: Element) -> Element:
    """Turn measures of parts into parts of measures."""
    parts: dict[str, Element] = {}
    score = Element("score-partwise", root.attrib)
    for child in root:
        if child.tag != "measure":
            score.append(child)
            continue
        for part in child.findall("part"):
            name = part.get("id", "")
            if name not in parts:
                parts[name] = Element("part", {"id": name})
            measure = Element("measure", child.attrib)
            measure.extend(part)
            parts[name].append(measure)
    score.extend(parts.values())
    return score
