"""The app: the page and its files."""

import io
import json
import re

from PIL import Image

from abcrun.studio.document import version
from tests.studio.server import Server


def test_the_page_and_its_files_are_served(server: Server) -> None:
    page = server.client.get("/")
    assert page.headers["content-type"].startswith("text/html")
    files = set(re.findall(r'(?:src|href)="(static/[^"#?]+)"', page.text))
    assert files
    for file in files:
        answer = server.client.get(f"/{file}")
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]


def test_files_stand_in_the_folder_of_their_version_alone(server: Server) -> None:
    right = f"/static/{version()}/app.js"
    assert right.removeprefix("/") in server.client.get("/").text
    assert server.client.get(right).text == server.client.get("/static/app.js").text
    assert server.client.get("/static/app.js").headers["cache-control"] == "no-cache"
    for wrong in (f"/static/{'0' * 16}/app.js", f"/static/{version()}/x/app.js"):
        assert server.client.get(wrong).status_code == 404


def test_a_page_that_is_known_is_not_sent_again(server: Server) -> None:
    for path in ("/", "/v1/instruments"):
        first = server.client.get(path)
        tag = first.headers["etag"]
        assert first.headers["cache-control"] == "no-cache"
        again = server.client.get(path, headers={"If-None-Match": f'"x", {tag}'})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
        other = server.client.get(path, headers={"If-None-Match": '"x"'})
        assert (other.status_code, other.content) == (200, first.content)


def test_the_worker_keeps_every_file_that_the_page_names(server: Server) -> None:
    script = server.client.get("/worker.js")
    assert script.headers["content-type"].startswith("text/javascript")
    kept = set(json.loads(script.text.partition(";\n")[0].partition("= ")[2])["files"])
    named = set(re.findall(r'(?:src|href)="(static/[^"#?]+)"', server.client.get("/").text))
    assert named < kept
    for file in kept:
        assert server.client.get(f"/{file}").status_code == 200


def test_it_can_be_installed(server: Server) -> None:
    answer = server.client.get("/manifest.webmanifest")
    assert answer.headers["content-type"] == "application/manifest+json"
    manifest = answer.json()
    assert manifest["start_url"] == manifest["scope"] == "./"
    assert manifest["display"] == "standalone"
    sizes = set()
    for icon in manifest["icons"]:
        picture = server.client.get(f"/{icon['src']}")
        assert picture.headers["content-type"] == icon["type"]
        if icon["type"] == "image/png":
            with Image.open(io.BytesIO(picture.content)) as opened:
                assert "{}x{}".format(*opened.size) == icon["sizes"]
                # The ground of favicon.svg, to the edge: the system cuts the corners.
                assert opened.convert("RGB").getpixel((0, 0)) == (0x9A, 0x2A, 0x1C)
            sizes.add((icon["sizes"], icon.get("purpose", "any")))
    assert sizes == {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")}
