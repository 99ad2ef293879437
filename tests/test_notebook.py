"""In a notebook a tune shows its text, a player and its waveform, also in a real one
that a real kernel executes."""

import base64
import io
import re

import nbformat
import pytest
import soundfile
from nbclient import NotebookClient

from abcrun import Tune
from abcrun.notebook import tune_html
from tests import traditional


def sound_of(html: str) -> tuple[str, bytes]:
    """Return media type and bytes of the audio element."""
    found = re.search(r'<audio controls[^>]* src="data:([a-z/]+);base64,([^"]+)"></audio>', html)
    assert found is not None
    return found.group(1), base64.b64decode(found.group(2))


def test_a_tune_shows_its_text_a_player_and_its_waveform() -> None:
    tune = Tune.parse(traditional.KESH)
    html = tune_html(tune)
    mime, data = sound_of(html)
    assert mime == "audio/mpeg"
    assert soundfile.info(io.BytesIO(data)).duration == pytest.approx(tune.seconds, abs=2)
    assert len(data) < 12_000 * tune.seconds
    assert "<svg" in html
    assert "|:G3 GAB|A3 ABd|" in html
    assert tune._repr_html_() == html


def test_what_stands_in_a_tune_is_shown_and_not_obeyed() -> None:
    tune = Tune.parse('X:1\nT:<script>alert("&")</script>\nM:4/4\nL:1/8\nK:C\n"<b>Am</b>"CDEF|\n')
    html = tune_html(tune)
    assert "<script" not in html
    assert "<b>" not in html
    assert "&lt;script&gt;alert(&quot;&amp;&quot;)&lt;/script&gt;" in html


def test_a_tune_that_cannot_be_played_is_shown_with_the_reason() -> None:
    html = tune_html(Tune.parse("X:1\nT:t\nM:4/4\nL:1/1\nQ:1/4=20\nK:C\n" + "C64|" * 20))
    assert "the limit for sound" in html
    assert "C64|" in html
    assert "<audio" not in html


# The kernel warns of its own debugger and event loop.
@pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::RuntimeWarning", "ignore::ResourceWarning"
)
def test_a_real_notebook_shows_a_tune() -> None:
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [
        nbformat.v4.new_code_cell(f"import abcrun\nabcrun.Tune.parse({traditional.KESH!r})")
    ]
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    (output,) = notebook.cells[0].outputs
    html = output["data"]["text/html"]
    assert sound_of(html)[1]
    assert "<svg" in html
    assert "The Kesh" in html
