"""MusicXML: another program reads from it what the tune says, note by note, and plays
it alike."""

import xml.etree.ElementTree as ET
from fractions import Fraction

import pytest

from abcrun import Tune
from abcrun.notation import Bar, UnreadableTuneError, WrittenNote
from abcrun.notation.performance import played_bars
from abcrun.score.musicxml import to_musicxml
from tests import books, hostile, traditional
from tests.score.musicxml_reader import merged, played, read
from tests.score.written import measures_of, notes_of, tune_of

EVERY = 40
"""One tune in this many of the books is read back; 1 takes all, and some minutes."""
PLAYED_OTHERWISE = {
    "ryan:123",  # an ending 2 without an ending 1
    "ryan:863",  # an ending 1 that its repeat does not close
}


def joined(bar: Bar) -> list[tuple[Fraction, Fraction, int]]:
    """Return offset, duration and pitch of the notes of a bar; those that ties join
    inside it are one."""
    found: list[tuple[Fraction, Fraction, int]] = []
    held: dict[int, tuple[Fraction, Fraction]] = {}
    last: WrittenNote | None = None
    for note in bar.notes:
        if last is not None and note.offset < last.offset + last.duration:  # an overlay
            found += [(began, lasted, pitch) for pitch, (began, lasted) in held.items()]
            held = {}
        last = note
        for pitch in note.pitches:
            offset, duration = note.offset, note.duration
            if pitch in held:
                began, lasted = held.pop(pitch)
                if began + lasted == offset:
                    offset, duration = began, lasted + duration
                else:
                    found.append((began, lasted, pitch))
            if pitch in note.tied:
                held[pitch] = offset, duration
            else:
                found.append((offset, duration, pitch))
    return sorted(found + [(began, lasted, pitch) for pitch, (began, lasted) in held.items()])


def agrees(tune: Tune, name: str) -> None:
    written = to_musicxml(tune)
    parts = read(written.text)
    measures = {measure.id: measure for part in parts for measure in part}
    for place, bar in enumerate(tune.bars):
        measure = measures[f"m{place}"]
        assert merged(measure) == joined(bar), (name, place)
        assert measure.length == bar.length or not bar.notes, (name, place)
        for note in measure.notes:
            assert note.is_grace or note.shown in (None, note.duration), (name, place)
    heads = [
        note
        for part in parts
        for measure in part
        for note in measure.notes
        if note.pitch and not note.is_grace
    ]
    assert [(note.id, note.pitch, note.duration) for note in heads] == [
        (head.id, head.pitch, head.duration) for head in written.heads
    ]
    assert [note.id for note in heads] == [f"n{number}" for number in range(len(heads))]
    if not tune.header.play_order and name not in PLAYED_OTHERWISE:
        first = 0
        for part, voice in zip(parts, (voice for voice in tune.voices if voice.items), strict=True):
            places = [place for place, item in enumerate(voice.items) if isinstance(item, Bar)]
            order = [f"m{first + places.index(bar.item)}" for bar in played_bars(voice, "")]
            assert played([measure for measure in part if measure.id[0] == "m"]) == order, name
            first += len(places)


@pytest.mark.parametrize("book", books.NAMES)
def test_the_real_tunes_are_read_back_note_by_note_and_play_alike(book: str) -> None:
    if not books.at_hand(book):
        pytest.skip(books.HOW_TO_GET)
    count = 0
    for name, text in books.book_texts(book)[::EVERY]:
        try:
            tune = Tune.parse(text)
        except UnreadableTuneError:
            continue
        agrees(tune, name)
        count += 1
    assert count >= 20


@pytest.mark.parametrize("text", traditional.ALL)
def test_traditional_tunes(text: str) -> None:
    agrees(Tune.parse(text), "")


def test_hostile_and_mutated_tunes_are_written_in_the_order_of_the_schema() -> None:
    texts = [text for _, text in hostile.crafted() if len(text) < 4_000]
    texts += hostile.mutated(traditional.ALL, 60, seed=5)
    written = 0
    for text in texts:
        try:
            tune = Tune.parse(text)
        except UnreadableTuneError:
            continue
        read(tune.musicxml())
        written += 1
    assert written > 50


# Signs


