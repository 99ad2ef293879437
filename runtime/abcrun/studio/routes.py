"""The routes: arguments in, compositions and renderings out.

The name of a route's function is its operation's id in /openapi.json, by which
generated clients call it, and its docstring is the description there.
"""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any, Concatenate, ParamSpec, TypeVar

from fastapi import FastAPI, Request
from fastapi import Path as PathPart
from fastapi.responses import Response
from pydantic import TypeAdapter

from abcrun.composition import editing
from abcrun.studio import jobs, renderings, results, schemas
from abcrun.studio.about import about_instruments
from abcrun.studio.cards import add_cards
from abcrun.studio.document import add_files, tagged
from abcrun.studio.errors import Refusal, closing, over_time
from abcrun.studio.guard import BOOK, CONVERT, PRINT
from abcrun.studio.orders import ChangedTune, NewTunes, Order
from abcrun.studio.service import Studio
from abcrun.studio.streaming import EVENT_STREAM, EventStream, unless_gone

P = ParamSpec("P")
T = TypeVar("T")

TUNES_AT_ONCE = 40
"""Tunes of a book that are printed in the time of one rendering."""
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_Responses = dict[int | str, dict[str, Any]]
"""Of a route, by status, as FastAPI takes them."""

_Composed = EventStream | schemas.ComposedTunes

_MEANINGS = {
    400: "The body cannot be read.",
    401: "The token is missing or wrong.",
    403: "A host or origin that is not allowed.",
    408: "The body came too slowly.",
    404: "It is not here, or no longer.",
    413: "The body is too large.",
    422: "Arguments out of range, or ABC that cannot be read: the message says which, in a line.",
    429: "Too much to do; Retry-After says in how many seconds to try again.",
    500: "Something went wrong in the server.",
    503: "The server is starting or stopping.",
    504: "It took too long.",
}


def _errors(*statuses: int) -> _Responses:
    return {
        status: {"model": schemas.ErrorAnswer, "description": _MEANINGS[status]}
        for status in statuses
    }


_POST = _errors(400, 401, 403, 408, 413, 422, 429, 500, 503, 504)
_COMPOSED: _Responses = {200: {"content": {EVENT_STREAM: {"schema": {"type": "string"}}}}, **_POST}


def add_routes(app: FastAPI, studio: Studio) -> None:
    """Add all routes to `app`; `studio` does their work."""
    # In the order that /openapi.json has them. The functions are made here, and not
    # parted into routers, so that each knows its studio without asking FastAPI for it.
    add_files(app)
    add_cards(app, studio)
    _add_about(app, studio)
    _add_composing(app, studio)
    _add_changing(app, studio)
    _add_rendering(app, studio)
    _add_converting(app, studio)
    _add_printing(app, studio)
    _add_health(app, studio)


def _add_about(app: FastAPI, studio: Studio) -> None:
    @app.get("/v1/model", responses=_errors(401, 403, 429, 503))
    async def model() -> schemas.About:
        """What the model can be asked for, and the server's limits."""
        return studio.about

    tones = TypeAdapter(results.Instruments).dump_json(about_instruments())
    known: _Responses = {304: {"description": "They are those that If-None-Match names."}}

    @app.get(
        "/v1/instruments",
        response_model=results.Instruments,
        responses=known | _errors(401, 403, 429, 503),
    )
    async def instruments(request: Request) -> Response:
        """How the tones of the instruments are made, to play a performance (/v1/score)
        as files sound. Its ETag says whether they are still the same."""
        return tagged(request, tones, "application/json")


def _add_composing(app: FastAPI, studio: Studio) -> None:
    @app.post("/v1/tunes", response_model=schemas.ComposedTunes, responses=_COMPOSED)
    async def tunes(asked: schemas.TuneRequest, request: Request) -> _Composed:
        """Compose tunes. With `Accept: text/event-stream`, events: begin,
        progress, tune, error, end."""
        return await _composed(request, NewTunes(studio, asked))


