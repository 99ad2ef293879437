"""Text strings (section 8.2): accents, entities and escaped signs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abcrun.notation.text_strings import decode, encode

# Lines that a file can hold, with many of the characters that mean something.
LINES = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])
    | st.sampled_from(list("\\&;#%\"'^~`,uvHAaeEoOsxU0123456789"))
)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        # Accents of the standard, and a letter that has no such accent
        (r"\`a\`E", "àÈ"),
        (r"\'e\'Y", "éÝ"),
        (r"\^o\^I", "ôÎ"),
        (r"\~n\~A", "ñÃ"),
        (r"\"o\"Y", "öŸ"),
        (r"\,c\,S", "çŞ"),
        (r"\ua\uG", "ăĞ"),
        (r"\vs\vZ", "šŽ"),
        (r"\HO\Hu", "Őű"),
        (r"\cC\cc\cs \cab", "Ççş \\cab"),
        (r"\'q", r"\'q"),
        # Ligatures and letters of their own
        (r"\AA\aa", "Åå"),
        (r"\AE\ae", "Ææ"),
        (r"\OE\oe", "Œœ"),
        (r"\/O\/o", "Øø"),
        (r"\DH\dh\TH\th", "ÐðÞþ"),
        (r"Stra\sse", "Straße"),
        # Named entities
        ("caf&eacute;", "café"),
        ("&szlig;&Oslash;&copy;", "ßØ©"),
        ("&amp;eacute;", "&eacute;"),
        ("&quot;Tom&quot; &amp; Jerry", '"Tom" & Jerry'),
        ("Tom & Jerry; &nothing;", "Tom & Jerry; &nothing;"),
        ("&#233;&#xE9;", "éé"),
        # Code points
        (r"\u00e9\u4E2D", "é中"),
        (r"\U0001F600", "😀"),
        (r"\ud83d\ude00", "😀"),
        (r"\uaxe", "ăxe"),
        # Signs that would mean something else
        (r"100\% Reel", "100% Reel"),
        (r"R\&B", "R&B"),
        (r"\&eacute;", "&eacute;"),
        (r"AC\\DC", r"AC\DC"),
        (r"\\'e", r"\'e"),
        # Left over from the time before Unicode
        (r"caf\351", "café"),
        (r"B\202 F\201", "B♭ F♯"),
        # What means nothing stays
        (r"la\-la \q \9", r"la\-la \q \9"),
        ("Ceol \\", "Ceol \\"),
    ],
)
def test_text_strings_are_decoded(written: str, meant: str) -> None:
    assert decode(written) == meant
    assert decode(encode(meant)) == meant


@pytest.mark.parametrize(
    "written",
    [
        r"\u000a",  # a title of two lines
        r"\u0000",
        r"\U00110000",
        r"\Uffffffff",
        r"\ud83d",  # half of a pair, alone, behind or before what is none
        r"\ude00\ud83d",
        "&NewLine;",
        "&#10;",
        "&#xD800;",
        "&#9999999;",
        r"\u2028",
    ],
)
def test_what_no_line_can_hold_stays_as_it_is_written(written: str) -> None:
    assert decode(written) == written


def test_a_code_point_beside_half_a_pair_is_decoded() -> None:
    assert decode(r"\u00e9\udc00") == r"é\udc00"
    assert decode(r"\ud83d\u00e9") == r"\ud83dé"


def test_encoding_escapes_no_more_than_it_must() -> None:
    assert encode("100% Reel") == r"100\% Reel"
    assert encode("Tom & Jerry's Café; 中") == "Tom & Jerry's Café; 中"
    assert encode("&eacute;") == r"\&eacute;"
    assert encode("a\\b") == r"a\\b"
    assert encode('"slow"') == '"slow"'
    assert encode('"slow"', is_quoted=True) == "&quot;slow&quot;"


def test_encoding_makes_one_line() -> None:
    assert encode("one\r\ntwo\x00\u2028") == "one  two  "
    assert encode("\ud83d!") == "\ufffd!"


@given(LINES, st.booleans())
def test_what_is_encoded_comes_back(text: str, is_quoted: bool) -> None:
    written = encode(text, is_quoted=is_quoted)
    assert decode(written) == text
    assert not is_quoted or '"' not in written


@given(st.text())
def test_encoding_what_was_decoded_changes_it_no_more(text: str) -> None:
    meant = decode(encode(text))
    assert encode(meant) == encode(text)
    assert meant.isprintable() or not any(character in meant for character in "\n\r\0\u2028")