@pytest.mark.parametrize(
    ("key", "fifths", "mode"),
    [
        ("G", 1, "major"),
        ("Ador", 1, "dorian"),
        ("Bb", -2, "major"),
        ("F#m", 3, "minor"),
        ("Dmix", 1, "mixolydian"),
        ("Ephr", 0, "phrygian"),
        ("none", 0, "none"),
    ],
)
def test_keys_and_modes(key: str, fifths: int, mode: str) -> None:
    element = measures_of("CDEF|", "M:4/4", "L:1/4", f"K:{key}")[0].key
    assert element is not None
    assert (element.findtext("fifths"), element.findtext("mode")) == (str(fifths), mode)


def test_a_signature_of_its_own() -> None:
    element = measures_of("CDEF|", "M:4/4", "L:1/4", "K:D exp _b ^f")[0].key
    assert element is not None
    assert [child.text for child in element] == ["B", "-1", "F", "1"]


@pytest.mark.parametrize(
    ("meter", "expected"),
    [
        ("6/8", (None, "6", "8")),
        ("C", ("common", "4", "4")),
        ("C|", ("cut", "2", "2")),
        ("(2+3)/8", (None, "2+3", "8")),
    ],
)
def test_meters(meter: str, expected: tuple[str | None, str, str]) -> None:
    element = measures_of("C8|", f"M:{meter}", "L:1/8", "K:C")[0].time
    assert element is not None
    assert (
        element.get("symbol"),
        element.findtext("beats"),
        element.findtext("beat-type"),
    ) == expected


def test_free_meter_and_changes_of_meter_and_key() -> None:
    first, second, third = measures_of("C3|[M:3/4][K:D]F6|G6|", "M:none", "L:1/8", "K:C")
    assert first.time is not None and first.time.find("senza-misura") is not None
    assert second.time is not None and second.time.findtext("beats") == "3"
    assert second.key is not None and second.key.findtext("fifths") == "2"
    assert (third.time, third.key) == (None, None)


def test_pickups_are_implicit_and_bars_are_counted_from_the_first_whole_one() -> None:
    measures = measures_of("G|ABcd efga|ABcd efg:|g|ABcd efga|")
    assert [(measure.number, measure.is_implicit) for measure in measures] == [
        ("0", True),
        ("1", False),
        ("2", False),
        ("X3", True),
        ("3", False),
    ]


def test_grace_notes_take_no_time_and_have_ids_of_their_own() -> None:
    notes = notes_of("{g^fg}A2 B2|")
    assert [(note.id, note.is_grace, note.pitch) for note in notes] == [
        ("g0", True, 79),
        ("g1", True, 78),
        ("g2", True, 79),
        ("n0", False, 69),
        ("n1", False, 71),
    ]
    assert notes[3].offset == 0


def test_grace_notes_have_beams_and_lengths_beside_each_other() -> None:
    def graces(body: str, *fields: str) -> list[tuple[str | None, int]]:
        return [
            (note.element.findtext("type"), len(note.beams))
            for note in notes_of(body, *fields)
            if note.is_grace
        ]

    assert graces("{g}A8|") == [("eighth", 0)]
    assert graces("{gf}A8|") == [("16th", 2)] * 2
    assert graces("{g2f}A8|") == [("eighth", 1), ("16th", 2)]
    assert graces("{[ee]}A8|") == [("eighth", 0)]  # a head for each pitch
    assert graces("{[eg]f}A8|") == [("16th", 2), ("16th", 0), ("16th", 2)]
    piped = ("M:4/4", "L:1/8", "K:HP")
    assert graces("{gef}A8|", *piped) == [("32nd", 3)] * 3
    assert graces("{g}A8|", *piped) == [("32nd", 0)]
    (note,) = [note for note in notes_of("{g}A4 z4|", *piped) if note.pitch and not note.is_grace]
    assert note.element.findtext("stem") == "down"


def test_keys_of_pipes() -> None:
    """HP shows no signature, Hp F and C sharp and G natural; both sound so (3.1.14)."""
    hidden, shown = (measures_of("fcg2|", "M:2/4", "L:1/8", f"K:{key}")[0] for key in ("HP", "Hp"))
    assert hidden.key is not None
    assert shown.key is not None
    assert hidden.key.findtext("fifths") == "0"
    assert [child.text for child in shown.key] == ["F", "1", "C", "1", "G", "0"]
    for measure in (hidden, shown):
        assert [(note.pitch, note.accidental) for note in measure.notes] == [
            (78, ""),
            (73, ""),
            (79, ""),
        ]


