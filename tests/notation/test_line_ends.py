"""Where the author ends a line of the score (ABC 2.1, 6.1.1)."""

import pytest

from tests.notation.specimens import tune


def last_notes(body: str, more: str = "") -> str:
    """Return the letters of the bars behind which a line of the score ends."""
    voice = tune(body, more=more).voices[0]
    return "".join(voice.items[index].notes[0].text[0] for index in sorted(voice.line_ends))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("C4|D4|\nE4|F4|", "DF"),
        ("C4|D4|\\\nE4|F4|", "F"),
        ("C4|D4|\\ % on\nE4|F4|", "F"),
        ("C4|D4|\n% a remark\nE4|\nw: word\nK:G\nF4|", "DEF"),
        ("C4|$D4|E4|", "CE"),
        ("C4|D4|$\nE4|", "DE"),
        ("C4|D4|!\nE4|", "DE"),
        ("C4|!D4|E4|", "CE"),
        ("C4|D2!D2|E4|", "DE"),
        ("C4|D2\nD2|E4|", "DE"),
        ("C4|D4|\\\n[K:G]\nE4|", "DE"),
        ("C4|D4|**\nE4|", "DE"),
        ("C4|!f!D4|E4|", "E"),
    ],
)
def test_by_default_a_line_ends_where_the_text_does(body: str, expected: str) -> None:
    assert last_notes(body) == expected
    assert tune(body).problems == ()
