"""MusicXML of other programs as ABC: each construct with the ABC that it becomes, and
what has no place in ABC with its remark."""

import pytest

from abcrun import Tune, check, musicxml_to_abc
from tests.musicxml.scores import attributes, note, part, score, whole


def lines(text: str) -> list[str]:
    """The lines of the tune that a score becomes, which reads without faults."""
    abc = musicxml_to_abc(text).abc
    faults = [one for one in check(abc) if not one.is_remark and one.kind != "bar-length"]
    assert faults == [], abc
    return abc.splitlines()


def music(*measures: str) -> str:
    """The music that measures become."""
    found = lines(score(*measures))
    return "\n".join(found[next(i for i, one in enumerate(found) if one.startswith("K:")) + 1 :])


def remarks(*measures: str) -> list[str]:
    return list(musicxml_to_abc(score(*measures)).remarks)


QUAVER, CROTCHET, HALF, WHOLE = 1, 2, 4, 8


# Notes


@pytest.mark.parametrize(
    ("measure", "abc"),
    [
        (note("C4", 2) + note("C5", 2) + note("C3", 2) + note("C6", 2), "C c C, c' |"),
        (note("F#4", 4) + note("F4", 4), "^F4 =F4 |"),
        (note("F#4", 4) + note("F#5", 4), "^F4 f4 |"),
        (note("r", 2) + note("Bb4", 6), "z2 _B6 |"),
        (note("C4", 4) + note("E4", 4, before="<chord/>") + note("G4", 4), "[CE]4 G4 |"),
        (note("C4", 3, "<dot/>") + note("D4", 1) + note("r", 4), "C3 D z4 |"),
        (note("C4", 4) + note("r", 4).replace("<note>", '<note print-object="no">'), "C4 x4 |"),
        (note("C4", 4, "<accidental>natural</accidental>") + note("C4", 4), "=C4 C4 |"),
    ],
)
def test_notes(measure: str, abc: str) -> None:
    assert music(measure) == abc


def test_accidentals_follow_the_key_and_last_to_the_bar_line() -> None:
    first = attributes(fifths=2) + note("F#4", 4) + note("F4", 2) + note("F4", 2)
    assert music(first, note("F#4", 8)) == "F2 =F F | F4 |"


def test_a_tie_keeps_its_accidental_over_the_bar_line() -> None:
    start, stop = '<tie type="start"/>', '<tie type="stop"/>'
    first = note("F#4", 8, start)
    assert music(first, note("F#4", 4, stop) + note("F#4", 4)) == "^F8- | F4 ^F4 |"


@pytest.mark.parametrize(
    ("first", "second", "abc"),
    [
        ('<tie type="start"/>', '<tie type="start"/>', "[CE]4- [CE]4 |"),
        ("", '<notations><tied type="start"/></notations>', "[CE-]4 [CE]4 |"),
    ],
)
def test_ties_of_chords(first: str, second: str, abc: str) -> None:
    chord = note("C4", 4, first) + note("E4", 4, second, before="<chord/>")
    assert music(chord + note("C4", 4) + note("E4", 4, before="<chord/>")) == abc


def triplet(pitch: str, mark: str = "", duration: int = 2) -> str:
    return note(
        pitch,
        duration,
        "<type>eighth</type><time-modification><actual-notes>3</actual-notes>"
        f"<normal-notes>2</normal-notes></time-modification>{mark}",
    )


def test_tuplets_with_marks_and_without() -> None:
    start = '<notations><tuplet type="start"/></notations>'
    stop = '<notations><tuplet type="stop"/></notations>'
    marked = triplet("C4", start) + triplet("D4") + triplet("E4", stop)
    plain = "".join(map(triplet, ("C4", "D4", "E4")))
    first = attributes(divisions=6) + marked + plain + note("C4", 12)
    assert music(first) == "(3C D E (3C D E C4 |" or music(first) == "(3CDE (3CDE C4 |"
    assert [float(one.duration) for one in Tune.from_musicxml(score(first)).notes][:3] == [
        pytest.approx(1 / 12)
    ] * 3


