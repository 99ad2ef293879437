"""The instruments that `%%MIDI` asks for, in the score's list of parts."""

import xml.etree.ElementTree as ET

import pytest

from abcrun import RenderSettings, Tune, render


def instruments(text: str) -> list[tuple[str | None, str | None]]:
    """Channel and program of each part, as the file counts them."""
    return instruments_in(Tune.parse(text).musicxml())


def instruments_in(musicxml: str) -> list[tuple[str | None, str | None]]:
    root = ET.fromstring(musicxml)
    found = []
    for part in root.iter("score-part"):
        instrument, midi = part.find("score-instrument"), part.find("midi-instrument")
        assert (instrument is None) == (midi is None)
        if instrument is not None and midi is not None:
            assert instrument.get("id") == midi.get("id") == f"{part.get('id')}-I1"
            found.append((midi.findtext("midi-channel"), midi.findtext("midi-program")))
        else:
            found.append((None, None))
    return found


@pytest.mark.parametrize(
    ("header", "music", "expected"),
    [
        ("", "C4|", [(None, None)]),
        ("%%MIDI program 40\n", "C4|", [(None, "41")]),
        ("%%MIDI program 2 40\n", "C4|", [("2", "41")]),
        ("", "%%MIDI program 73\nC4|", [(None, "74")]),
        ("", "[I:MIDI program 73]C4|", [(None, "74")]),
        ("%%MIDI channel 10\n", "C4|", [("10", None)]),
        ("%%MIDI program 900\n", "C4|", [(None, None)]),
        (
            "V:1\n%%MIDI program 40\nV:2\n%%MIDI program 70\n",
            "[V:1]C4|\n[V:2]C4|",
            [(None, "41"), (None, "71")],
        ),
        ("%%MIDI program 1\nV:1\nV:2\n", "[V:1]C4|\n[V:2]C4|", [(None, "2"), (None, "2")]),
    ],
)
def test_a_part_has_the_instrument_that_it_is_given(
    header: str, music: str, expected: list[tuple[str | None, str | None]]
) -> None:
    text = f"X:1\nM:4/4\nL:1/4\n{header}K:C\n{music}\n"
    assert instruments(text) == expected
    back = Tune.from_musicxml(Tune.parse(text).musicxml())
    programs = [(None, program) for _, program in expected]
    assert [(None, program) for _, program in instruments(back.text)] == programs


def test_what_is_chosen_holds_for_parts_that_ask_for_nothing() -> None:
    """A notation program plays the file as abcrun plays the tune."""
    text = "X:1\nM:4/4\nL:1/4\nK:C\nV:1\nC4|\nV:2\n%%MIDI program 40\nC4|\n"
    written = render(Tune.parse(text), "musicxml", RenderSettings(program="whistle")).decode()
    assert instruments_in(written) == [(None, "75"), (None, "41")]
    names = [one.text for one in ET.fromstring(written).iter("instrument-name")]
    assert names == ["Whistle", "Fiddle"]
    assert instruments(text) == [(None, None), (None, "41")]
