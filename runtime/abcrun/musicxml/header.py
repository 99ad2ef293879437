"""The header of the tune: titles, names, and the order of the voices."""

from collections import Counter
from xml.etree.ElementTree import Element

from abcrun.musicxml.parts import MAX_WORDS, Part
from abcrun.musicxml.voices import AbcVoice
from abcrun.notation.text_strings import encode
from abcrun.score.head import MISCELLANEOUS

_CREATORS = {"composer": "C", "transcriber": "Z", "": "C", "lyricist": "A", "poet": "A"}
_CREDITS = {"composer": "C", "lyricist": "A", "rights": "Z", "lyrics": "W", "arranger": "C"}
_FIELDS = {name: letter for letter, name in MISCELLANEOUS.items()}
_DRUMS = 10
_PLACEHOLDERS = frozenset(
    (
        "title",
        "subtitle",
        "untitled",
        "untitled score",
        "composer",
        "composer / arranger",
        "lyricist",
    )
)
"""What programs write where nobody gave a name."""


def head_fields(root: Element) -> list[str]:
    """Return the fields for what the head of a score says, each a line."""
    seen: set[str] = set()
    lines: list[str] = []

    def add(letter: str, text: str, label: str = "") -> None:
        if text and text not in seen and text.lower() not in _PLACEHOLDERS:
            seen.add(text)
            lines.append(f"{letter}:{encode(label + text)}")

    for title in _titles(root):
        add("T", title)
    if not lines:
        lines.append("T:")
    identification = root.find("identification")
    for creator in root.iterfind("identification/creator"):
        kind = creator.get("type", "").strip().lower()
        add(_CREATORS.get(kind, "C"), _text(creator), "" if kind in _CREATORS else f"{kind}: ")
    if identification is not None:
        for rights in identification.findall("rights"):
            add("Z", _text(rights))
        for source in identification.findall("source"):
            add("S", _text(source))
    for field in root.iterfind("identification/miscellaneous/miscellaneous-field"):
        name = field.get("name", "")
        # Other programs note their own affairs there.
        if name in _FIELDS:
            lines.append(f"{_FIELDS[name]}:{encode(_text(field))}")
    own, has_verse = is_own(root), False
    for credit in root.findall("credit"):
        kind = _text(credit.find("credit-type"))
        if kind == "lyrics":
            lines += _verse(credit, is_first=not has_verse)
            has_verse = True
        elif kind in _CREDITS and not own:
            for words in credit.findall("credit-words"):
                add(_CREDITS[kind], _text(words))
        elif not kind and credit.get("page", "1") == "1" and not own:
            for words in credit.findall("credit-words"):
                if not _text(words).isdecimal():
                    add("N", _text(words))
    return lines


def is_own(root: Element) -> bool:
    """Return whether abcrun wrote a file."""
    return root.findtext("identification/encoding/software") == "abcrun"


def _text(element: Element | None) -> str:
    text = "" if element is None else (element.text or "")[:MAX_WORDS]
    return " ".join(text.split())


def _titles(root: Element) -> list[str]:
    """Return the titles, the first one first."""
    found = [_text(root.find("work/work-title")), _text(root.find("movement-title"))]
    numbers = [_text(root.find("work/work-number")), _text(root.find("movement-number"))]
    for kind in ("title", "subtitle"):
        found += [
            _text(words)
            for credit in root.findall("credit")
            if _text(credit.find("credit-type")) == kind
            for words in credit.findall("credit-words")
        ]
    titles = [one for one in dict.fromkeys(found) if one and one.lower() not in _PLACEHOLDERS]
    number = " ".join(filter(None, numbers))
    if titles and number and number not in titles[0]:
        titles[0] = f"{titles[0]} {number}"
    return titles


