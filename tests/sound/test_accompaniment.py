"""Chord symbols are heard: bass and chord in the pattern of the meter, where they
change, and silence where there are none."""

from fractions import Fraction

import mido
import pytest

from abcrun.errors import RenderError
from abcrun.notation import Tune
from abcrun.sound.accompaniment import usual_pattern
from abcrun.sound.midi import write_midi
from abcrun.sound.playing import Manner, play
from tests.sound.parts import onsets, part, played, spans, tune

F = Fraction
G, D, EM = {7, 11, 2}, {2, 6, 9}, {4, 7, 11}


def heard(body: str, header: str = "M:4/4\nL:1/8\nK:G\n") -> dict[Fraction, str]:
    """Return the strokes of a tune: `f` a bass, `c` a chord, `b` both."""
    performance = played(body, header)
    names = [one.name for one in performance.parts]
    bass = {onset for onset, _ in onsets(performance, "Bass")} if "Bass" in names else set()
    chords = {onset for onset, _ in onsets(performance, "Chords")} if "Chords" in names else set()
    return {
        onset: "b" if onset in bass and onset in chords else "f" if onset in bass else "c"
        for onset in sorted(bass | chords)
    }


def in_a_row(body: str, header: str) -> str:
    return "".join(heard(body, header).values())


@pytest.mark.parametrize(
    ("meter", "body", "strokes", "times"),
    [
        ("4/4", '"G"G8|', "fcfc", [0, 1, 2, 3]),
        ("C|", '"G"G8|', "fcfc", [0, 1, 2, 3]),
        ("2/2", '"G"G8|', "fcfc", [0, 1, 2, 3]),
        ("2/4", '"G"G4|', "fcfc", [0, F(1, 2), 1, F(3, 2)]),
        ("3/4", '"G"G6|', "fcc", [0, 1, 2]),
        ("3/8", '"G"G3|', "fcc", [0, F(1, 2), 1]),
        ("6/8", '"G"G6|', "fcfc", [0, 1, F(3, 2), F(5, 2)]),
        ("9/8", '"G"G9|', "fcfcfc", [0, 1, F(3, 2), F(5, 2), 3, 4]),
        ("12/8", '"G"G12|', "fcfcfcfc", [0, 1, F(3, 2), F(5, 2), 3, 4, F(9, 2), F(11, 2)]),
        ("3/2", '"G"G12|', "fcc", [0, 2, 4]),
        ("5/8", '"G"G5|', "fcfcc", [0, F(1, 2), 1, F(3, 2), 2]),
        ("7/8", '"G"G7|', "fcfcfcc", [F(n, 2) for n in range(7)]),
        ("3+2+2/8", '"G"G7|', "fcfcfc", [0, 1, F(3, 2), 2, F(5, 2), 3]),
        ("6/4", '"G"G12|', "fcfc", [0, 2, 3, 5]),
    ],
)
def test_the_pattern_of_a_meter(meter: str, body: str, strokes: str, times: list[Fraction]) -> None:
    found = heard(body, f"M:{meter}\nL:1/8\nK:G\n")
    assert "".join(found.values()) == strokes
    assert list(found) == times


def test_a_waltz_is_a_bass_and_two_chords_and_an_air_one_chord_a_bar() -> None:
    assert usual_pattern(tune("C", "M:3/4\nK:C\n").meter, "waltz") == "fcc"
    assert usual_pattern(tune("C", "M:3/4\nK:C\n").meter, "fair waltz") == "fcc"
    assert in_a_row('"G"G6|"D"D6|', "R:slow air\nM:3/4\nL:1/8\nK:G\n") == "bb"


def test_the_tones_are_those_of_the_chord_and_the_bass_its_root_or_the_one_named() -> None:
    performance = played('"G"G4 "D7/F#"D4|"Em"E8|')
    chords = [(onset, pitch % 12) for onset, pitch in onsets(performance, "Chords")]
    assert {pitch for onset, pitch in chords if onset < 2} == G
    assert {pitch for onset, pitch in chords if 2 <= onset < 4} == D | {0}
    assert {pitch for onset, pitch in chords if onset >= 4} == EM
    bass = onsets(performance, "Bass")
    assert bass == [(0, 43), (2, 42), (4, 40), (6, 40)]


