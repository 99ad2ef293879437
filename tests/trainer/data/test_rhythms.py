"""Rhythms: a name is given where it is certain."""

import pytest

from abctrain.data.rhythms import rhythm_of


@pytest.mark.parametrize(
    ("source", "title", "meter", "rhythm"),
    [
        ("R: double jig", "", "6/8", "jig"),
        ("R:JIG", "", "9/8", "slip jig"),
        ("R:slipjig", "", "9/8", "slip jig"),
        ("R:highland fling", "", "4/4", "fling"),
        ("R:reel", "", "6/8", ""),
        ("R:walkaround", "", "2/4", ""),
        ("", "", "9/8", "slip jig"),
        ("", "Fisher's Hornpipe", "4/4", "hornpipe"),
        ("", "The Duke of York's Quick Step.", "2/4", "quickstep"),
        ("", "Quick Step. 25th Regt.", "2/4", "quickstep"),
        ("", "McLeod's Reel (2nd Setting)", "2/2", "reel"),
        ("", "March, The", "4/4", "march"),
        ("", "The Reel in the Hay", "4/4", ""),
        ("", "Farewell", "4/4", ""),
        ("Z: id:dc-setdance-12", "Blackbird", "2/2", "set dance"),
        ("Z: id:dc-ocarolan-12", "Planxty", "6/8", ""),
        ("B: \"O'Neill's 12\"", "Shandon Bells", "3/4", "air"),
        ("B:O'Neill's 1299", "More Luck to Us", "2/2", "reel"),
        ("B:O'Neill's 1120\nR:jig", "Hardiman the Fiddler", "9/8", "slip jig"),
    ],
)
def test_rhythms_that_are_certain(source: str, title: str, meter: str, rhythm: str) -> None:
    assert rhythm_of(source, title, meter) == rhythm