def test_durations_rounded_by_a_program_are_what_the_tuplet_says() -> None:
    rounded = triplet("C4", duration=85) + triplet("D4", duration=86) + triplet("E4", duration=85)
    tune = Tune.from_musicxml(score(attributes(divisions=256) + rounded + note("C4", 768)))
    assert {str(one.duration) for one in tune.notes} == {"1/12", "3/4"}
    assert tune.is_valid


def test_a_septuplet_and_a_tuplet_of_other_lengths() -> None:
    seven = "".join(
        note(
            "C4",
            4,
            "<type>16th</type><time-modification><actual-notes>7</actual-notes>"
            "<normal-notes>4</normal-notes></time-modification>",
        )
        for _ in range(7)
    )
    assert "(7:4:7" in music(attributes(divisions=28) + seven + note("C4", 84)).replace(
        "(7:4", "(7:4:7"
    )
    crotchet = note(
        "C4",
        4,
        "<type>quarter</type><time-modification><actual-notes>3</actual-notes>"
        "<normal-notes>2</normal-notes></time-modification>",
    )
    tune = Tune.from_musicxml(
        score(attributes(divisions=6) + crotchet + triplet("D4") + note("E4", 18))
    )
    assert [str(one.duration) for one in tune.notes] == ["1/6", "1/12", "3/4"]


GRACE = "<note><grace{}/><pitch><step>{}</step><octave>4</octave></pitch><voice>1</voice></note>"


def test_grace_notes() -> None:
    slashed = GRACE.format(' slash="yes"', "D")
    assert music(slashed + note("C4", 8)) == "{/D}C8 |"
    assert music(GRACE.format("", "D") + GRACE.format("", "E") + note("C4", 8)) == "{DE}C8 |"


def test_a_slur_from_a_grace_note_to_its_own_needs_no_sign() -> None:
    slur = '<notations><slur type="{}" number="1"/></notations>'
    grace = GRACE.format("", "D").replace("</note>", slur.format("start") + "</note>")
    assert music(grace + note("C4", 8, slur.format("stop"))) == "{D}C8 |"


def test_slurs_nested_and_dotted() -> None:
    slur = '<slur type="{}" number="{}"{}/>'
    start = slur.format("start", 1, "") + slur.format("start", 2, ' line-type="dotted"')
    stop = slur.format("stop", 2, "") + slur.format("stop", 1, "")
    first = note("C4", 4, f"<notations>{start}</notations>")
    assert music(first + note("D4", 4, f"<notations>{stop}</notations>")) == "(.(C4 D4)) |"


@pytest.mark.parametrize(
    ("notations", "abc"),
    [
        ("<articulations><staccato/><accent/></articulations>", ".!accent!C8 |"),
        ("<ornaments><trill-mark/></ornaments>", "TC8 |"),
        ('<ornaments><tremolo type="single">3</tremolo></ornaments>', "!///!C8 |"),
        ("<technical><up-bow/><fingering>3</fingering></technical>", "u!3!C8 |"),
        ("<fermata/>", "!fermata!C8 |"),
        ("<arpeggiate/>", "!arpeggio!C8 |"),
        ("<dynamics><mf/></dynamics>", "!mf!C8 |"),
    ],
)
def test_decorations(notations: str, abc: str) -> None:
    assert music(note("C4", 8, f"<notations>{notations}</notations>")) == abc


def test_beams_are_those_of_the_file() -> None:
    beams = ["begin", "continue", "end", "begin", "end"]
    text = "".join(
        note("C4", 1, f'<type>eighth</type><beam number="1">{kind}</beam>') for kind in beams
    )
    assert music(text + note("C4", 1, "<type>eighth</type>") + note("C4", 2)) == "CCC CC C C2 |"


def test_without_beams_in_the_file_the_beats_join() -> None:
    quavers = note("C4", 1, "<type>eighth</type>") * 6
    assert music(attributes(beats="6", beat_type="8") + quavers) == "CCC CCC |"
    assert music(quavers + note("C4", 2)) == "CC CC CC C2 |"


# Bars


def barline(where: str, inside: str) -> str:
    return f'<barline location="{where}">{inside}</barline>'


FORWARD = barline("left", '<repeat direction="forward"/>')
BACKWARD = barline("right", '<repeat direction="backward"/>')