def _add_changing(app: FastAPI, studio: Studio) -> None:
    @app.post("/v1/rewrite", response_model=schemas.ComposedTunes, responses=_COMPOSED)
    async def rewrite(asked: schemas.RewriteRequest, request: Request) -> _Composed:
        """Draw bars of a tune anew; the rest stays as it is written. Answers as
        /v1/tunes."""
        bars = range(*asked.bars)
        order = ChangedTune(
            studio,
            asked,
            lambda network, settings: editing.rewrite(network, asked.abc, bars, settings),
        )
        return await _composed(request, order)

    @app.post("/v1/vary", response_model=schemas.ComposedTunes, responses=_COMPOSED)
    async def vary(asked: schemas.VaryRequest, request: Request) -> _Composed:
        """Vary a share of a tune's bars. Answers as /v1/tunes."""
        order = ChangedTune(
            studio,
            asked,
            lambda network, settings: editing.vary(network, asked.abc, asked.amount, settings),
        )
        return await _composed(request, order)

    @app.post("/v1/continue", response_model=schemas.ComposedTunes, responses=_COMPOSED)
    async def continue_(asked: schemas.ContinueRequest, request: Request) -> _Composed:
        """Add a section to a tune. Answers as /v1/tunes."""
        order = ChangedTune(
            studio, asked, lambda network, settings: editing.extend(network, asked.abc, settings)
        )
        return await _composed(request, order)

    @app.post("/v1/answer", response_model=schemas.ComposedTunes, responses=_COMPOSED)
    async def answer(asked: schemas.AnswerRequest, request: Request) -> _Composed:
        """Answer bars of a tune by as many bars behind them: drawn anew where there are
        any, or added. Answers as /v1/tunes."""
        bars = range(*asked.bars)
        order = ChangedTune(
            studio,
            asked,
            lambda network, settings: editing.answer(network, asked.abc, bars, settings),
        )
        return await _composed(request, order)


def _add_rendering(app: FastAPI, studio: Studio) -> None:
    settings = studio.settings

    @app.post("/v1/check", response_model=results.CheckedTunes, responses=_POST)
    async def check(asked: schemas.CheckRequest, request: Request) -> Response:
        """What is wrong with the tunes of a text, how long they are, and what they
        share with known ones."""
        return await _told(studio, request, asked, jobs.check, studio.melodies)

    files = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in _media_types()}
    told = {
        "Abcrun-Missing-Glyphs": {
            "description": "Characters that no font has, in a picture: U+D55C U+AD6D.",
            "schema": {"type": "string"},
        },
        "Content-Location": {
            "description": "Where the file can be had again for a while.",
            "schema": {"type": "string"},
        },
    }

    @app.post(
        "/v1/render",
        response_class=Response,
        responses={
            200: {"content": files, "description": "The file.", "headers": told},
            **_POST,
        },
    )
    async def render(asked: schemas.RenderRequest, request: Request) -> Response:
        """The first tune of a text as a file."""
        name = renderings.name_of(asked, "render", asked.format)
        file = studio.renderings.get(name)
        if file is None:
            arguments = (
                asked.format, asked.sound, asked.move, settings.max_seconds, asked.paper
            )  # fmt: skip
            _check_length(studio, asked.abc)
            work = studio.renderers.run(jobs.render, asked.abc, *arguments)
            file = await unless_gone(request.receive, work)
            studio.renderings.add(name, file)
        is_kept = studio.renderings.get(name) is not None
        where = {"Content-Location": renderings.PATH + name} if is_kept else {}
        return renderings.file_answer(request, name, file, where)

    @app.get(
        renderings.PATH + "{name}",
        response_class=Response,
        responses={
            200: {"content": files, "description": "The file.", "headers": told},
            304: {"description": "The client has it."},
            **_errors(401, 403, 404, 422, 429, 503),
        },
    )
    async def rendering(
        name: Annotated[str, PathPart(pattern=renderings.NAME)], request: Request
    ) -> Response:
        """A file that was rendered before: /v1/render tells its name in
        Content-Location."""
        headers = renderings.kept_headers(name)
        if f'"{name}"' in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if (file := studio.renderings.get(name)) is None:
            raise Refusal(404, "not-found", "it is not kept here; ask for it by POST /v1/render")
        return renderings.file_answer(request, name, file, headers)

    @app.post("/v1/transpose", response_model=results.Transposed, responses=_POST)
    async def transpose(asked: schemas.TransposeRequest, request: Request) -> Response:
        """The first tune of a text in another key, for an instrument, or as a part."""
        return await _told(studio, request, asked, jobs.transpose, asked.move)

    @app.post("/v1/note", response_model=results.EditedNote, responses=_POST)
    async def note(asked: schemas.NoteRequest, request: Request) -> Response:
        """The first tune of a text with one note moved, made longer or shorter, taken
        out or added."""
        arguments = (asked.line, asked.column, asked.change)
        return await _told(studio, request, asked, jobs.edit, *arguments)

    @app.post("/v1/score", response_model=results.Score, responses=_POST)
    async def score(asked: schemas.ScoreRequest, request: Request) -> Response:
        """The first tune of a text as a picture, when its notes sound, and how it is
        played."""
        arguments = (asked.width, asked.header, asked.move, asked.sound, settings.max_seconds)
        return await _told(studio, request, asked, jobs.score, *arguments)

    @app.post("/v1/waveform", response_model=results.Waveform, responses=_POST)
    async def waveform(asked: schemas.WaveformRequest, request: Request) -> Response:
        """The outline of the first tune's sound."""
        arguments = (asked.sound, asked.move, asked.points, settings.max_seconds)
        return await _told(studio, request, asked, jobs.waveform, *arguments)


