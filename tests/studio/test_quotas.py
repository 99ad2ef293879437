"""Quotas: how much a client may have done in a minute."""

import httpx
import pytest

from abcrun.studio.errors import Refusal
from abcrun.studio.quotas import Allowance
from tests.studio.server import JIG, TUNE, Server, error_of, running


class Clock:
    """A clock that is set."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def wait_of(allowance: Allowance) -> int | None:
    """Return for how many seconds an allowance refuses; None where it does not."""
    try:
        allowance.check()
    except Refusal as refusal:
        assert (refusal.status, refusal.kind) == (429, "quota")
        return refusal.retry_after
    return None


def test_it_comes_back_in_the_course_of_a_minute() -> None:
    clock = Clock()
    allowance = Allowance(60, "tunes", clock)
    assert wait_of(allowance) is None
    allowance.take(90)  # more than there is: then one waits the longer
    assert wait_of(allowance) == 30
    clock.now += 29
    assert wait_of(allowance) == 1
    clock.now += 1.5
    assert wait_of(allowance) is None
    clock.now += 3600
    assert wait_of(allowance) is None
    allowance.take(60)  # what was not used in an hour is no more than a minute's
    assert wait_of(allowance) == 1


def test_none_is_endless() -> None:
    allowance = Allowance(0, "tunes")
    allowance.take(1e9)
    assert wait_of(allowance) is None


@pytest.mark.parametrize(
    ("setting", "path", "body"),
    [
        ("quota_requests", "/v1/transpose", {"abc": TUNE}),
        ("quota_tunes", "/v1/tunes", JIG | {"max_chars": 100}),
        ("quota_rendering", "/v1/render", {"abc": TUNE, "format": "wav"}),
    ],
)
def test_each_token_has_its_own(setting: str, path: str, body: dict[str, object]) -> None:
    # One a minute, the least there is: used up by the first request, or by some more.
    with running(token="first, second", max_kept=0, **{setting: 1}) as server:
        first, second = ({"Authorization": f"Bearer {token}"} for token in ("first", "second"))
        refused = until_refused(server, path, body, first)
        assert error_of(refused)["kind"] == "quota"
        assert 1 <= int(refused.headers["retry-after"]) <= 120
        assert server.post(path, body, **second).status_code == 200
        assert server.post(path, body, Authorization="Bearer third").status_code == 401
        assert server.client.get("/metrics", headers=first).status_code == 200


def until_refused(
    server: Server, path: str, body: dict[str, object], headers: dict[str, str]
) -> httpx.Response:
    """Ask until the quota is used up; return the refusal."""
    for _ in range(100):
        answer = server.post(path, body, **headers)
        if answer.status_code == 429:
            return answer
        assert answer.status_code == 200
    raise AssertionError("it was never refused")