def test_repeats_and_endings() -> None:
    first = barline("left", '<ending number="1, 2" type="start"/>')
    first_end = barline(
        "right", '<ending number="1, 2" type="stop"/><repeat direction="backward" times="3"/>'
    )
    second = barline("left", '<ending number="3" type="start"/>')
    second_end = barline("right", '<ending number="3" type="stop"/>')
    bar = note("C4", 8)
    found = music(FORWARD + bar, first + bar + first_end, second + bar + second_end, bar)
    assert found == "|: C8 |1,2 C8 ::|3 C8 || C8 |"
    played = Tune.from_musicxml(
        score(FORWARD + bar, first + bar + first_end, second + bar + second_end, bar)
    ).notes
    assert len(played) == 7


@pytest.mark.parametrize(
    ("end", "start", "abc"),
    [
        (BACKWARD, FORWARD, "C8 :: C8 |"),
        (BACKWARD, "", "C8 :| C8 |"),
        ("", FORWARD, "C8 |: C8 |"),
        (barline("right", "<bar-style>light-light</bar-style>"), "", "C8 || C8 |"),
        (barline("right", "<bar-style>dashed</bar-style>"), "", "C8 .| C8 |"),
        (barline("right", "<bar-style>none</bar-style>"), "", "C8 [|] C8 |"),
    ],
)
def test_bar_lines(end: str, start: str, abc: str) -> None:
    assert music(note("C4", 8) + end, start + note("C4", 8)) == abc


def test_a_pickup_and_the_lines_of_the_file() -> None:
    bar, new = note("C4", 8), '<print new-system="yes"/>'
    assert music(note("G4", 2), bar, new + bar, bar, new + bar) == "G | C4 |\nC4 | C4 |\nC4 |"


def test_without_systems_in_the_file_a_line_has_four_bars() -> None:
    assert music(*[note("C4", 8)] * 6) == "C8 | C8 | C8 | C8 |\nC8 | C8 |"


def test_rests_of_several_bars() -> None:
    style = attributes(more="<measure-style><multiple-rest>3</multiple-rest></measure-style>")
    rest = '<note><rest measure="yes"/><duration>8</duration></note>'
    assert music(style + rest, rest, rest, note("C4", 8)) == "Z3 | C8 |"


# What is in force


@pytest.mark.parametrize(
    ("key", "abc"),
    [
        ("<fifths>0</fifths>", "C"),
        ("<fifths>1</fifths><mode>minor</mode>", "Em"),
        ("<fifths>-3</fifths><mode>major</mode>", "Eb"),
        ("<fifths>1</fifths><mode>dorian</mode>", "Ador"),
        ("<fifths>2</fifths><mode>mixolydian</mode>", "Amix"),
        ("<fifths>0</fifths><mode>none</mode>", "none"),
        ("<key-step>F</key-step><key-alter>1</key-alter>", "^f"),
        (
            "".join(
                f"<key-step>{step}</key-step><key-alter>{alter}</key-alter>"
                for step, alter in (("F", 1), ("C", 1), ("G", 0))
            ),
            "Hp",
        ),
    ],
)
def test_keys(key: str, abc: str) -> None:
    first = attributes().replace("<fifths>0</fifths>", key) + note("C4", 8)
    assert f"K:{abc}" in lines(score(first))


@pytest.mark.parametrize(
    ("time", "abc"),
    [
        ("<time><beats>6</beats><beat-type>8</beat-type></time>", "6/8"),
        ('<time symbol="common"><beats>4</beats><beat-type>4</beat-type></time>', "C"),
        ('<time symbol="cut"><beats>2</beats><beat-type>2</beat-type></time>', "C|"),
        ("<time><beats>3+2</beats><beat-type>8</beat-type></time>", "(3+2)/8"),
        (
            "<time><beats>3</beats><beat-type>4</beat-type><beats>1</beats>"
            "<beat-type>8</beat-type></time>",
            "(6+1)/8",
        ),
        ("<time><senza-misura/></time>", "none"),
        ("<time><senza-misura>O.</senza-misura></time>", "O."),
        ("<time><senza-misura>X</senza-misura></time>", "none"),
    ],
)
def test_meters(time: str, abc: str) -> None:
    usual = "<time><beats>4</beats><beat-type>4</beat-type></time>"
    assert f"M:{abc}" in lines(score(attributes().replace(usual, time) + note("C4", 8)))


