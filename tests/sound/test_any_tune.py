"""Whatever stands around the notes, what is played keeps within its bounds."""

import io
from itertools import pairwise

import mido
from hypothesis import given, settings
from hypothesis import strategies as st

from abcrun.notation import Tune
from abcrun.sound.midi import write_midi
from abcrun.sound.played import Part, PlayedTune
from abcrun.sound.playing import Manner, play

BEFORE = (
    *('"G"', '"D7/F#"', '"N.C."', '"/B"', '"^loud"', '"Am(Em)"', '"C13"', '"x"', '"b"'),
    *("{g}", "{/fg}", "{c2d/}", "{[ce]g}", "{}", "!p!", "!ff!", "!<(!", "!<)!", "!>(!", "!>)!"),
    *(".", "!wedge!", "!sfz!", "H", "~", "!accent!", "(3", "[K:HP]", "[M:3/4]", "[M:none]"),
    *("[I:MIDI gchord fzbc]", "[I:MIDI program 3]", "[I:MIDI transpose -40]", "[Q:1/4=77.7]"),
    *("[I:MIDI control 7 127]", "[I:MIDI gchordoff]", "[I:MIDI grace 1/2]", "[I:MIDI vol 0]"),
    *("[I:MIDI beat 127 0 0]", "[I:MIDI chordattack 400]", "[I:MIDI gchordbars 3]", ""),
    *("[I:MIDI drum dzd2 36 42]", "[I:MIDI drumon]", "[I:MIDI drumoff]", "[I:MIDI channel 10]"),
    *("[I:MIDI drone 109 60 64]", "[I:MIDI droneon]", "[I:MIDI droneoff]"),
)
NOTES = ("C", "D2", "E/", "F3/", "z", "z2", "[CEG]", "G-", "[C-E-]2", "c>d", "a/b/", "x", "C,,,")
BEHIND = ("", "", "", "|", "||", "|:", ":|", "|1", ":|2", "&")
KINDS = ("", "R:hornpipe\n", "R:hop jig\n", "R:slow air\n")
METERS = ("4/4", "6/8", "2/4", "3/2", "5/8", "(2+3)/8", "none", "C|")

signs = st.tuples(
    st.sampled_from(BEFORE),
    st.sampled_from(BEFORE),
    st.sampled_from(NOTES),
    st.sampled_from(BEHIND),
).map("".join)
bodies = st.lists(signs, min_size=1, max_size=30).map("".join)
tunes = st.tuples(
    st.sampled_from(KINDS), st.sampled_from(METERS), st.lists(bodies, min_size=1, max_size=3)
)
manners = st.builds(
    Manner, st.sampled_from(("on", "off")), st.sampled_from(("auto", "before", "beat", "none")),
    st.booleans(),
)  # fmt: skip


def tune_of(drawn: tuple[str, str, list[str]]) -> Tune:
    kind, meter, voices = drawn
    body = "".join(f"V:{number}\nC{voice}|\n" for number, voice in enumerate(voices, 1))
    return Tune.parse(f"X:1\n{kind}M:{meter}\nL:1/8\nK:C\n{body}")


def keeps_its_bounds(part: Part, played: PlayedTune) -> None:
    assert list(part.strikes) == sorted(part.strikes)
    for start, pitch, end, velocity in part.strikes:
        assert 0 <= start < end
        assert end <= played.end + 1  # a tick: the shortest note there is
        assert 0 <= pitch <= 127
        assert 1 <= velocity <= 127
    for pitch in {strike.pitch for strike in part.strikes}:
        struck = [strike for strike in part.strikes if strike.pitch == pitch]
        assert all(one.end <= other.start for one, other in pairwise(struck))


@given(tunes, manners)
@settings(max_examples=120, deadline=None)
def test_no_key_is_struck_while_it_is_down_and_nothing_sounds_behind_the_end(
    drawn: tuple[str, str, list[str]], manner: Manner
) -> None:
    tune = tune_of(drawn)
    played = play(tune, manner=manner)
    for part in played.parts:
        keeps_its_bounds(part, played)
    file = mido.MidiFile(file=io.BytesIO(write_midi(tune, played)), charset="utf-8")
    assert len(file.tracks) == 1 + len(played.parts)


@given(tunes)
@settings(max_examples=60, deadline=None)
def test_without_graces_and_swing_every_note_begins_where_the_reader_says(
    drawn: tuple[str, str, list[str]],
) -> None:
    tune = tune_of(drawn)
    played = play(tune, manner=Manner("off", "none"))
    voices = [part for part in played.parts if part.name not in ("Drums", "Drone")]
    struck = {strike.start for part in voices for strike in part.strikes}
    assert struck == {round(note.onset * 4 * played.division) for note in tune.notes}