def _verse(credit: Element, *, is_first: bool) -> list[str]:
    """Return the W: lines of a verse; an empty one parts it from the verse before."""
    lines = [] if is_first else ["W:"]
    for words in credit.findall("credit-words"):
        verse = (words.text or "")[: 10 * MAX_WORDS].split("\n")
        lines += [f"W:{encode(' '.join(line.split()))}" for line in verse]
    return lines


def parameters(start: dict[str, str]) -> str:
    """Return clef and transposition as they stand behind a key or a voice."""
    clef = start.get("clef", "")
    found = f" clef={clef}" if clef not in ("", "treble") else ""
    if (transpose := start.get("transpose", "0")) != "0":
        found += f" transpose={transpose}"
    return found


def voice_fields(voices: list[AbcVoice], starts: list[dict[str, str]]) -> list[str]:
    """Return the V: fields of the voices, each with the program of its instrument."""
    lines = []
    counts = Counter(voice.part.id for voice in voices)
    index = 0
    for number, (voice, start) in enumerate(zip(voices, starts, strict=True)):
        part = voice.part
        index = index + 1 if number and voices[number - 1].part is part else 0
        line = f"V:{voice.name}{parameters(start)}"
        for key, text in (("name", part.name), ("snm", part.short_name)):
            names = text.split("\n")
            if len(names) < counts[part.id] or len(names) == 1:
                # One name stands before all staves of the part: at its first voice.
                names = ["\\n".join(encode(name, is_quoted=True) for name in names)]
            else:
                names = [encode(name, is_quoted=True) for name in names]
            if index < len(names) and names[index]:
                line += f' {key}="{names[index]}"'
        if voice.staff in part.staff_lines and voice.is_first_of_staff:
            line += f" stafflines={part.staff_lines[voice.staff]}"
        lines += [line, *instrument_directives(part)]
    return lines


def instrument_directives(part: Part) -> list[str]:
    """Return `%%MIDI` for the instrument of a part; the channel only of drums, others
    are each program's own affair."""
    lines = [] if part.program is None else [f"%%MIDI program {part.program}"]
    return lines + ["%%MIDI channel 10"] * (part.channel == _DRUMS)


def score_directive(root: Element, voices: list[AbcVoice]) -> str:
    """Return `%%score` with the brackets and braces of the list of parts."""
    pieces: list[str] = []
    opened: dict[str, str] = {}
    by_part: dict[str, list[AbcVoice]] = {}
    for voice in voices:
        by_part.setdefault(voice.part.id, []).append(voice)
    joins = 0  # open groups whose bar lines go through
    joined: dict[str, bool] = {}
    is_first = True
    for one in root.iterfind("part-list/*"):
        number = one.get("number", "1")
        if one.tag == "part-group" and one.get("type") == "start":
            symbol = _text(one.find("group-symbol"))
            begin, end = {"brace": ("{", "}"), "bracket": ("[", "]"), "square": ("[", "]")}.get(
                symbol, ("", "")
            )
            opened[number] = end
            joined[number] = _text(one.find("group-barline")) == "yes"
            joins += joined[number]
            if begin:
                pieces.append(begin)
                is_first = True
        elif one.tag == "part-group" and one.get("type") == "stop":
            joins -= joined.pop(number, False)
            if end := opened.pop(number, ""):
                pieces.append(end)
        elif one.tag == "score-part" and one.get("id", "") in by_part:
            if joins and not is_first:
                pieces.append("|")
            pieces.append(_staves(by_part[one.get("id", "")]))
            is_first = False
    pieces += [end for end in opened.values() if end]
    return "%%score " + " ".join(pieces)


def _staves(voices: list[AbcVoice]) -> str:
    """Return the staves of a part: `{1 | (2 3)}`."""
    staves: dict[int, list[str]] = {}
    for voice in voices:
        staves.setdefault(voice.staff, []).append(voice.name)
    shown = [names[0] if len(names) == 1 else f"({' '.join(names)})" for names in staves.values()]
    return shown[0] if len(shown) == 1 else "{" + " | ".join(shown) + "}"
