"""A server and the library beside it, for the tests of the service; a browser (Debian's
Chromium), for those of the page."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from abcrun import Model
from tests.studio.page import CHROMIUM, Visit
from tests.studio.server import Server, running


@pytest.fixture(scope="package")
def server() -> Iterator[Server]:
    """Serve a studio as it is by default."""
    with running() as one:
        yield one


@pytest.fixture(scope="package")
def model() -> Iterator[Model]:
    """Load the server's model once more, to compare with what the server answers."""
    with Model.load(None, "cpu", threads=1) as one:
        yield one


@pytest.fixture(scope="package")
def url() -> Iterator[str]:
    """Serve a studio for the tests of the page and give its address."""
    with running(render_timeout=60) as server:
        yield server.url


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    """Start Chromium; the test is skipped where it or playwright is missing."""
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason="the page's tests need playwright (group test)"
    )
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed (apt-get install chromium): the page is not tested")
    with sync_api.sync_playwright() as playwright:
        one = playwright.chromium.launch(executable_path=CHROMIUM)
        yield one
        one.close()


@pytest.fixture
def visit(browser: Any, url: str) -> Iterator[Callable[..., Visit]]:
    """Begin visits, each in a context of its own.

    None may end with a complaint of the browser or a request to another host.
    """
    visits: list[Visit] = []

    def begin(**options: Any) -> Visit:
        visits.append(Visit(browser, url, **options))
        return visits[-1]

    yield begin
    for one in visits:
        one.context.close()
        assert one.complaints == []
        assert one.hosts <= {urlsplit(url).netloc}