def test_naturals_cancel_a_key_that_ends() -> None:
    measures = measures_of("C8|[K:G]C8|[K:D]C8|[K:Bb]C8|[K:C]C8|", "M:4/4", "L:1/8", "K:C")
    keys = [measure.key for measure in measures if measure.key is not None]
    assert [(key.findtext("cancel"), key.findtext("fifths")) for key in keys] == [
        (None, "0"),
        (None, "1"),
        (None, "2"),
        ("2", "-2"),
        ("-2", "0"),
    ]


def test_keys_and_meters_change_inside_of_a_bar() -> None:
    element = measures_of("C4 [K:D]F4|[M:3/4]C2 [K:F][M:4/4]B4|C8|")[0].element
    assert element is not None
    assert [child.tag for child in element] == ["attributes", "sound", "note", "attributes", "note"]
    notes = notes_of("B4 [K:D]F2 ^G2|G4 =F4|")
    assert [(note.pitch, note.accidental) for note in notes] == [
        (71, ""),
        (66, ""),
        (68, "sharp"),
        (67, ""),
        (65, "natural"),
    ]


def test_ties_lead_to_what_is_played_next() -> None:
    def ties(body: str) -> list[set[str]]:
        return [set(note.ties) for note in notes_of(body)]

    assert ties("C8-|C8|") == [{"start"}, {"stop"}]
    assert ties("|:C8|[1 D8-:|[2 D8|]") == [set(), set(), set()]
    assert ties("|:C8-|[1 C8:|[2 C8|]") == [{"start"}, {"stop"}, set()]
    assert ties("C8-:|C8|") == [set(), set()]


def test_rests_whole_bars_of_them_and_hidden_ones() -> None:
    measures = measures_of("z2 x2 C4|Z2|C8|")
    rests = [note for measure in measures for note in measure.notes if note.pitch is None]
    assert [rest.id for rest in rests] == ["r0", "r1", "r2", "r3"]
    assert [rest.element.get("print-object") for rest in rests] == [None, "no", None, None]
    assert [rest.element.find("rest").get("measure") for rest in rests] == [
        None,
        None,
        "yes",
        "yes",
    ]  # type: ignore[union-attr]


def test_a_tempo_that_nobody_wrote_is_played_and_not_shown() -> None:
    root = ET.fromstring(Tune.parse(traditional.KESH).musicxml())
    sound = root.find(".//sound")
    assert sound is not None
    assert float(sound.get("tempo", "0")) == pytest.approx(57 * 3)
    # In the beat of a jig, a dotted crotchet, that notation programs show when asked.
    mark = root.find(".//metronome")
    assert mark is not None
    assert mark.get("print-object") == "no"
    assert [(one.tag, one.text) for one in mark] == [
        ("beat-unit", "quarter"),
        ("beat-unit-dot", None),
        ("per-minute", "114"),
    ]
    assert "<metronome" not in Tune.parse(traditional.BLUEHILL).musicxml()


def test_part_labels_layers_and_voices() -> None:
    labelled = ET.fromstring(tune_of("P:A\nC8|\nP:B\nD8|").musicxml())
    assert [mark.text for mark in labelled.iter("rehearsal")] == ["A", "B"]
    layered = notes_of("C4 D4 & E8|")
    assert [(note.voice, note.offset) for note in layered] == [
        ("1", 0),
        ("1", Fraction(1, 2)),
        ("2", 0),
    ]
    parts = read(tune_of("V:1\nC8|D8|E8|\nV:2\nC,8|D,8|").musicxml())
    assert [len(part) for part in parts] == [3, 3]
    assert [measure.id for measure in parts[1]] == ["m3", "m4", "x2-2"]


def test_places_are_those_of_the_text_given() -> None:
    tune = Tune.parse("some words\n\n" + traditional.KESH)
    heads = to_musicxml(tune).heads
    notes = [note for bar in tune.bars for note in bar.notes]
    assert [(head.line, head.column) for head in heads] == [
        (note.line, note.column) for note in notes
    ]
