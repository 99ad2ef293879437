"""Preview cards: what messengers and networks show of a link that holds a tune.

The tune stands in the link itself, packed as the page's share.js packs it. Nothing of
it is kept, but for the picture, which goes when others take its place.
"""

import base64
import json
import re
import zlib
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.responses import Response

from abcrun import __version__
from abcrun.notation.key import read_key
from abcrun.studio import jobs
from abcrun.studio.document import document, tagged
from abcrun.studio.errors import Refusal
from abcrun.studio.quotas import Allowance
from abcrun.studio.service import Studio
from abcrun.studio.streaming import unless_gone

MOST_PACKED = 4000
"""Characters of a tune in a link that the server reads; longer ones the page alone
reads, behind a #."""
MOST_UNPACKED = 64 * 1024
"""Bytes: a link made by hand must not fill the memory."""
MOST_DRAWN = 8000
"""Characters of a tune that has a picture."""
PREVIEWS = 30
"""Pictures a minute that each process draws: whoever previews a link has no token."""

_PACKED = re.compile(rf"[A-Za-z0-9_-]{{1,{MOST_PACKED}}}")
_HOST = re.compile(r"[A-Za-z0-9.:\[\]-]{1,255}")
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]{1,100}){1,8}")
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class Card:
    """What is said of a tune."""

    title: str
    description: str


def add_cards(app: FastAPI, studio: Studio) -> None:
    """Add the page, with a card where the link holds a tune, and the card's picture."""
    allowance = Allowance(PREVIEWS, "previews")

    @app.get("/", include_in_schema=False)
    async def page(request: Request) -> Response:
        packed = request.query_params.get("tune", "")
        abc = unpacked(packed)
        tags = "" if abc is None else tags_of(card_of(abc), _picture(request, packed))
        html = document().replace("</head>", f"{tags}</head>", 1)
        return tagged(request, html.encode(), "text/html; charset=utf-8")

    @app.get("/card.png", include_in_schema=False)
    async def picture(request: Request) -> Response:
        abc = unpacked(request.query_params.get("tune", ""))
        if abc is None or len(abc) > MOST_DRAWN:
            raise Refusal(404, "not-found", "this link holds no tune that can be read")
        hashed = sha256(f"{__version__}\n{abc}".encode("utf-8", "surrogatepass")).hexdigest()
        file = studio.renderings.get(name := f"card-{hashed}.png")
        if file is None:
            allowance.check()
            allowance.take(1)
            work = studio.renderers.run(jobs.card, abc)
            file = await unless_gone(request.receive, work)
            studio.renderings.add(name, file)
        return Response(
            file.content,
            media_type="image/png",
            # Other sites may show it: that is what it is for.
            headers={
                "Cache-Control": "public, max-age=86400",
                "Cross-Origin-Resource-Policy": "cross-origin",
            },
        )


def unpacked(packed: str) -> str | None:
    """Return the ABC that a link holds; None for what is no such link."""
    if not _PACKED.fullmatch(packed):
        return None
    try:
        data = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
        text = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, MOST_UNPACKED)
        content = json.loads(text)
    except (ValueError, zlib.error, RecursionError):
        return None
    abc = content.get("abc") if isinstance(content, dict) else None
    return abc if isinstance(abc, str) and abc.strip() else None


def card_of(abc: str) -> Card:
    """Return what is said of a tune, by the fields of its header."""
    found: dict[str, str] = {}
    for line in abc.splitlines():
        letter, colon, value = line.partition(":")
        if colon and letter in ("T", "R", "M", "K"):
            found.setdefault(letter, _plain(value))
        if letter == "K":
            break
    field = read_key(found.get("K", ""))
    tonality = None if field is None else field.key
    key = f"{tonality.tonic} {tonality.mode}" if tonality and tonality.tonic else ""
    kind = (found.get("R") or "tune").capitalize()
    named = f"{kind} in {key}" if key else kind
    facts = ", ".join(filter(None, (named, found.get("M", ""))))
    return Card(found.get("T") or named, f"{facts}: see it, hear it, rework it.")


def tags_of(card: Card, picture: str) -> str:
    """Return a card as the tags of Open Graph; without a picture where its address is
    not known."""
    told = {
        "og:type": "website",
        "og:site_name": "abcrun studio",
        "og:title": card.title,
        "og:description": card.description,
    }
    if picture:
        size = {"og:image:width": str(jobs.CARD[0]), "og:image:height": str(jobs.CARD[1])}
        told |= {"og:image": picture} | size | {"og:image:alt": f"Score of {card.title}"}
        told["twitter:card"] = "summary_large_image"
    return "".join(
        f'<meta property="{name}" content="{escape(value)}" />\n' for name, value in told.items()
    )


def _picture(request: Request, packed: str) -> str:
    """Return the whole address of a card's picture, as the client reached the page; ""
    where it is not known."""
    # Only the client itself, or its proxy, says so, and only the client is answered.
    host = request.headers.get("host", "")
    prefix = request.headers.get("x-forwarded-prefix", "").rstrip("/")
    is_known = _HOST.fullmatch(host) and (not prefix or _PREFIX.fullmatch(prefix))
    if not is_known:
        return ""
    proto = request.headers.get("x-forwarded-proto", "")
    scheme = proto if proto in ("http", "https") else request.url.scheme
    return f"{scheme}://{host}{prefix}/card.png?tune={quote(packed)}"


def _plain(text: str) -> str:
    """Return a field's words in one line of bounded length."""
    words = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1].rstrip() + "…"
