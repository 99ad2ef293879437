"""Pictures of a waveform: SVG with nothing but NumPy."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

import numpy as np
import numpy.typing as npt

from abcrun.errors import RenderError, UsageError
from abcrun.sound.samples import Samples

_LEFT, _TOP, _RIGHT, _AXIS = 12, 10, 12, 26  # margins in units of the picture
_TITLE = 24  # units that the title takes
_MAX_TITLE = 100  # characters
_COLUMN = 3  # units from one column to the next
_BAR = 2  # of them drawn

# Readable on white and on black alike, so that the picture suits any page.
_PEAK_COLOUR = "#5b9bd5"
_BODY_COLOUR = "#2f6fb3"
_TEXT_COLOUR = "#7a7f87"

_FONTS = "Helvetica Neue, Helvetica, Arial, Liberation Sans, Noto Sans, DejaVu Sans, sans-serif"

_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600)
"""Seconds that there may be between two marks of the time axis."""

# How wide the figures of the time axis are, nearly.
_ADVANCES = {":": 3.6, ".": 3.6}
_ADVANCE = 6.6


@dataclass(frozen=True, slots=True)
class _Mark:
    """A mark of the time axis."""

    x: float
    label: str


def waveform_svg(
    samples: Samples,
    rate: int,
    *,
    title: str = "",
    width: int = 960,
    height: int = 180,
    fonts: str = _FONTS,
) -> str:
    """Draw the waveform of `samples`, all channels in one picture, as SVG text.

    A column shows the lowest and the highest sample of its time in a light colour, and
    the RMS in a strong one. The axis counts minutes and seconds. The background is
    transparent, and the colours are readable on light and dark pages. `title` stands
    above; a picture without one has only a hidden title, for those who do not see it.
    `width` and `height` are in CSS pixels; the picture scales without loss. `fonts` are
    the families of its text.

    Raises `UsageError` for a size under 200 by 80, `RenderError` for no samples or
    samples that are not numbers.
    """
    if width < 200 or height < 80:
        raise UsageError(
            f"a waveform of {width} by {height} is too small to draw: give at least 200 by 80"
        )
    if rate <= 0:
        raise UsageError(f"sample rate {rate} Hz is out of range: above 0")
    if samples.size == 0:
        raise RenderError("there are no samples to draw")
    title = _shown_title(title)
    top = _TOP + (_TITLE if title else 0)
    bottom = height - _AXIS
    middle, half = (top + bottom) / 2, (bottom - top) / 2
    columns = (width - _LEFT - _RIGHT) // _COLUMN
    low, high, rms = _columns(samples.reshape(len(samples), -1), columns)
    scale = half / max(float(high.max()), -float(low.min()), 1e-9)
    seconds = len(samples) / rate
    spoken = f"{title or 'Sound'}: waveform, {_clock(round(seconds))} long"

    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" aria-label="{escape(spoken)}">',
        f"<title>{escape(title or 'Waveform')}</title>",
        f"<desc>{escape(spoken)}. The louder the sound, the taller the column.</desc>",
    ]
    if title:
        lines.append(
            f'<text x="{_LEFT}" y="{_TOP + 12}" font-family="{fonts}" font-size="15" '
            f'font-weight="600" fill="{_TEXT_COLOUR}">{escape(title)}</text>'
        )
    for colour, down, up in ((_PEAK_COLOUR, -low, high), (_BODY_COLOUR, rms, rms)):
        path = "".join(_bars(middle, down * scale, up * scale))
        lines.append(
            f'<path fill="none" stroke="{colour}" stroke-width="{_BAR}" '
            f'stroke-linecap="round" d="{path}"/>'
        )
    lines += _axis(list(_marks(seconds, width)), bottom + 7, width, fonts)
    lines.append("</svg>")
    return "\n".join(lines) + "\n"


def _shown_title(title: str) -> str:
    """Return a title in printable characters, cut when long."""
    title = "".join(character if character.isprintable() else " " for character in title).strip()
    return title if len(title) <= _MAX_TITLE else title[: _MAX_TITLE - 1].rstrip() + "…"


def _columns(
    samples: Samples, count: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the lowest sample, the highest and the RMS in each of `count` columns."""
    edges = np.linspace(0, len(samples), count + 1).astype(np.intp)
    low, high, rms = np.zeros(count), np.zeros(count), np.zeros(count)
    for column in range(count):
        part = samples[edges[column] : max(edges[column + 1], edges[column] + 1)]
        low[column], high[column] = min(0.0, part.min()), max(0.0, part.max())
        rms[column] = np.sqrt(np.mean(np.square(part, dtype=np.float64)))
    if not np.isfinite(rms).all():
        raise RenderError("the sound holds samples that are not numbers (NaN or infinity)")
    return low, high, rms


def _bars(
    middle: float, down: npt.NDArray[np.float64], up: npt.NDArray[np.float64]
) -> Iterator[str]:
    """Yield a stroke for each column, as SVG path data in relative steps. The round
    ends of a stroke, half a bar each, are part of its height."""
    x, y = 0.0, 0.0
    for column in range(len(down)):
        above = round(middle - max(float(up[column]) - _BAR / 2, 0.0), 1)
        length = round(
            max(float(up[column]) - _BAR / 2, 0.0) + max(float(down[column]) - _BAR / 2, 0.0), 1
        )
        left = _LEFT + column * _COLUMN + _COLUMN / 2
        yield (
            f"m{left - x:g} {round(above - y, 1):g}v{length:g}"
            if column
            else f"M{left:g} {above:g}v{length:g}"
        )
        x, y = left, round(above + length, 1)


def _marks(seconds: float, width: int) -> Iterator[_Mark]:
    """Yield the marks of the time axis, at most one for each 80 units."""
    span = width - _LEFT - _RIGHT
    step = next((step for step in _STEPS if seconds / step <= span / 80), _STEPS[-1])
    # A hair more, so that rounding does not lose the mark at the very end.
    for index in range(int(seconds / step + 1e-9) + 1):
        yield _Mark(_LEFT + span * index * step / seconds, _clock(index * step))


def _clock(seconds: float) -> str:
    """Return 1:05, or 0:00.5 where the marks are closer than a second."""
    tenths = round(seconds * 10)
    text = f"{tenths // 600}:{tenths // 10 % 60:02}"
    return f"{text}.{tenths % 10}" if tenths % 10 else text


def _axis(marks: list[_Mark], top: int, width: int, fonts: str) -> list[str]:
    """Return the lines of SVG that draw the time axis."""
    ticks = "".join(f"M{mark.x:.1f} {top}v4" for mark in marks)
    lines = [
        f'<path fill="none" stroke="{_TEXT_COLOUR}" d="M{_LEFT} {top}H{width - _RIGHT}{ticks}"/>'
    ]
    # A label is centred on its mark, but stays inside the picture.
    lengths = [
        sum(_ADVANCES.get(character, _ADVANCE) for character in mark.label) for mark in marks
    ]
    starts = [
        min(max(mark.x - length / 2, 1.0), width - 1.0 - length)
        for mark, length in zip(marks, lengths, strict=True)
    ]
    lines.append(f'<g font-family="{fonts}" font-size="11" fill="{_TEXT_COLOUR}">')
    lines += [
        f'<text x="{x:.1f}" y="{top + 17}">{mark.label}</text>'
        for mark, x in zip(marks, starts, strict=True)
    ]
    lines.append("</g>")
    return lines