def test_chords_lie_below_a_fiddle_s_melody_and_above_their_bass() -> None:
    body = "|".join(f'"{root}{kind}"G8' for root in "ABCDEFG" for kind in ("", "m", "7", "maj9"))
    performance = played(body)
    assert {52 <= pitch < 64 for _, pitch in onsets(performance, "Chords")} == {True}
    assert {40 <= pitch < 52 for _, pitch in onsets(performance, "Bass")} == {True}


def test_a_chord_that_changes_in_mid_bar_is_heard_there_with_its_bass() -> None:
    assert heard('"G"G2 "D"A2 G4|') == {0: "f", 1: "b", 2: "f", 3: "c"}
    assert heard('"G"G3 "D"A G4|') == {0: "f", 1: "c", F(3, 2): "b", 2: "f", 3: "c"}


def test_a_chord_holds_over_bar_lines_and_repeats() -> None:
    assert in_a_row('|:"G"G8|G8:|', "M:4/4\nL:1/8\nK:G\n") == "fcfc" * 4
    bass = onsets(played('|:G8|"D"D8:|'), "Bass")
    assert bass == [(4, 50), (6, 50), (8, 50), (10, 50), (12, 50), (14, 50)]


def test_an_ending_goes_on_with_the_chord_and_a_section_without_chords_is_silent() -> None:
    assert len(heard('|:"G"G8|1 A8:|2 B8|]')) == 16
    assert list(heard('"G"G8||A8|B8|]')) == [0, 1, 2, 3]


def test_no_chord_is_silence_until_the_next_one() -> None:
    assert list(heard('"G"G4 "N.C."G4|G8|"D"D8|')) == [0, 1, 8, 9, 10, 11]


def test_alternates_annotations_and_words_are_no_chords() -> None:
    assert {p % 12 for _, p in onsets(played('"G(Em)"G8|'), "Chords")} == G
    assert len(played('"^G"G8|"Fine"A8|"_Am"A8|').parts) == 1


def test_a_symbol_on_a_rest_counts() -> None:
    assert list(heard('"G"z8|G8|')) == [0, 1, 2, 3, 4, 5, 6, 7]
    assert list(heard('z4 "G"z4|G8|')) == [2, 3, 4, 5, 6, 7]


def test_the_accompaniment_waits_for_the_bar_line_behind_a_pickup() -> None:
    jig = "M:6/8\nL:1/8\nK:G\n"
    assert list(heard('"G"D|G3 G3|', jig)) == [F(1, 2), F(3, 2), 2, 3]
    # A section's short last bar and the next one's pickup are one bar together.
    assert in_a_row('D|"G"G3 G3|G3 G2:|', jig) == "fcfc" + "fcf" + "c" + "fcfc" + "fcf"


def test_a_free_meter_holds_each_chord_until_the_next() -> None:
    free = "M:none\nL:1/4\nK:G\n"
    performance = played('"G"GAB "D"A2|G3|', free)
    assert spans(performance, "Bass") == [(0, 3, 43), (3, 8, 50)]


def test_a_chord_of_the_second_voice_is_heard_too() -> None:
    performance = played('V:1\n"G"G8|G8|\nV:2\nG,8|"D"A,8|\n')
    assert onsets(performance, "Bass") == [(0, 43), (2, 43), (4, 50), (6, 50)]


@pytest.mark.parametrize(
    "header",
    ["K:A transpose=-2\n", "K:A shift=DC\n", "%%MIDI transpose -2\nK:A\n",
     "V:1 transpose=-2\nK:A\n", "V:1\n%%MIDI transpose -14\nK:A\n"],
)  # fmt: skip
def test_the_chords_of_a_transposing_voice_sound_where_its_notes_do(header: str) -> None:
    performance = played('V:1\n"A"A8|"E/G#"E8|', f"M:4/4\nL:1/8\n{header}")
    assert {p % 12 for at, p in onsets(performance, "Chords") if at < 4} == G
    assert {p % 12 for _, p in onsets(performance, "Bass")} == {7, 6}
    assert {p % 12 for _, p in onsets(performance)} == {7, 2}


# Directives


