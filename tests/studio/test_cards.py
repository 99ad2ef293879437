"""Preview cards: what others are shown of a link that holds a tune."""

import base64
import io
import json
import re
import zlib
from html import unescape

import pytest
from PIL import Image

from abcrun.studio import cards
from tests.studio.server import Server, error_of, running

JIG = 'X:1\nT:Tom & "Jerry"\'s <b>Fancy</b>\nR:jig\nM:6/8\nL:1/8\nK:Ador\nABc def|gfe dcB|\n'


def packed(content: object) -> str:
    """Pack what a link is to hold, as the page does."""
    deflate = zlib.compressobj(wbits=-15)
    data = deflate.compress(json.dumps(content).encode()) + deflate.flush()
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def tags(html: str) -> dict[str, str]:
    found = re.findall(r'<meta property="([a-z:]+)" content="([^"]*)" />', html)
    return {name: unescape(value) for name, value in found}


def test_a_link_says_what_its_tune_is_and_shows_its_score(server: Server) -> None:
    html = server.client.get("/", params={"tune": packed({"abc": JIG, "tempo": 80})}).text
    told = tags(html)
    assert told["og:title"] == 'Tom & "Jerry"\'s <b>Fancy</b>'
    assert told["og:description"].startswith("Jig in A dorian, 6/8: ")
    assert "<b>" not in html
    assert told["og:image"].startswith(f"{server.url}card.png?tune=")
    picture = server.client.get(told["og:image"])
    assert picture.headers["content-type"] == "image/png"
    assert picture.headers["cross-origin-resource-policy"] == "cross-origin"
    with Image.open(io.BytesIO(picture.content)) as opened:
        size = (told["og:image:width"], told["og:image:height"])
        assert tuple(map(str, opened.size)) == size
        ink = opened.convert("L").point(lambda light: 255 * (light < 100)).getbbox()
    assert ink is not None and ink[2] - ink[0] > 400


def test_the_picture_has_the_address_that_the_proxy_is_reached_by(server: Server) -> None:
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/tunes/", "Host": "localhost"}
    link = {"tune": packed({"abc": JIG})}
    told = tags(server.client.get("/", params=link, headers=forwarded).text)
    assert told["og:image"].startswith("https://localhost/tunes/card.png?tune=")
    for wrong in ({"X-Forwarded-Proto": "javascript"}, {"X-Forwarded-Prefix": '/"><script>'}):
        html = server.client.get("/", params=link, headers=forwarded | wrong).text
        assert "javascript:" not in html and '"><script>' not in html


@pytest.mark.parametrize(
    "link",
    [
        "",
        "AAAA",
        "!" * 50,
        packed({"abc": ""}),
        packed({"abc": 3}),
        packed([JIG]),
        packed({"abc": "x" * 100_000}),
        packed({"abc": JIG})[:-9],
        "A" * 20_000,
        base64.urlsafe_b64encode(zlib.compress(b"[" * 60_000, wbits=-15)).decode().rstrip("="),
    ],
)
def test_a_hostile_link_is_the_plain_page(server: Server, link: str) -> None:
    answer = server.client.get("/", params={"tune": link})
    assert answer.status_code == 200
    assert tags(answer.text) == {}
    picture = server.client.get("/card.png", params={"tune": link})
    assert picture.status_code == 404
    assert error_of(picture)["kind"] == "not-found"


def test_a_tune_that_cannot_be_drawn_has_words_and_no_picture(server: Server) -> None:
    for abc, status in (("no tune at all", 422), (JIG + "A" * 9000, 404)):
        link = {"tune": packed({"abc": abc})}
        assert "og:title" in tags(server.client.get("/", params=link).text)
        assert server.client.get("/card.png", params=link).status_code == status


def test_strange_words_of_a_header_stay_words(server: Server) -> None:
    abc = f"X:1\nT:{'long ' * 500}\x00\u202e\ud83c\nR:\nK:none\nA|\n"
    told = tags(server.client.get("/", params={"tune": packed({"abc": abc})}).text)
    assert len(told["og:title"]) <= 120
    assert told["og:description"].startswith("Tune: ")


def test_pictures_are_drawn_so_often_a_minute_and_need_no_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cards, "PREVIEWS", 1)
    with running(token="a-long-enough-secret-token") as server:
        # One may be borrowed from the next minute.
        links = [{"tune": packed({"abc": JIG + extra})} for extra in ("", "A|\n", "B|\n")]
        answers = [server.client.get("/card.png", params=link) for link in links]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert int(answers[-1].headers["retry-after"]) >= 1
        # One that is kept costs nothing.
        assert server.client.get("/card.png", params=links[0]).status_code == 200