def _add_converting(app: FastAPI, studio: Studio) -> None:
    files_in = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    body: dict[str, Any] = {"requestBody": {"content": files_in, "required": True}}

    @app.post(CONVERT, responses=_POST, openapi_extra=body)
    async def convert(request: Request) -> results.Conversion:
        """A MusicXML score as ABC. The body is the file, .musicxml, .xml or .mxl, as it
        is."""
        work = studio.renderers.run(jobs.convert, await request.body())
        return await unless_gone(request.receive, work)

    @app.post(BOOK, responses=_POST, openapi_extra=body)
    async def book(request: Request) -> results.Book:
        """The tunes of a file of ABC, one by one. The body is the file as it is, in any
        encoding."""
        work = studio.renderers.run(jobs.book, await request.body())
        return await unless_gone(request.receive, work)


def _add_printing(app: FastAPI, studio: Studio) -> None:
    # Generators of clients leave out an answer of whose types they know none.
    kinds = ("application/pdf", "application/octet-stream")
    pdf = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in kinds}
    told = {
        "Abcrun-Left-Out": {
            "description": "Numbers of the tunes that cannot be read, from 1: 3 17.",
            "schema": {"type": "string"},
        }
    }

    @app.post(
        PRINT,
        response_class=Response,
        responses={200: {"content": pdf, "description": "The book.", "headers": told}, **_POST},
    )
    async def print_(asked: schemas.PrintRequest, request: Request) -> Response:
        """The tunes of a text as one PDF: a page each, two short ones on one; over six
        have an index."""
        # What is engraved takes the time of so many tunes.
        most = jobs.MAX_PRINTED // TUNES_AT_ONCE
        times = min(1 + asked.abc.count("X:") // TUNES_AT_ONCE, most)
        arguments = (asked.abc, asked.title, asked.paper)
        work = studio.renderers.run_long(times, jobs.print_book, *arguments)
        book = await unless_gone(request.receive, work)
        numbers = " ".join(map(str, book.left_out))
        headers = {"Abcrun-Left-Out": numbers} if numbers else {}
        return renderings.file_answer(request, book.name, book, headers)


def _add_health(app: FastAPI, studio: Studio) -> None:
    @app.get("/healthz", responses=_errors(403))
    async def healthz() -> schemas.Health:
        """Whether the server answers."""
        return schemas.Health(status="ok")

    @app.get("/readyz", responses=_errors(403, 503))
    async def readyz() -> schemas.Health:
        """Whether it has its model and composes."""
        if not studio.is_ready:
            raise closing()
        return schemas.Health(status="ok")

    figures = {"content": {METRICS_TYPE: {"schema": {"type": "string"}}}}

    @app.get(
        "/metrics", response_class=Response, responses={200: figures, **_errors(401, 403, 503)}
    )
    async def metrics() -> Response:
        """Figures for Prometheus."""
        return Response(studio.metrics.text(), headers={"Content-Type": METRICS_TYPE})


async def _composed(request: Request, order: Order) -> _Composed:
    """Return an order's tunes, or the stream of its events where the client accepts
    one."""
    timeout = order.studio.settings.compose_timeout
    is_stream = EVENT_STREAM in request.headers.get("accept", "")
    await order.submit(with_progress=is_stream)
    if is_stream:
        return EventStream(order, timeout)
    try:
        async with asyncio.timeout(timeout):
            return schemas.ComposedTunes(tunes=await unless_gone(request.receive, order.tunes()))
    except TimeoutError:
        raise over_time(timeout) from None


async def _told(
    studio: Studio,
    request: Request,
    asked: schemas.TextRequest,
    job: Callable[Concatenate[str, P], object],
    *args: P.args,
    **kwargs: P.kwargs,
) -> Response:
    """Answer with what a job finds out about a text; it is kept as files are."""
    name = renderings.name_of(asked, job.__name__, "json")
    told = studio.renderings.get(name)
    if told is None:
        _check_length(studio, asked.abc)
        work = studio.renderers.told(job, asked.abc, *args, **kwargs)
        told = await unless_gone(request.receive, work)
        studio.renderings.add(name, told)
    return Response(told.content, media_type="application/json")


def _check_length(studio: Studio, abc: str) -> None:
    most = studio.settings.max_abc
    if len(abc) > most:
        raise Refusal(422, "usage", f"the ABC has {len(abc)} characters; at most {most} here")


def _media_types() -> list[str]:
    return sorted({*jobs.MEDIA_TYPES.values(), renderings.ANY_FILE})