def test_changes_within_the_music() -> None:
    key = "<attributes><key><fifths>-1</fifths></key></attributes>"
    meter = "<attributes><time><beats>2</beats><beat-type>4</beat-type></time></attributes>"
    clef = "<attributes><clef><sign>F</sign><line>4</line></clef></attributes>"
    found = music(note("B4", 8), key + note("Bb4", 4) + clef + note("B3", 4), meter + note("C4", 4))
    assert found == "B8 | [K:F]B4 [K:clef=bass]=B,4 | [M:2/4]C4 |"


def test_divisions_may_change() -> None:
    finer = "<attributes><divisions>4</divisions></attributes>"
    assert music(note("C4", 8), finer + note("C4", 8) + note("D4", 8)) == "C8 | C4 D4 |"


def test_the_clef_of_a_tenor_moves_the_letters_not_the_sound() -> None:
    clef = "<clef><sign>G</sign><line>2</line><clef-octave-change>-1</clef-octave-change></clef>"
    text = score(attributes(more=clef) + note("C3", 8))
    assert "K:C clef=treble-8" in lines(text)
    assert lines(text)[-1] == "C8 |"
    assert [one.pitch for one in Tune.from_musicxml(text).notes] == [48]


def test_a_transposing_instrument_sounds_where_it_sounds() -> None:
    transpose = "<transpose><diatonic>-1</diatonic><chromatic>-2</chromatic></transpose>"
    text = score(attributes(fifths=2, more=transpose) + note("D4", 8))
    assert "K:D transpose=-2" in lines(text)
    assert lines(text)[-1] == "D8 |"
    assert [one.pitch for one in Tune.from_musicxml(text).notes] == [60]


def test_a_hidden_signature_is_that_of_the_pipes() -> None:
    bar = note("F#4", 4) + note("C#5", 4)
    assert "K:HP" in lines(score(bar, bar, bar, bar))


# Words


def direction(inside: str, placement: str = "above", more: str = "") -> str:
    types = f"<direction-type>{inside}</direction-type>"
    return f'<direction placement="{placement}">{types}{more}</direction>'


@pytest.mark.parametrize(
    ("inside", "abc"),
    [
        ("<words>dolce</words>", '"^dolce"C8 |'),
        ('<words>say "no" &amp; 5%</words>', '"^say &quot;no&quot; & 5\\%"C8 |'),
        ("<words>D.C. al Fine</words>", "!D.C.alfine!C8 |"),
        ("<segno/>", "!segno!C8 |"),
        ("<dynamics><p/></dynamics>", "!p!C8 |"),
        ("<pedal type='start'/>", "!ped!C8 |"),
    ],
)
def test_directions(inside: str, abc: str) -> None:
    assert music(direction(inside) + note("C4", 8)) == abc


def test_words_below_the_staff_and_behind_the_last_note() -> None:
    found = music(
        note("C4", 4)
        + direction("<words>dim.</words>", "below")
        + note("D4", 4)
        + direction("<words>Fine</words>")
    )
    assert found == 'C4 "_dim."D4!fine! |'


def test_a_hairpin_ends_at_its_last_note() -> None:
    start, stop = direction('<wedge type="crescendo"/>'), direction('<wedge type="stop"/>')
    found = music(start + note("C4", 2) + note("D4", 2) + stop + note("E4", 4))
    assert found == "!crescendo(!C !crescendo)!D E2 |"


@pytest.mark.parametrize(
    ("inside", "sound", "abc"),
    [
        (
            "<metronome><beat-unit>quarter</beat-unit><beat-unit-dot/>"
            "<per-minute>72.5</per-minute></metronome>",
            "",
            "Q:3/8=72.5",
        ),
        ("<words>Allegro</words>", '<sound tempo="120"/>', 'Q:"Allegro"'),
        ("<words>Lively</words>", '<sound tempo="132"/>', 'Q:"Lively" 1/4=132'),
    ],
)
def test_tempo(inside: str, sound: str, abc: str) -> None:
    assert abc in lines(score(direction(inside, more=sound) + note("C4", 8)))


