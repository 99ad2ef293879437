"""The app: the page and its files."""

import re

from tests.studio.server import Server


def test_the_page_and_its_files_are_served(server: Server) -> None:
    page = server.client.get("/")
    assert page.headers["content-type"].startswith("text/html")
    files = set(re.findall(r'(?:src|href)="(static/[^"#?]+)"', page.text))
    assert files
    for file in files:
        assert server.client.get(f"/{file}").status_code == 200
