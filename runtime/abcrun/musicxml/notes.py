"""The `<note>`s of a measure to chords."""

from dataclasses import dataclass, field
from fractions import Fraction
from xml.etree.ElementTree import Element

from abcrun.musicxml.numbers import VALUES, integer, number, with_dots
from abcrun.musicxml.parts import Chord, Grace, Head, Remarks, Sung
from abcrun.musicxml.signs import NOTE_HEADS, decorations_of
from abcrun.notation.limits import MAX_DENOMINATOR, MAX_TUPLET
from abcrun.notation.pitch import LETTERS

# Layout, playback, and what is read of a note elsewhere.
_KNOWN = frozenset(
    [
        "grace",
        "cue",
        "chord",
        "pitch",
        "unpitched",
        "rest",
        "duration",
        "tie",
        "instrument",
        "footnote",
        "level",
        "voice",
        "type",
        "dot",
        "accidental",
        "time-modification",
        "stem",
        "notehead",
        "notehead-text",
        "staff",
        "beam",
        "notations",
        "lyric",
        "play",
        "listen",
    ]
)
_LYRIC_VERSES = 20
_LONGEST_SYLLABLE = 100
_HIGHEST = 8
"""The octave that ends with the piano and the numbers of MIDI; the middle one is 4."""


@dataclass(slots=True)
class NoteReader:
    """Reads the notes of one part. `divisions` are the parts of a crotchet that
    durations are counted in."""

    remarks: Remarks
    divisions: Fraction = Fraction(1)
    graces: dict[str, list[Grace]] = field(default_factory=dict)
    """Those that wait for their note, by voice."""
    verses: set[str] = field(default_factory=set)
    """The names of the verses met so far."""
    grace_slurs: dict[str, set[str]] = field(default_factory=dict)
    """Numbers of slurs that began at them."""

    def length(self, element: Element | None) -> Fraction:
        """Return a duration in whole notes."""
        return number(None if element is None else element.text) / (4 * self.divisions)

    def read(self, note: Element, now: Fraction, last: Chord | None) -> Chord | None:
        """Read a note that begins at `now`; return its chord, `last` where it belongs
        to that one, None for what takes no part (a grace note, a cue)."""
        self._name_unknown(note)
        voice = (note.findtext("voice") or "1").strip()
        head = self._head(note)
        if note.find("grace") is not None:
            self._grace(note, voice, head)
            return None
        if note.find("chord") is not None and last is not None:
            # Notes of a chord have one length in ABC, that of the first.
            if head is not None:
                last.heads.append(head)
            self._add_notations(note, last)
            return last
        raw = self.length(note.find("duration"))
        chord = Chord(now, raw, raw, voice, max(1, integer(note.findtext("staff"))))
        self._add_value(note, chord)
        rest = note.find("rest")
        chord.is_hidden = note.get("print-object") == "no"
        if note.find("cue") is not None:
            self.remarks.add("cue notes, which do not sound: rests stand for them")
        elif head is not None:
            chord.heads.append(head)
            if chord.is_hidden:
                self.remarks.add("notes that are not shown: ABC shows them")
        elif rest is None:
            self.remarks.add("a note without pitch: a rest stands for it")
        if chord.heads:
            chord.decorations += self._styles(note)
            chord.graces = self.graces.pop(voice, [])
            self._add_lyrics(note, chord)
        self._add_notations(note, chord)
        beam = note.find("beam")
        if beam is not None and beam.get("number", "1") == "1":
            chord.beam = (beam.text or "").strip()
        return chord

    def _name_unknown(self, note: Element) -> None:
        for child in note:
            if child.tag not in _KNOWN:
                self.remarks.add(f"<{child.tag}> of a note")

    def _styles(self, note: Element) -> list[str]:
        """Return decorations for the shape of note head and accidental."""
        found: list[str] = []
        shape = (note.findtext("notehead") or "normal").strip()
        if shape in NOTE_HEADS:
            found.append(NOTE_HEADS[shape])
        elif shape != "normal":
            self.remarks.add(f"note heads drawn as {shape[:20]!r}")
        accidental = note.find("accidental")
        if accidental is not None and accidental.get("editorial") == "yes":
            found.append("editorial")
        elif accidental is not None and "yes" in (
            accidental.get("parentheses"),
            accidental.get("bracket"),
        ):
            found.append("courtesy")
        return found

    def _head(self, note: Element) -> Head | None:
        pitch = note.find("pitch")
        where = pitch if pitch is not None else note.find("unpitched")
        if where is None:
            return None
        prefix = "" if pitch is not None else "display-"
        letter = (where.findtext(prefix + "step") or "B").strip()
        octave = where.findtext(prefix + "octave")
        if letter not in LETTERS or len(letter) != 1:
            self.remarks.add(f"the step {letter[:10]!r}")
            return None
        alter = number(where.findtext("alter"))
        if alter.denominator > 1:
            self.remarks.add("a quarter tone: the nearest semitone stands for it")
        octave_number = integer(octave) if octave else 4
        if not 0 <= octave_number <= _HIGHEST:
            self.remarks.add(f"octaves beyond 0 to {_HIGHEST}")
            octave_number = max(0, min(_HIGHEST, octave_number))
        tied = any(tie.get("type") == "start" for tie in note.findall("tie"))
        tied = tied or any(one.get("type") == "start" for one in note.iterfind("notations/tied"))
        accidental = note.find("accidental")
        return Head(
            LETTERS.index(letter) + 7 * (octave_number - 4),
            max(-2, min(2, round(alter))),
            accidental is not None,
            tied,
        )

    def _add_value(self, note: Element, chord: Chord) -> None:
        value = VALUES.get((note.findtext("type") or "").strip())
        if value is not None:
            chord.value = with_dots(value, len(note.findall("dot")))
        change = note.find("time-modification")
        if change is not None:
            actual = integer(change.findtext("actual-notes"))
            normal = integer(change.findtext("normal-notes"))
            if 0 < actual <= MAX_TUPLET and 0 < normal <= MAX_TUPLET and actual != normal:
                chord.ratio = (actual, normal)
        rest = note.find("rest")
        if chord.value is not None and (rest is None or rest.get("measure") != "yes"):
            asked = chord.value
            if chord.ratio is not None:
                asked = asked * chord.ratio[1] / chord.ratio[0]
            # Programs round the durations of tuplets to whole divisions.
            off = abs(asked - chord.duration)
            if chord.ratio is not None and off * 4 * self.divisions <= 1:
                chord.duration = asked
        if chord.duration.denominator > MAX_DENOMINATOR // 1000:
            self.remarks.add("a length that is no note value: the nearest one stands for it")
            chord.duration = chord.duration.limit_denominator(MAX_DENOMINATOR // 1000)

    def _grace(self, note: Element, voice: str, head: Head | None) -> None:
        if head is None or note.find("cue") is not None:
            self.remarks.add("grace notes without pitch")
            return
        waiting = self.graces.setdefault(voice, [])
        if note.find("chord") is not None and waiting:
            waiting[-1].heads.append(head)
            return
        grace = note.find("grace")
        value = VALUES.get((note.findtext("type") or "").strip(), Fraction(0))
        value = with_dots(value, len(note.findall("dot")))
        is_slashed = grace is not None and grace.get("slash") == "yes"
        waiting.append(Grace([head], value, is_slashed))
        for slur in note.iterfind("notations/slur"):
            if slur.get("type") == "start":
                self.grace_slurs.setdefault(voice, set()).add(slur.get("number", "1"))
        for notations in note.findall("notations"):
            if decorations_of(notations, self.remarks):
                self.remarks.add("signs at grace notes")

    def _add_notations(self, note: Element, chord: Chord) -> None:
        begun = self.grace_slurs.pop(chord.voice, set())
        for notations in note.findall("notations"):
            # An arpeggio stands at each note of its chord.
            for sign in decorations_of(notations, self.remarks):
                if sign not in chord.decorations:
                    chord.decorations.append(sign)
            for slur in notations.findall("slur"):
                number_, kind = slur.get("number", "1"), slur.get("type", "")
                if kind == "start":
                    chord.slurs_begun.append(slur.get("line-type") in ("dotted", "dashed"))
                elif kind == "stop" and number_ in begun:
                    begun.discard(number_)  # from a grace note to its own: nothing to say
                elif kind == "stop":
                    chord.slurs_ended += 1
            for tuplet in notations.findall("tuplet"):
                if tuplet.get("number", "1") == "1":
                    chord.opens_tuplet |= tuplet.get("type") == "start"
                    chord.closes_tuplet |= tuplet.get("type") == "stop"
        chord.slurs_begun += [False] * len(begun)

    def _add_lyrics(self, note: Element, chord: Chord) -> None:
        for lyric in note.findall("lyric"):
            verse = lyric.get("number") or lyric.get("name") or "1"
            if verse not in self.verses and len(self.verses) >= _LYRIC_VERSES:
                self.remarks.add(f"verses beyond {_LYRIC_VERSES}")
                continue
            self.verses.add(verse)
            texts = [
                (child.text or "") if child.tag == "text" else "\N{NO-BREAK SPACE}"
                for child in lyric
                if child.tag in ("text", "elision")
            ]
            syllabic = [(one.text or "").strip() for one in lyric.findall("syllabic")]
            extend = lyric.find("extend")
            text = "".join(texts).strip()[:_LONGEST_SYLLABLE]
            is_hyphened = bool(syllabic) and syllabic[-1] in ("begin", "middle")
            if len(text) > 1 and text[-1] == "-":  # some programs write the hyphen, too
                text, is_hyphened = text[:-1], True
            chord.sung[verse] = Sung(
                text,
                is_hyphened,
                extend is not None and extend.get("type") != "stop",
                extend is not None and extend.get("type") == "stop",
            )
            for child in lyric:
                if child.tag in ("humming", "laughing"):
                    self.remarks.add(f"<{child.tag}> of a lyric")