def test_a_change_of_tempo() -> None:
    metronome = "<metronome><beat-unit>half</beat-unit><per-minute>60</per-minute></metronome>"
    assert music(note("C4", 8), direction(metronome) + note("C4", 8)) == "C8 | [Q:1/2=60]C8 |"


def test_letters_of_parts_stand_before_their_line() -> None:
    letter = direction("<rehearsal>B</rehearsal>")
    assert music(note("C4", 8), letter + note("C4", 8)) == "C8 |\nP:B\nC8 |"


def harmony(root: str, kind: str, more: str = "", text: str = "") -> str:
    shown = f' text="{text}"' if text else ""
    return (
        f"<harmony><root><root-step>{root}</root-step></root><kind{shown}>{kind}</kind>"
        f"{more}</harmony>"
    )


@pytest.mark.parametrize(
    ("element", "abc"),
    [
        (harmony("C", "major"), '"C"'),
        (harmony("A", "minor-seventh"), '"Am7"'),
        (harmony("A", "minor-seventh", text="min7"), '"Amin7"'),
        (harmony("D", "dominant", "<bass><bass-step>F</bass-step></bass>"), '"D7/F"'),
        (harmony("B", "half-diminished"), '"Bm7b5"'),
        (
            harmony(
                "G",
                "dominant",
                "<degree><degree-value>9</degree-value><degree-alter>-1</degree-alter>"
                "<degree-type>add</degree-type></degree>",
            ),
            '"G7(addb9)"',
        ),
        ("<harmony><root><root-step>C</root-step></root><kind>none</kind></harmony>", '"N.C."'),
    ],
)
def test_chord_symbols(element: str, abc: str) -> None:
    assert music(element + note("C4", 8)) == f"{abc}C8 |"


def test_a_chord_symbol_in_the_middle_of_a_note_has_a_layer_of_its_own() -> None:
    second = harmony("G", "dominant").replace("</harmony>", "<offset>4</offset></harmony>")
    assert music(harmony("C", "major") + second + note("C4", 8)) == '"C"C8 & x4 "G7"x4 |'


def lyric(text: str, syllabic: str = "single", more: str = "", number: str = "1") -> str:
    return (
        f'<lyric number="{number}"><syllabic>{syllabic}</syllabic><text>{text}</text>{more}</lyric>'
    )


def test_lyrics_with_hyphens_held_syllables_and_verses() -> None:
    bar = (
        note("C4", 2, lyric("glo", "begin"))
        + note("D4", 2)
        + note("E4", 2, lyric("ri", "middle") + lyric("sol", "begin", number="2"))
        + note("F4", 2, lyric("a", "end", "<extend/>") + lyric("o", "end", number="2"))
    )
    found = music(bar, note("G4", 4) + note("r", 2) + note("A4", 2, lyric("in-to")))
    assert found == "C D E F | G2 z A |\nw: glo-_ ri-a _ in\\-to\nw: * * sol-o"


def test_syllables_keep_their_signs() -> None:
    bar = note("C4", 4, lyric("a b")) + note("C4", 4, lyric("50%*_|"))
    assert music(bar) == "C4 C4 |\nw: a~b 50\\%\\*\\_\\|"
    sung = [
        syllable.text
        for one in Tune.from_musicxml(score(bar)).bars[0].notes
        if one.signs is not None
        for syllable in one.signs.lyrics
    ]
    assert sung == ["a b", "50%*_|"]


# The head, and several voices


def test_titles_and_names() -> None:
    head = (
        "<work><work-title>One &amp; two 5%</work-title></work>"
        "<movement-title>Second</movement-title><identification>"
        '<creator type="composer">A. Bee</creator><creator type="lyricist">C. Dee</creator>'
        '<creator type="arranger">E. Eff</creator><rights>mine</rights>'
        "<source>a book</source></identification>"
    )
    assert lines(score(note("C4", 8), head=head))[:8] == [
        "X:1",
        "T:One & two 5\\%",
        "T:Second",
        "C:A. Bee",
        "A:C. Dee",
        "C:arranger: E. Eff",
        "Z:mine",
        "S:a book",
    ]


