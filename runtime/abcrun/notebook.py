"""The view of a tune in Jupyter: score, player, waveform and text."""

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

_FORMAT = "mp3"  # every browser plays it
# The built-in instruments lose nothing that can be heard, and the encoder, which takes
# more time than the synthesiser, is done in half of it.
_RATE = 24_000


def tune_html(tune: Tune, settings: RenderSettings | None = None) -> str:
    """Return HTML that shows `tune` in a notebook cell: its score, a player of its
    sound as an MP3, its waveform, and its ABC text.

    Sound and score are data URIs, so that nothing is fetched. The score is left out
    where the extra `score` is not installed. A tune that cannot be engraved or played
    is shown with the reason.
    """
    # Broken input leaves lone surrogates, which a notebook cannot be saved with.
    written = tune.text.strip().encode("utf-8", "replace").decode("utf-8")
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
    """Return the score as an image, or why there is none."""
    if missing_packages():
        return ""
    try:
        svg = Score(tune).svg
    except RenderError as error:
        return f"<p>{escape(str(error))}</p>"
    data = base64.b64encode(svg.encode("utf-8")).decode("ascii")
    title = escape(xml_text(tune.title) or "A tune")
    # On white, because it is drawn in black and a notebook may be dark.
    return (
        f'<img alt="{title}: score" style="width:100%;background:#fff" '
        f'src="data:{FORMATS["svg"].media_type};base64,{data}">'
    )
