"""What a tune shows in Jupyter: its score, a player, its waveform and its text."""

import base64
from html import escape

from abcrun.errors import RenderError
from abcrun.formats import FORMATS
from abcrun.notation import Tune
from abcrun.rendering import RenderSettings, tune_samples
from abcrun.score.engraving import missing_packages
from abcrun.score.score import Score
from abcrun.score.text import xml_text
from abcrun.sound.encoding import encode_sound
from abcrun.sound.waveform import waveform_svg

# MP3 because every browser plays it. At this rate the built-in instruments lose nothing
# that can be heard, and the encoder, which takes more time than the synthesiser, is
# done in half of it.
_FORMAT, _RATE = "mp3", 24_000


def tune_html(tune: Tune, settings: RenderSettings | None = None) -> str:
    """HTML that shows `tune` in a notebook cell: the score, an audio player on an MP3,
    the waveform, and the ABC text.

    Nothing is fetched: sound and score are data URIs. The score is left out where the
    extra `score` is not installed; a tune that cannot be engraved or played is shown
    with the reason.
    """
    written = (
        tune.text.strip().encode("utf-8", "replace").decode("utf-8")
    )  # broken input leaves lone surrogates
    text = f'<pre style="margin:0.5em 0">{escape(written)}</pre>'
    score = _score_html(tune)
    try:
        samples, rate = tune_samples(tune, settings or RenderSettings(rate=_RATE))
        sound = base64.b64encode(encode_sound(samples, rate, _FORMAT)).decode("ascii")
        picture = waveform_svg(samples, rate, title=tune.title)
    except RenderError as error:
        return f"<div>{score}{text}<p>{escape(str(error))}</p></div>"
    return (
        f'<div style="max-width:960px">{score}{picture}'
        f'<audio controls preload="metadata" style="width:100%" '
        f'src="data:{FORMATS[_FORMAT].media_type};base64,{sound}"></audio>'
        f"{text}</div>"
    )


def _score_html(tune: Tune) -> str:
    """The score as an image on white: it is drawn in black, and a page of a notebook
    may be dark."""
    if missing_packages():
        return ""
    try:
        svg = Score(tune).svg
    except RenderError as error:
        return f"<p>{escape(str(error))}</p>"
    data = base64.b64encode(svg.encode("utf-8")).decode("ascii")
    return (
        f'<img alt="{escape(xml_text(tune.title) or "A tune")}: score" style="width:100%;background:#fff" '
        f'src="data:image/svg+xml;base64,{data}">'
    )