CHOIR = (
    '<part-list><part-group number="1" type="start"><group-symbol>bracket</group-symbol>'
    '<group-barline>yes</group-barline></part-group><score-part id="P1">'
    "<part-name>Soprano</part-name><part-abbreviation>S.</part-abbreviation></score-part>"
    '<score-part id="P2"><part-name>Bass</part-name></score-part>'
    '<part-group number="1" type="stop"/></part-list>'
)


def test_parts_are_voices_with_names_and_brackets() -> None:
    bass = part(attributes(more="<clef><sign>F</sign><line>4</line></clef>") + note("C3", 8))
    text = whole(part(note("C5", 8)), bass.replace('"P1"', '"P2"'), part_list=CHOIR)
    found = lines(text)
    assert "%%score [ 1 | 2 ]" in found
    assert 'V:1 name="Soprano" snm="S."' in found
    assert 'V:2 clef=bass name="Bass"' in found
    assert found[-2:] == ["[V:1] c8 |", "[V:2] C,8 |"]


def piano(measures: int = 1) -> str:
    """Two staves; the upper one has two voices."""
    back = "<backup><duration>8</duration></backup>"
    bar = (
        note("C5", 8, "<staff>1</staff>")
        + back
        + note("E4", 8, "<staff>1</staff>", voice="2")
        + back
        + note("C3", 8, "<staff>2</staff>", voice="5")
    )
    first = attributes(
        more='<staves>2</staves><clef number="2"><sign>F</sign><line>4</line></clef>'
    )
    return score(first + bar, *[bar] * (measures - 1))


def test_staves_of_a_piano() -> None:
    found = lines(piano())
    assert "%%score {(1 2) | 3}" in found
    assert found[-3:] == ["[V:1] c8 |", "[V:2] E8 |", "[V:3] C,8 |"]
    assert [one.pitch for one in Tune.from_musicxml(piano()).notes] == [48, 64, 72]


def test_a_voice_that_is_rarely_there_is_laid_over_the_first() -> None:
    back = "<backup><duration>4</duration></backup>"
    second = note("C5", 8) + back + note("E4", 2, voice="2") + note("D4", 2, voice="2")
    assert music(note("C5", 8), note("C5", 8), second) == "c4 | c4 | c4 & x2 E D |"


def test_parts_of_different_length_and_gaps_are_filled() -> None:
    forward = "<forward><duration>4</duration></forward>"
    one, two = part(note("C4", 8), note("C4", 8)), part(forward + note("E4", 2))
    found = lines(whole(one, two.replace('"P1"', '"P2"'), part_list=CHOIR))
    assert found[-1] == "[V:2] x2 E x | x4 |"


# What has no place in ABC


@pytest.mark.parametrize(
    ("measure", "remark"),
    [
        ("<figured-bass/>" + note("C4", 8), "figured bass (part P1, measure 1)"),
        (note("C4", 8, before="<cue/>"), "cue notes, which do not sound: rests stand for them"),
        (note("C4", 8, "<notehead>do</notehead>"), "note heads drawn as 'do'"),
        (note("C4", 8, "<strange/>"), "<strange> of a note"),
        ("<strange/>" + note("C4", 8), "<strange>"),
        (
            note("C4", 8, "<notations><technical><bend/></technical></notations>"),
            "<bend> at a note",
        ),
        (direction("<harp-pedals/>") + note("C4", 8), "<harp-pedals> as a direction"),
    ],
)
def test_what_is_not_taken_over_is_named(measure: str, remark: str) -> None:
    assert remarks(measure)[0].startswith(remark)


def test_each_kind_is_named_once_with_its_number() -> None:
    assert remarks("<strange/>" + note("C4", 8), "<strange/><strange/>" + note("C4", 8)) == [
        "<strange> (3 times, first in part P1, measure 1)"
    ]


def test_what_is_only_layout_is_no_remark() -> None:
    plain = (
        "<print><system-layout/></print>"
        + note("C4", 8, "<type>whole</type><stem>up</stem>")
        + barline("right", "<bar-style>light-heavy</bar-style>")
    )
    assert remarks(plain) == []
