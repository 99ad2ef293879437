"""What a tune shows in Jupyter: its text, a player, and its waveform."""

import base64
from html import escape
from typing import TYPE_CHECKING

from abcrun.errors import RenderError
from abcrun.rendering import RenderSettings, tune_samples
from abcrun.sound import MIME_TYPES, encode_sound
from abcrun.waveform import waveform_svg

if TYPE_CHECKING:
    from abcrun.notation import Tune

# MP3 because every browser plays it. At this rate the built-in instruments lose nothing that can be heard, and the
# encoder, which takes more time than the synthesiser, is done in half of it.
_FORMAT, _RATE = "mp3", 24_000


def tune_html(tune: "Tune", settings: RenderSettings | None = None) -> str:
    """HTML that shows `tune` in a notebook cell: title, ABC text, an audio player on an MP3, and the waveform as SVG.

    Nothing is fetched: the sound is a data URI. A tune that cannot be played is shown as its text and the reason.
    """
    written = tune.text.strip().encode("utf-8", "replace").decode("utf-8")  # broken input leaves lone surrogates
    text = f'<pre style="margin:0.5em 0">{escape(written)}</pre>'
    try:
        samples, rate = tune_samples(tune, settings or RenderSettings(rate=_RATE))
        sound = base64.b64encode(encode_sound(samples, rate, _FORMAT)).decode("ascii")
        picture = waveform_svg(samples, rate, title=tune.title)
    except RenderError as error:
        return f"<div>{text}<p>{escape(str(error))}</p></div>"
    return (
        f'<div style="max-width:960px">{picture}'
        f'<audio controls preload="metadata" style="width:100%" '
        f'src="data:{MIME_TYPES[_FORMAT]};base64,{sound}"></audio>'
        f"{text}</div>"
    )
