"""Small scores in MusicXML for tests, as other programs write them."""

import io
import zipfile

PART_LIST = (
    '<part-list><score-part id="P1"><part-name print-object="no">Music</part-name></score-part>'
    "</part-list>"
)
CONTAINER = (
    '<?xml version="1.0"?><container><rootfiles><rootfile full-path="{}" '
    'media-type="application/vnd.recordare.musicxml+xml"/></rootfiles></container>'
)


def attributes(
    fifths: int = 0, beats: str = "4", beat_type: str = "4", divisions: int = 2, more: str = ""
) -> str:
    """The attributes of a first measure."""
    return (
        f"<attributes><divisions>{divisions}</divisions><key><fifths>{fifths}</fifths></key>"
        f"<time><beats>{beats}</beats><beat-type>{beat_type}</beat-type></time>{more}</attributes>"
    )


def note(
    pitch: str, duration: int = 2, more: str = "", *, before: str = "", voice: str = "1"
) -> str:
    """A note such as C4, F#5 or Bb3; `r` is a rest."""
    if pitch == "r":
        where = "<rest/>"
    else:
        alter = {"#": "<alter>1</alter>", "b": "<alter>-1</alter>"}.get(pitch[1], "")
        where = f"<pitch><step>{pitch[0]}</step>{alter}<octave>{pitch[-1]}</octave></pitch>"
    length = f"<duration>{duration}</duration>" if duration else ""
    return f"<note>{before}{where}{length}<voice>{voice}</voice>{more}</note>"


def part(*measures: str, name: str = "P1") -> str:
    """A part of these measures, whose first has attributes of its own or gets usual
    ones."""
    first = measures[0] if "<divisions>" in measures[0] else attributes() + measures[0]
    texts = [first, *measures[1:]]
    return (
        f'<part id="{name}">'
        + "".join(
            f'<measure number="{number}">{text}</measure>' for number, text in enumerate(texts, 1)
        )
        + "</part>"
    )


def score(*measures: str, head: str = "", part_list: str = PART_LIST) -> str:
    """A score of one part."""
    return whole(part(*measures), head=head, part_list=part_list)


def whole(*parts: str, head: str = "", part_list: str = PART_LIST) -> str:
    """A score of these parts."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 3.1 Partwise//EN" '
        '"http://www.musicxml.org/dtds/partwise.dtd">\n'
        f'<score-partwise version="3.1">{head}{part_list}{"".join(parts)}</score-partwise>'
    )


def compressed(files: dict[str, bytes | str]) -> bytes:
    """An archive of these files."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()