def test_a_pattern_of_the_tune_s_own_is_played_to_the_letter() -> None:
    assert heard('%%MIDI gchord fzczfccz\n"G"G8|') == {
        0: "f", 1: "c", 2: "f", F(5, 2): "c", 3: "c",
    }  # fmt: skip
    assert spans(played('%%MIDI gchord f2zb\n"G"G8|'), "Bass") == [(0, 2, 43), (3, 4, 43)]
    arpeggio = onsets(played('%%MIDI gchord GHghijzz\n"G"G8|'), "Chords")
    assert [pitch for _, pitch in arpeggio] == [43, 47, 55, 59, 62, 67]


def test_a_pattern_may_fill_several_bars_and_ends_with_its_meter() -> None:
    assert list(heard('%%MIDI gchord fc\n%%MIDI gchordbars 2\n"G"G8|G8|G8|')) == [0, 4, 8]
    assert in_a_row('%%MIDI gchord ffff\n"G"G8|[M:3/4]G6|', "M:4/4\nL:1/8\nK:G\n") == "fffffcc"


def test_the_accompaniment_is_switched_off_and_on() -> None:
    body = '"G"G8|\n%%MIDI gchordoff\nG8|\n%%MIDI gchordon\nG8|'
    assert list(heard(body)) == [0, 1, 2, 3, 8, 9, 10, 11]


def test_programs_and_levels_are_the_tune_s() -> None:
    directives = "%%MIDI chordprog 0 octave=1\n%%MIDI bassprog 32\n%%MIDI chordvol 70\n"
    performance = played(directives + '%%MIDI bassvol 80\n"G"G8|')
    chords, bass = part(performance, "Chords"), part(performance, "Bass")
    assert (chords.programs[0].program, bass.programs[0].program) == (0, 32)
    assert [one.velocity for one in (*chords.strikes[:1], *bass.strikes[:1])] == [70, 80]
    assert [one.pitch for one in chords.strikes[:3]] == [67, 71, 74]


def test_a_chord_is_spread_as_the_tune_asks() -> None:
    strikes = part(played('%%MIDI chordattack 40\n"G"G8|'), "Chords").strikes[:3]
    assert [one.start - strikes[0].start for one in strikes] == [0, 40, 80]


# Settings and bounds


def test_chords_are_left_out_or_played_alone() -> None:
    body = '"G"G8|"D"D8|'
    assert [one.name for one in played(body).parts] == ["test", "Chords", "Bass"]
    assert [one.name for one in played(body, manner=Manner(chords="off")).parts] == ["test"]
    assert [one.name for one in played(body, manner=Manner(chords="only")).parts] == [
        "Chords", "Bass",
    ]  # fmt: skip
    with pytest.raises(RenderError, match="no chord symbols"):
        played("G8|", manner=Manner(chords="only"))


def test_the_melody_of_a_tune_with_chords_is_played_as_without_them() -> None:
    with_chords, without = played('"G"GABc dedB|"D"A8|'), played("GABc dedB|A8|")
    assert with_chords.parts[0].strikes == without.parts[0].strikes


def test_an_accompaniment_beyond_the_bounds_is_refused_by_name() -> None:
    body = "|:" + '"G"G8|' * 60 + ":||:" + '"D7"G8|' * 150 + ":|" + '"Am7"G8|' * 60
    with pytest.raises(RenderError, match="--chords off leaves chords out"):
        played(body + "\n" + body)


def test_soft_music_is_accompanied_softly() -> None:
    soft = part(played('!p!"G"G8|'), "Chords").strikes[0].velocity
    loud = part(played('!ff!"G"G8|'), "Chords").strikes[0].velocity
    assert soft < 44 < loud


def test_a_midi_file_has_a_track_and_a_channel_for_chords_and_bass(tmp_path) -> None:
    read = Tune.parse('X:1\nT:t\nM:4/4\nL:1/8\nK:G\n"G"G8|\n')
    path = tmp_path / "t.mid"
    path.write_bytes(write_midi(read, play(read)))
    file = mido.MidiFile(path)
    names = [m.name for track in file.tracks for m in track if m.type == "track_name"]
    assert names == ["t", "t", "Chords", "Bass"]
    programs = [
        (m.channel, m.program) for t in file.tracks for m in t if m.type == "program_change"
    ]
    assert programs == [(0, 46), (1, 24), (2, 24)]
