"""The studio's server: what its routes answer, what it refuses, and that it stays well
whatever is sent to it."""

import asyncio
import io
import itertools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import mido
import pytest
import schemathesis
import soundfile
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode

from abcrun import Model, Tune, UsageError, render
from abcrun.inference.engine import Engine
from abcrun.inference.request import Generated
from abcrun.studio import Settings
from abcrun.studio.composer import Composer, Composition, ProgressEvent
from abcrun.studio.errors import Refusal
from abcrun.studio.jobs import file_name
from abcrun.studio.metrics import Metrics
from abcrun.studio.renderers import Renderers
from tests import hostile
from tests.conftest import ROOT, abcrun, run
from tests.studio.server import JSON, STREAM, Server, parse_events, running
from tests.traditional import ALL

ADDRESS = "http://127.0.0.1:8228/"  # in the README
TUNE = ALL[0]
WISHES = {"rhythm": "jig", "key": "Ador", "bars": 16, "seed": 7}
LONG = {"count": 16, "guide": "off", "max_chars": 4000, "seed": 3, "temperature": 2.0, "top_k": 60}
"""Tunes of plain sampling so hot that they hardly find an end."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running() as one:
        yield one


@pytest.fixture(scope="module")
def model() -> Iterator[Model]:
    with Model.load(None, "cpu", threads=1) as one:
        yield one


def error_of(response: httpx.Response) -> dict[str, str]:
    error = response.json()["error"]
    assert set(error) == {"kind", "message"}
    assert "\n" not in error["message"]
    return error


# Composing


def test_tunes_are_those_of_the_library(server: Server, model: Model) -> None:
    answer = server.post("/v1/tunes", WISHES | {"count": 2})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    tunes = answer.json()["tunes"]
    expected = list(model.generate(2, **WISHES))
    assert [tune["abc"] for tune in tunes] == [tune.text for tune in expected]
    assert [tune["index"] for tune in tunes] == [0, 1]
    first = tunes[0]
    assert (first["seed"], first["key"], first["meter"], first["complete"]) == (
        7,
        "A dorian",
        "6/8",
        True,
    )
    assert first["title"] == Tune.parse(first["abc"]).title
    assert first["problems"] == []
    assert first["characters"] == expected[0].characters
    assert (
        first["originality"]["longest_run"]
        == Tune.parse(first["abc"]).originality().longest_run
        <= 15
    )


def test_a_stream_tells_how_a_tune_grows(server: Server) -> None:
    events = list(server.events("/v1/tunes", WISHES))
    names = [name for name, _ in events]
    assert names[0] == "progress"
    assert names[-2:] == ["tune", "end"]
    assert events[-1][1] == {"count": 1}
    grown = [data["abc"] for name, data in events if name == "progress"]
    tune = events[-2][1]
    head = tune["abc"].partition("K:")[0]
    assert all(abc.startswith(head) and Tune.parse(abc).key.text == "Ador" for abc in grown)
    assert len(grown[0]) < len(tune["abc"])
    assert tune == server.post("/v1/tunes", WISHES).json()["tunes"][0]


def test_the_settings_of_a_tune_bring_it_back_alone(server: Server) -> None:
    tunes = server.post("/v1/tunes", {"count": 3, "meter": "3/4", "best_of": 2}).json()["tunes"]
    assert len({tune["seed"] for tune in tunes}) == 1
    again = server.post("/v1/tunes", tunes[2]["settings"]).json()["tunes"]
    assert again == [tunes[2]]


def test_the_best_of_several_is_that_of_the_library(server: Server, model: Model) -> None:
    tunes = server.post("/v1/tunes", {"seed": 5, "best_of": 3, "key": "G"}).json()["tunes"]
    (expected,) = model.generate(1, seed=5, best_of=3, key="G")
    assert tunes[0]["abc"] == expected.text
    assert tunes[0]["attempts"] == expected.attempts >= 3


def test_plain_sampling_may_write_what_is_no_tune(server: Server) -> None:
    body = {"guide": "off", "temperature": 9.0, "top_k": 80, "max_chars": 60, "seed": 1}
    tune = server.post("/v1/tunes", body).json()["tunes"][0]
    assert not tune["complete"]
    assert tune["problems"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"meter": "7/8"}, "the model knows no such tunes"),
        ({"key": "H"}, "H"),
        ({"count": 0}, "count"),
        ({"count": 33}, "at most 32"),
        ({"count": 5, "best_of": 10}, "50 tunes would be composed"),
        ({"max_chars": 5000}, "at most 4000"),
        ({"prompt": "|:G2B d2B|"}, "name the key and the meter"),
        ({"guide": "hard"}, "guide"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**64}, "seed"),
        ({"seed": 1.5}, "seed"),
        ({"count": True}, "count"),
        ({"count": "2"}, "count"),
        ({"temperature": 0}, "temperature"),
        ({"guide": "off", "max_copied": 14}, "max_copied"),
        ({"colour": "red"}, "colour"),
        ({"title": "\ud800"}, "title"),
    ],
)
def test_what_cannot_be_composed_is_told_in_a_line(
    server: Server, body: dict[str, Any], message: str
) -> None:
    for accept in ("application/json", "text/event-stream"):
        answer = server.post("/v1/tunes", body, Accept=accept)
        assert answer.status_code == 422
        error = error_of(answer)
        assert error["kind"] == "usage"
        assert message in error["message"]


def test_about_the_model(server: Server) -> None:
    about = server.client.get("/v1/model").json()
    assert about["name"] == "folk"
    assert {"6/8", "4/4", "3/4"} <= set(about["meters"])
    assert {"jig", "slide"} <= set(about["rhythms_by_meter"]["6/8"])
    assert "reel" not in about["rhythms_by_meter"]["6/8"]
    assert {"major", "dorian"} <= set(about["modes"])
    assert "AABB" in about["forms"]
    assert about["instruments"][0] == "piano"
    assert about["limits"]["max_count"] == 32
    for meter in about["meters"]:
        assert server.post("/v1/tunes", {"meter": meter, "max_chars": 5}).status_code == 200


# Changing


def test_changes_are_those_of_the_library(server: Server, model: Model) -> None:
    abc = next(model.generate(1, **WISHES)).text
    for path, body, expected in (
        ("rewrite", {"bars": [4, 8]}, model.rewrite(abc, range(4, 8), seed=3)),
        ("vary", {"amount": 0.4}, model.vary(abc, 0.4, seed=3)),
        ("continue", {}, model.continue_(abc, seed=3)),
    ):
        body = {"abc": abc, "seed": 3, **body}
        (tune,) = server.post(f"/v1/{path}", body).json()["tunes"]
        assert tune["abc"] == expected.text != abc
        assert tune["attempts"] == expected.attempts >= 8
        assert tune["settings"] == body
        events = list(server.events(f"/v1/{path}", body))
        assert {name for name, _ in events} == {"progress", "tune", "end"}
        assert events[-2][1] == tune


def test_rewriting_leaves_the_rest_as_it_is(server: Server) -> None:
    body = {"abc": TUNE, "bars": [2, 4], "candidates": 2}
    (tune,) = server.post("/v1/rewrite", body).json()["tunes"]
    bars = [(bar.line, bar.column) for bar in Tune.parse(TUNE).bars]
    lines = TUNE.split("\n")
    (line, column), (end_line, end_column) = bars[2], bars[4]
    assert tune["abc"].startswith("\n".join([*lines[: line - 1], lines[line - 1][: column - 1]]))
    assert (
        tune["abc"]
        .rstrip()
        .endswith("\n".join([lines[end_line - 1][end_column - 1 :], *lines[end_line:]]).rstrip())
    )


@pytest.mark.parametrize(
    ("path", "body", "kind", "message"),
    [
        ("rewrite", {"abc": TUNE, "bars": [90, 91]}, "usage", "there is no bar 90"),
        ("rewrite", {"abc": TUNE, "bars": [4, 4]}, "usage", "none to draw anew"),
        ("rewrite", {"abc": TUNE, "bars": [4]}, "usage", "bars"),
        ("rewrite", {"abc": TUNE, "bars": [0, 10**9]}, "usage", "bars"),
        ("vary", {"abc": TUNE, "amount": 0}, "usage", "amount"),
        ("vary", {"abc": "no tune"}, "notation", "there is no tune"),
        ("vary", {"abc": TUNE, "candidates": 33}, "usage", "at most 32"),
        ("continue", {"abc": "X:1\nM:7/8\nL:1/8\nK:C\nCDEFGAB|\n"}, "usage", "7/8"),
        ("continue", {"abc": "X" * 4001}, "usage", "abc"),
    ],
)
def test_what_cannot_be_changed_is_told(
    server: Server, path: str, body: dict[str, Any], kind: str, message: str
) -> None:
    answer = server.post(f"/v1/{path}", body)
    assert answer.status_code == 422
    assert error_of(answer)["kind"] == kind
    assert message in error_of(answer)["message"]


# A client that goes away


def test_a_client_that_is_gone_frees_its_rows(server: Server) -> None:
    assert server.settles("abcrun_rows", 0, 0)
    with httpx.stream("POST", f"{server.url}v1/tunes", content=json.dumps(LONG), headers=STREAM):
        assert server.settles("abcrun_rows", 10, 16)
    assert server.settles("abcrun_rows", 0, 0, within=1)
    assert server.metric("abcrun_waiting_tunes") == 0


def test_so_does_one_that_waits_for_json(server: Server) -> None:
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{server.url}v1/tunes", content=json.dumps(LONG), headers=JSON, timeout=0.3)
    assert server.settles("abcrun_rows", 0, 0, within=1)


class CountedEngine(Engine):
    """An engine that counts its steps."""

    steps = 0

    def step(self) -> Any:
        type(self).steps += 1
        return super().step()


def test_rows_are_free_within_one_step(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    metrics = Metrics()
    composer = Composer(
        model, 16, 16, metrics, make_engines=lambda model, slots: [CountedEngine(model, slots)]
    )
    freed: list[int] = []
    real_dec = metrics.rows.dec

    def dec(amount: float = 1) -> None:
        real_dec(amount)
        freed.append(CountedEngine.steps)

    monkeypatch.setattr(metrics.rows, "dec", dec)

    async def compose() -> int:
        composition = Composition()
        sampling = replace(model.spec.sampling, temperature=2.0, top_k=60)
        requests = model.requests(24, seed=1, guide="off", sampling=sampling, max_chars=4000)
        composer.submit(composition, requests, 24)
        while CountedEngine.steps < 40:
            await asyncio.sleep(0.001)
        freed.clear()
        composer.cancel(composition)
        return CountedEngine.steps

    composer.start()
    at_cancel = asyncio.run(compose())
    until = time.monotonic() + 5
    while composer.rows and time.monotonic() < until:
        time.sleep(0.001)
    composer.stop()
    assert len(freed) > 8  # some tunes had ended before
    assert all(step <= at_cancel + 1 for step in freed)  # one step may have been under way


def test_progress_is_told_now_and_then_and_a_tune_that_ends_at_once() -> None:
    async def told() -> list[ProgressEvent | Generated]:
        composition = Composition(progress_every=3600.0)
        found = []
        async with asyncio.timeout(30):
            composition.progress(0, lambda: "one bar")
            async for news in composition.news():
                found.append(news)
                if len(found) == 1:
                    composition.progress(0, lambda: "two bars")
                    composition.progress(1, lambda: "one bar")
                    composition.add(ended[0], is_last=False)
                elif len(found) == 2:
                    composition.add(ended[1], is_last=True)
        return found

    ended = [Generated("X:1", complete=True, seed=1, index=index) for index in (0, 1)]
    assert asyncio.run(told()) == [ProgressEvent(0, "one bar"), *ended]


def test_requests_take_turns_at_the_rows(model: Model) -> None:
    """One tune does not wait for all of a request for many."""
    composer = Composer(model, 2, 100, Metrics())

    async def compose() -> list[str]:
        ended: list[str] = []

        async def take(name: str, composition: Composition) -> None:
            ended.extend(
                [name async for news in composition.news() if not isinstance(news, ProgressEvent)]
            )

        many, one = Composition(), Composition()
        composer.submit(many, model.requests(20, seed=1, bars=16), 20)
        composer.submit(one, model.requests(1, seed=2, bars=16), 1)
        await asyncio.gather(take("many", many), take("one", one))
        return ended

    composer.start()
    ended = asyncio.run(compose())
    composer.stop()
    assert len(ended) == 21
    assert ended.index("one") < 6


def test_a_defect_while_composing_is_told_and_the_next_tune_composed(
    model: Model, caplog: pytest.LogCaptureFixture
) -> None:
    composer = Composer(model, 4, 4, Metrics())

    def broken(index: int, abc: str) -> None:
        raise ZeroDivisionError("a watcher's defect")

    async def compose(progress: Any) -> list[Any]:
        composition = Composition()
        composer.submit(composition, model.requests(1, seed=1, progress=progress), 1)
        return [news async for news in composition.news()]

    composer.start()
    with pytest.raises(Exception, match="composing failed: ZeroDivisionError"):
        asyncio.run(compose(broken))
    assert "a watcher's defect" in caplog.text
    assert len(asyncio.run(compose(None))) == 1
    composer.stop()
    assert not composer.is_alive


# Rendering and checking


def test_rendered_files_are_those_of_the_library(server: Server) -> None:
    tune = Tune.parse(TUNE)
    for name, kind, library_name in (
        ("wav", "audio/wav", "wav"),
        ("mid", "audio/midi", "midi"),
    ):
        answer = server.post("/v1/render", {"abc": TUNE, "format": name})
        assert answer.status_code == 200
        assert answer.headers["content-type"] == kind
        assert (
            answer.headers["content-disposition"]
            == f'attachment; filename="{file_name(tune.title)}.{name}"'
        )
        assert answer.content == render(tune, library_name)


def test_tempo_and_instrument(server: Server) -> None:
    body = {"abc": "X:1\nM:4/4\nL:1/4\nQ:1/4=60\nK:C\nCDEF|[Q:1/4=120]GABc|\n", "format": "mid"}
    as_written = mido.MidiFile(file=io.BytesIO(server.post("/v1/render", body).content))
    faster = server.post("/v1/render", body | {"tempo": 120, "instrument": "fiddle"}).content
    twice_as_fast = mido.MidiFile(file=io.BytesIO(faster))
    assert as_written.length == pytest.approx(6.0, abs=0.1)
    assert twice_as_fast.length == pytest.approx(3.0, abs=0.1)
    assert [message.program for message in twice_as_fast if message.type == "program_change"] == [
        40
    ]
    assert error_of(server.post("/v1/render", body | {"instrument": "kazoo"}))["kind"] == "usage"


def test_a_waveform_follows_the_sound(server: Server) -> None:
    answer = server.post("/v1/waveform", {"abc": TUNE, "points": 50}).json()
    sound, rate = soundfile.read(
        io.BytesIO(server.post("/v1/render", {"abc": TUNE, "format": "wav"}).content)
    )
    assert answer["seconds"] == pytest.approx(len(sound) / rate)
    assert len(answer["peaks"]) == 50
    assert max(answer["peaks"]) == pytest.approx(abs(sound).max(), abs=0.001)


def test_checking(server: Server) -> None:
    text = "X:1\nT:One\nM:6/8\nL:1/8\nK:Ador\nABc d|\n\nX:2\nT:Two\nK:C\n\n"
    tunes = server.post("/v1/check", {"abc": text}).json()["tunes"]
    assert [tune["title"] for tune in tunes] == ["One", ""]
    assert (tunes[0]["key"], tunes[0]["meter"], tunes[0]["bars"]) == ("A dorian", "6/8", 1)
    assert tunes[1]["problems"][0]["kind"] == "no-notes"
    assert tunes[1]["problems"][0]["line"] >= 9
    assert error_of(server.post("/v1/check", {"abc": "no tune"}))["kind"] == "notation"


def test_what_cannot_be_rendered_is_told_in_a_line(server: Server) -> None:
    for body, kind in (
        ({"abc": "hello", "format": "wav"}, "notation"),
        ({"abc": "", "format": "wav"}, "usage"),
        ({"abc": TUNE, "format": "exe"}, "usage"),
        ({"abc": TUNE, "format": "../../etc/passwd"}, "usage"),
        ({"abc": "X:1\nL:1/1\nQ:1/4=30\nK:C\n" + "C16|" * 20 + "\n", "format": "wav"}, "render"),
        ({"abc": "x" * 40_000, "format": "wav"}, "usage"),
    ):
        answer = server.post("/v1/render", body)
        assert answer.status_code == 422, body
        assert error_of(answer)["kind"] == kind


def test_names_of_files_are_harmless() -> None:
    assert file_name("The Long Way") == "the-long-way"
    assert file_name('../../etc/passwd"\r\nX: y') == "etc-passwd-x-y"
    assert file_name("Ríl na gCaorach") == "ril-na-gcaorach"
    assert file_name("琴") == file_name("") == "tune"
    assert len(file_name("a" * 5000)) == 60


def in_renderers(*jobs: tuple[Any, ...], most: int = 4, timeout: float = 1.0) -> list[Any]:
    """What one process gives for jobs, or the refusals, one after the other."""

    async def work() -> list[Any]:
        results: list[Any] = []
        for function, *arguments in jobs:
            try:
                results.append(await renderers.run(function, *arguments))
            except Refusal as refusal:
                results.append(refusal)
        return results

    renderers = Renderers(1, most, timeout, Metrics())
    renderers.start()
    try:
        return asyncio.run(work())
    finally:
        renderers.stop()


def test_a_process_that_crashes_or_hangs_is_replaced(caplog: pytest.LogCaptureFixture) -> None:
    before, crashed, between, hung, after = in_renderers(
        (abs, -1), (os._exit, 3), (abs, -2), (time.sleep, 60), (abs, -3)
    )
    assert (before, between, after) == (1, 2, 3)
    assert (crashed.status, crashed.kind) == (500, "crash")
    assert (hung.status, hung.kind) == (504, "timeout")
    assert "a rendering process ended" in caplog.text


def test_renderings_are_bounded_in_number() -> None:
    async def work() -> list[int]:
        jobs = [asyncio.ensure_future(renderers.run(time.sleep, 0.2)) for _ in range(3)]
        results = await asyncio.gather(*jobs, return_exceptions=True)
        return [result.status if isinstance(result, Refusal) else 200 for result in results]

    renderers = Renderers(1, 2, 5.0, Metrics())
    renderers.start()
    assert asyncio.run(work()) == [200, 200, 429]
    renderers.stop()


# Limits


def test_a_full_queue_is_429_with_a_time_to_try_again() -> None:
    with running(slots=2, max_queue=2, max_count=4) as server:
        body = json.dumps(LONG | {"count": 4})
        with httpx.stream("POST", f"{server.url}v1/tunes", content=body, headers=STREAM):
            assert server.settles("abcrun_rows", 2, 2)
            for accept in ("application/json", "text/event-stream"):
                answer = server.post("/v1/tunes", {}, Accept=accept)
                assert answer.status_code == 429
                assert error_of(answer)["kind"] == "busy"
                assert int(answer.headers["retry-after"]) >= 1
        assert server.settles("abcrun_rows", 0, 0)
        assert server.post("/v1/tunes", {}).status_code == 200


def test_time_over_is_504_or_an_event() -> None:
    with running(compose_timeout=0.2) as server:
        answer = server.post("/v1/tunes", LONG)
        assert answer.status_code == 504
        assert error_of(answer)["kind"] == "timeout"
        events = list(server.events("/v1/tunes", LONG))
        assert [name for name, _ in events][-2:] == ["error", "end"]
        assert events[-2][1]["kind"] == "timeout"
        assert server.settles("abcrun_rows", 0, 0)


def test_a_large_body_is_413(server: Server) -> None:
    large = json.dumps({"abc": "C" * 300_000}).encode()
    for content in (
        large,
        itertools.batched(large, 10_000) if sys.version_info >= (3, 12) else iter([large]),
    ):
        chunks = content if isinstance(content, bytes) else (bytes(chunk) for chunk in content)
        answer = httpx.post(f"{server.url}v1/check", content=chunks, headers=JSON)
        assert answer.status_code == 413
        assert error_of(answer)["kind"] == "too-large"


def test_a_head_without_end_is_400(server: Server) -> None:
    port = int(server.url.rstrip("/").rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(
            b"GET /v1/model HTTP/1.1\r\nX-Long: " + b"x" * 20_000
        )  # more than the 16 KB that it may have
        assert connection.recv(1000).startswith(b"HTTP/1.1 400 ")


def test_a_body_that_never_comes_is_408() -> None:
    with running(body_timeout=0.2) as server:
        port = int(server.url.rstrip("/").rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            head = f"POST /v1/check HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Type: application/json\r\n"
            connection.sendall(f'{head}Content-Length: 100\r\n\r\n{{"abc"'.encode())
            assert connection.recv(1000).startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"{", "application/json"),
        (b"\xff\xfe", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b'{"seed": ' + b"9" * 5000 + b"}", "application/json"),
        (b'{"temperature": NaN}', "application/json"),
        (b'{"temperature": 1e999}', "application/json"),
        (b'{"abc": "X:1"}', "text/plain"),
        (b"abc=X:1", "application/x-www-form-urlencoded"),
        (b"null", "application/json"),
        (b"", "application/json"),
    ],
)
def test_bodies_that_are_no_json_are_refused(server: Server, content: bytes, kind: str) -> None:
    for path in ("tunes", "check", "render", "waveform"):
        answer = server.client.post(f"/v1/{path}", content=content, headers={"Content-Type": kind})
        assert answer.status_code in (400, 422)
        error_of(answer)


def test_unknown_paths_and_methods(server: Server) -> None:
    assert error_of(server.client.get("/v1/nothing"))["kind"] == "not-found"
    answer = server.client.get("/v1/tunes")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    for path in (
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2fapp.py",
        "/static//etc/passwd",
    ):
        assert server.client.get(path).status_code == 404


# Who may


def test_on_loopback_only_local_names_and_pages(server: Server) -> None:
    def status(**headers: str) -> int:
        return server.client.get("/v1/model", headers=headers).status_code

    assert status() == 200
    assert status(Host="localhost:1234") == 200
    assert status(Host="[::1]:1234") == 200
    for host in ("evil.example", "localhost.evil.example", "", "127.0.0.1.nip.io", "[::1", "a b"):
        assert status(Host=host) == 403
    assert status(Origin=server.url.rstrip("/")) == 200
    assert status(Origin="https://evil.example") == 403
    assert status(Origin="null") == 403
    assert server.client.get("/", headers={"Host": "evil.example"}).status_code == 403


def test_a_token_is_asked_for() -> None:
    with running(host="0.0.0.0", token="s3cret-Ä"[:6] + "xyz") as server:
        assert server.client.get("/healthz").status_code == 200
        assert server.client.get("/readyz").status_code == 200
        for path in ("/v1/model", "/metrics"):
            for given in (
                "",
                "Bearer",
                "Bearer wrong",
                "Basic s3cretxyz",
                "s3cretxyz",
                "Bearer s3cretxyz!",
            ):
                answer = server.client.get(path, headers={"Authorization": given})
                assert answer.status_code == 401, given
                assert answer.headers["www-authenticate"] == "Bearer"
                assert error_of(answer)["kind"] == "unauthorized"
            assert (
                server.client.get(path, headers={"Authorization": "Bearer s3cretxyz"}).status_code
                == 200
            )
        assert server.post("/v1/tunes", {}).status_code == 401
        schema = server.client.get("/openapi.json").json()
        assert schema["paths"]["/v1/tunes"]["post"]["security"] == [{"token": []}]
        assert "security" not in schema["paths"]["/healthz"]["get"]


def test_other_pages_may_call_it_only_if_asked_for(server: Server) -> None:
    asked = {"Origin": "https://tunes.example", "Access-Control-Request-Method": "POST"}
    assert (
        "access-control-allow-origin"
        not in server.client.options("/v1/tunes", headers=asked).headers
    )
    with running(cors_origins="https://tunes.example") as open_server:
        preflight = open_server.client.options("/v1/tunes", headers=asked)
        assert preflight.headers["access-control-allow-origin"] == "https://tunes.example"
        answer = open_server.client.get("/v1/model", headers={"Origin": "https://tunes.example"})
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (
            200,
            "https://tunes.example",
        )
        answer = open_server.client.get("/v1/model", headers={"Origin": "https://evil.example"})
        assert answer.status_code == 403


def test_every_answer_has_the_headers_that_keep_browsers_safe(server: Server) -> None:
    for path in ("/", "/v1/model", "/v1/nothing", "/metrics"):
        headers = server.client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "server" not in headers or "uvicorn" not in headers["server"]


def test_the_page_and_its_files_are_served(server: Server) -> None:
    page = server.client.get("/")
    assert page.headers["content-type"].startswith("text/html")
    files = set(re.findall(r'(?:src|href)="(static/[^"#?]+)"', page.text))
    assert files
    for file in files:
        assert server.client.get(f"/{file}").status_code == 200


def test_figures_for_prometheus(server: Server) -> None:
    tunes, characters = (
        server.metric("abcrun_tunes_total"),
        server.metric("abcrun_characters_total"),
    )
    tune = server.post("/v1/tunes", WISHES).json()["tunes"][0]
    server.client.get("/v1/made-up-path")
    text = server.client.get("/metrics").text
    assert server.metric("abcrun_tunes_total") == tunes + 1
    assert server.metric("abcrun_characters_total") == characters + tune["characters"]
    assert 'abcrun_requests_total{route="/v1/tunes",status="200"}' in text
    assert "made-up" not in text
    assert "abcrun_first_event_seconds_bucket" in text
    assert "abcrun_rendering_seconds_bucket" in text


# The README's examples


@pytest.mark.parametrize("name", ["README.md", "README.es.md"])
def test_the_example_in_python_runs(server: Server, name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    (example,) = [
        code for code in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "urlopen" in code
    ]
    result = run(sys.executable, "-W", "error", "-c", example.replace(ADDRESS, server.url))
    assert result.returncode == 0, result.stderr.decode()
    tunes = list(Tune.find(result.stdout.decode()))
    assert len(tunes) > 1
    assert tunes[-1].key.text == "Ador"
    assert tunes[-1].is_valid


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_examples_with_curl_run(server: Server, tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    composed, streamed, rendered = re.findall(r"^curl .*", text, re.MULTILINE)

    def output(command: str) -> str:
        result = run("sh", "-c", command.replace(ADDRESS, server.url), cwd=tmp_path)
        assert result.returncode == 0, result.stderr.decode()
        return result.stdout.decode()

    assert json.loads(output(composed))["tunes"][0]["key"] == "A dorian"
    assert [name for name, _ in parse_events(iter(output(streamed).splitlines()))][-2:] == [
        "tune",
        "end",
    ]
    assert output(rendered) == ""
    assert soundfile.info(tmp_path / "tune.mp3").duration > 1


# Settings and commands


def test_settings_come_from_the_environment_and_go_there() -> None:
    given = Settings(host="::1", slots=5, max_queue=50, compose_timeout=2.5, token="abc")
    assert Settings.from_environment(given.to_environment()) == given
    assert Settings.from_environment({"ABCRUN_SLOTS": "", "PATH": "/"}) == Settings()
    with pytest.raises(UsageError, match="ABCRUN_SLOTS is 'many'"):
        Settings.from_environment({"ABCRUN_SLOTS": "many"})


@pytest.mark.parametrize(
    ("cores", "workers", "each"), [(1, 1, 1), (2, 1, 2), (8, 1, 2), (2, 2, 1), (8, 4, 2), (2, 5, 1)]
)
def test_workers_share_the_cores(
    monkeypatch: pytest.MonkeyPatch, cores: int, workers: int, each: int
) -> None:
    monkeypatch.setattr("abcrun.inference.machine.usable_cores", lambda: cores)
    monkeypatch.setattr("abcrun.studio.settings.usable_cores", lambda: cores)
    settings = Settings(workers=workers)
    assert (settings.composing_threads, settings.rendering_processes) == (each, each)
    settings = Settings(workers=workers, threads=3, renderers=4)
    assert (settings.composing_threads, settings.rendering_processes) == (3, 4)


@pytest.mark.parametrize(
    "given",
    [
        {"host": "0.0.0.0"},
        {"host": "192.168.1.2"},
        {"host": "::"},
        {"host": "example.org"},
        {"allow_hosts": "tunes.example"},
    ],
)
def test_an_open_door_needs_a_token(given: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="set a token"):
        Settings(**given)
    Settings(**given, token="x")


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("serve", "--host", "0.0.0.0"), 2, "0.0.0.0 is open to others: set a token"),
        (("serve", "--slots", "0"), 2, "--slots is 0; it must be from 1 to 4096"),
        (("serve", "--token", "a b"), 2, "--token has characters"),
        (("serve", "--cors-origins", "example.org"), 2, "--cors-origins 'example.org'"),
        (("serve", "--model", "nothing.onnx"), 1, "nothing.onnx: no such model file"),
        (
            ("studio", "--no-browser", "--model", "nothing.onnx"),
            1,
            "nothing.onnx: no such model file",
        ),
        (("serve", "--host", "203.0.113.7", "--token", "x"), 2, "cannot listen on 203.0.113.7"),
    ],
)
def test_errors_of_the_commands_are_one_line(
    arguments: tuple[str, ...], status: int, message: str
) -> None:
    result = abcrun(*arguments)
    assert result.returncode == status
    lines = result.stderr.decode().splitlines()
    assert len(lines) == 1
    assert message in lines[0]
    assert not result.stdout


def test_without_the_extra_a_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from abcrun.studio import create_app

    real = __import__("importlib.util").util.find_spec
    monkeypatch.setattr(
        "importlib.util.find_spec", lambda name: None if name == "fastapi" else real(name)
    )
    with pytest.raises(UsageError, match=r'pip install "abcrun\[cpu,studio\]"'):
        create_app()


class Command:
    """An abcrun command that serves."""

    def __init__(self, *arguments: str, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "abcrun", *arguments],
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **environment},
        )
        assert self.process.stderr is not None
        line = self.process.stderr.readline().decode()
        found = re.search(r"http://\S+", line)
        assert found is not None, line
        self.url = found.group()
        self.ready()

    def ready(self) -> None:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            try:
                if httpx.get(f"{self.url}readyz").status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.05)
        raise AssertionError("it did not get ready")

    def stop(self, number: int) -> str:
        self.process.send_signal(number)
        _, talk = self.process.communicate(timeout=30)
        return talk.decode()


def test_the_studio_takes_another_port_where_its_own_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        studio = Command("studio", "--no-browser", "--threads", "1", "--port", port)
        assert f":{port}/" not in studio.url
        assert httpx.get(f"{studio.url}v1/model").json()["name"] == "folk"
        talk = studio.stop(signal.SIGINT)
        assert "Traceback" not in talk
        assert studio.process.returncode == 0
        result = abcrun("serve", "--port", port)
        assert result.returncode == 2
        assert f"port {port} of 127.0.0.1 is taken" in result.stderr.decode()


def test_what_runs_is_finished_or_reported_when_the_server_is_stopped() -> None:
    serve = Command(
        "serve",
        "--port",
        "0",
        "--grace",
        "1",
        ABCRUN_RENDERERS="1",
        ABCRUN_SLOTS="16",
        ABCRUN_THREADS="1",
    )
    events: list[tuple[str, Any]] = []
    statuses: list[httpx.Response] = []

    def listen_to(server: Server) -> None:
        events.extend(server.events("/v1/tunes", LONG | {"max_chars": 4000}))

    def wait_for_json() -> None:
        statuses.append(
            httpx.post(f"{serve.url}v1/tunes", content=json.dumps(LONG), headers=JSON, timeout=60)
        )

    with httpx.Client(base_url=serve.url, timeout=60) as client:
        threads = [
            threading.Thread(target=listen_to, args=(Server(serve.url, client),)),
            threading.Thread(target=wait_for_json),
        ]
        server = Server(serve.url, client)
        threads[0].start()
        assert server.settles("abcrun_rows", 10, 16)
        threads[1].start()
        assert server.settles("abcrun_waiting_tunes", 10, 16)
        talk = serve.stop(signal.SIGTERM)
        for thread in threads:
            thread.join()
    assert "Traceback" not in talk
    assert events[-1][0] == "end"
    finished = events[-1][1]["count"]
    assert finished == 16 or (events[-2][0], events[-2][1]["kind"]) == ("error", "closing")
    assert statuses[0].status_code in (200, 503)
    if statuses[0].status_code == 503:
        assert error_of(statuses[0])["kind"] == "closing"


def test_several_workers_serve_and_count_together() -> None:
    serve = Command(
        "serve",
        "--port",
        "0",
        "--workers",
        "2",
        ABCRUN_RENDERERS="1",
        ABCRUN_SLOTS="4",
        ABCRUN_THREADS="1",
    )
    for _ in range(8):
        with httpx.Client(
            base_url=serve.url, timeout=60
        ) as client:  # a connection of its own: either worker takes it
            assert client.post("/v1/tunes", content=b"{}", headers=JSON).status_code == 200
    text = httpx.get(f"{serve.url}metrics").text
    assert "abcrun_tunes_total 8.0" in text
    assert "Traceback" not in serve.stop(signal.SIGTERM)


# Whatever is sent


HOSTILE = {
    "check": {},
    "score": {},
    "render": {"format": "mid"},
    "waveform": {"points": 10},
    "tunes": {"max_chars": 5},
    "rewrite": {"bars": [0, 1], "candidates": 1},
    "vary": {"candidates": 1},
    "continue": {"candidates": 1},
}


@pytest.mark.parametrize("path", HOSTILE)
def test_hostile_texts(server: Server, path: str) -> None:
    """Nobody gets an error of the server, waits for long, or sees a file."""

    def send(text: str) -> tuple[httpx.Response, float]:
        body = {"prompt" if path == "tunes" else "abc": text, **HOSTILE[path]}
        begun = time.monotonic()
        answer = server.client.post(f"/v1/{path}", content=json.dumps(body), headers=JSON)
        return answer, time.monotonic() - begun

    names, texts = zip(*hostile.crafted(), strict=True)
    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(send, texts))
    statuses = Counter(answer.status_code for answer, _ in answers)
    print(path, dict(statuses), f"slowest {max(seconds for _, seconds in answers):.2f} s")
    for name, (answer, _) in zip(names, answers, strict=True):
        assert answer.status_code in (200, 413, 422), (name, answer.text)
        assert b"root:" not in answer.content
        if answer.status_code != 200:
            error_of(answer)
    assert statuses[422] > 5
    assert server.post("/v1/check", {"abc": TUNE}).status_code == 200


OPERATIONS = [
    "POST /v1/tunes", "POST /v1/rewrite", "POST /v1/vary", "POST /v1/continue",
    "POST /v1/check", "POST /v1/score", "POST /v1/render", "POST /v1/waveform",
    "GET /v1/model", "GET /healthz", "GET /readyz", "GET /metrics",
]  # fmt: skip


@pytest.fixture(scope="module")
def api(server: Server) -> Any:
    """What /openapi.json says, for schemathesis."""
    # Not every text is a tune, and the model does not know every meter: 422 tells so.
    checks = {
        "positive_data_acceptance": {"expected-statuses": ["2xx", "422", "429"]},
        "negative_data_rejection": {"expected-statuses": ["400", "413", "422"]},
    }
    config = schemathesis.Config.from_dict({"checks": checks})
    return schemathesis.openapi.from_url(f"{server.url}openapi.json", config=config)


def test_all_operations_are_told(api: Any) -> None:
    assert {operation.ok().label for operation in api.get_all_operations()} == set(OPERATIONS)


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize("label", OPERATIONS)
def test_openapi_is_true(api: Any, label: str, mode: GenerationMode) -> None:
    """Whatever it allows is answered as it says, and what it does not allow is refused."""
    method, path = label.split()
    if mode is GenerationMode.NEGATIVE and method == "GET":
        pytest.skip("it takes nothing that could be wrong")

    @settings(
        max_examples=20, suppress_health_check=list(HealthCheck), derandomize=True, database=None
    )
    @given(case=api[path][method].as_strategy(generation_mode=mode))
    def answers(case: schemathesis.Case) -> None:
        case.call_and_validate(timeout=60)

    answers()
