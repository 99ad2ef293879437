"""Hostile texts: nobody gets an error of the server, or sees a file."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests import hostile
from tests.studio.server import TUNE, Server, error_of

HOSTILE: dict[str, dict[str, Any]] = {
    "check": {},
    "score": {},
    "render": {"format": "mid"},
    "waveform": {"points": 10},
    "tunes": {"max_chars": 5},
    "rewrite": {"bars": [0, 1], "candidates": 1},
    "vary": {"candidates": 1},
    "continue": {"candidates": 1},
}


@pytest.mark.parametrize(("path", "more"), HOSTILE.items())
def test_hostile_texts(server: Server, path: str, more: dict[str, Any]) -> None:
    def send(text: str) -> httpx.Response:
        return server.post(f"/v1/{path}", {"prompt" if path == "tunes" else "abc": text, **more})

    # Composing takes long, and all texts are read as /v1/check reads them.
    step = 3 if "candidates" in more else 1
    names, texts = zip(*itertools.islice(hostile.crafted(), 0, None, step), strict=True)
    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(send, texts))
    for name, answer in zip(names, answers, strict=True):
        assert answer.status_code in (200, 413, 422), (name, answer.text)
        assert b"root:" not in answer.content
        if answer.status_code != 200:
            error_of(answer)
    assert sum(answer.status_code == 422 for answer in answers) > 5
    assert server.post("/v1/check", {"abc": TUNE}).status_code == 200
