"""Fonts for the text of PNG and PDF: where they are looked for, and what is said of
characters that none of them has. The text of SVG is drawn in the fonts of the reader's
browser."""

import os
import warnings
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from abcrun.errors import MissingGlyphsWarning, RenderError

FONTS_VARIABLE = "ABCRUN_FONTS"
"""Names a folder of fonts (TTF, OTF, TTC), or several, parted as in PATH."""

_FALLBACK = ("weblate_fonts", "static/weblate_fonts/kurinto/ttf")
"""The package of the extra `fonts`, and the folder in it that has all scripts."""


def font_folders() -> list[str]:
    """Return the folders of fonts that are used beside the system's: those that
    `ABCRUN_FONTS` names, and that of the extra `fonts`.

    Raises `RenderError` for a folder that is not there.
    """
    folders = [folder for folder in os.environ.get(FONTS_VARIABLE, "").split(os.pathsep) if folder]
    for folder in folders:
        if not Path(folder).is_dir():
            raise RenderError(f"{FONTS_VARIABLE} names {folder}, which is no folder")
    package, inside = _FALLBACK
    found = find_spec(package)
    places = (found.submodule_search_locations if found is not None else None) or ()
    return folders + [str(Path(place) / inside) for place in places]


def warn_of_missing(characters: Sequence[str]) -> None:
    """Warn of characters that no font has, if there are any."""
    if characters:
        # At the call of `Score.png` or `Score.pdf`.
        warnings.warn(MissingGlyphsWarning(tuple(characters)), stacklevel=5)
