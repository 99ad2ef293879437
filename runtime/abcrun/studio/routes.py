"""The routes: arguments in, compositions and renderings out."""

import asyncio
import contextlib
import json
import logging
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import FileResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from abcrun import __version__
from abcrun.composition.conditions import MODES
from abcrun.composition.editing import CANDIDATES, Edit, continuing, rewriting, varying
from abcrun.composition.editing import Wishes as EditWishes
from abcrun.composition.guidance import MAX_COPIED
from abcrun.composition.guidance import Progress as TellProgress
from abcrun.composition.repertoire import Repertoire
from abcrun.errors import AbcrunError, NotationError
from abcrun.inference.request import Generated, fresh_seed
from abcrun.inference.request import Request as TuneRequest
from abcrun.inference.sampling import Sampling
from abcrun.model import Model
from abcrun.notation import check
from abcrun.originality import default_index
from abcrun.sound.midi import INSTRUMENT_PROGRAMS
from abcrun.studio import jobs as work
from abcrun.studio import schemas
from abcrun.studio.composer import Composer, Composition, Progress
from abcrun.studio.errors import Refusal, closing, refusal_of
from abcrun.studio.guard import Guard, is_guarded
from abcrun.studio.metrics import Metrics
from abcrun.studio.renderers import Renderers
from abcrun.studio.settings import Settings
from abcrun.tune import Tune

log = logging.getLogger(__name__)

T = TypeVar("T")

PAGE = Path(__file__).parent / "page"
EVENT_STREAM = "text/event-stream"
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
KEEP_ALIVE = 10.0
"""Seconds after which a stream without news sends a comment, so that no proxy takes it
for dead."""

_KIND_OF_STATUS = {400: "malformed", 404: "not-found", 405: "method", 422: "usage"}


class Studio:
    """What the routes share: settings, metrics, and from startup on the model, its
    composer and the renderers."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self._model: Model | None = None
        self._composer: Composer | None = None
        self._renderers: Renderers | None = None
        self.about: dict[str, Any] | None = None

    @contextlib.asynccontextmanager
    async def running(self, _app: FastAPI) -> AsyncIterator[None]:
        """Load the model, start the composer and the renderers; end them afterwards."""
        settings = self.settings
        self._model = await asyncio.to_thread(
            Model.load,
            settings.model_path,
            cast(Any, settings.device),
            threads=settings.composing_threads,
        )
        await asyncio.to_thread(_warm_up, self._model)
        self._composer = Composer(self._model, settings.slots, settings.max_queue, self.metrics)
        self._composer.start()
        self._renderers = Renderers(
            settings.rendering_processes,
            settings.max_rendering,
            settings.render_timeout,
            self.metrics,
        )
        self._renderers.start()
        self.about = await asyncio.to_thread(_about, self._model, self.limits())
        try:
            yield
        finally:
            await asyncio.to_thread(self._composer.stop)
            await asyncio.to_thread(self._renderers.stop)
            self._model.close()

    @property
    def model(self) -> Model:
        """The model; `Refusal` before startup."""
        if self._model is None:
            raise closing()
        return self._model

    @property
    def composer(self) -> Composer:
        """The composer; `Refusal` before startup."""
        if self._composer is None:
            raise closing()
        return self._composer

    @property
    def renderers(self) -> Renderers:
        """The renderers; `Refusal` before startup."""
        if self._renderers is None:
            raise closing()
        return self._renderers

    @property
    def is_ready(self) -> bool:
        """Whether it composes."""
        return self._composer is not None and self._composer.is_alive

    def limits(self) -> dict[str, float]:
        """The limits that requests have."""
        settings = self.settings
        return {
            "max_count": settings.max_count,
            "max_chars": settings.max_chars,
            "max_abc": settings.max_abc,
            "max_body_bytes": settings.max_body,
            "max_render_seconds": settings.max_seconds,
            "compose_timeout": settings.compose_timeout,
            "render_timeout": settings.render_timeout,
        }


def _warm_up(model: Model) -> None:
    """What is read and worked out once, before somebody waits for it; and a sign that
    the model works."""
    next(model.generate(1, seed=0))
    default_index()


def create(settings: Settings) -> ASGIApp:
    """The app, guarded."""
    studio = Studio(settings)
    app = FastAPI(
        title="abcrun studio",
        version=__version__,
        description="Composes folk tunes in ABC notation; checks, engraves and plays them.",
        docs_url=None,  # these pages load scripts from other hosts
        redoc_url=None,
        lifespan=studio.running,
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.studio = studio
    _add_errors(app)
    _add_routes(app, studio)
    app.mount("/static", StaticFiles(directory=PAGE, check_dir=False), name="static")
    app.openapi = partial(_openapi, app, settings)  # type: ignore[method-assign]
    guarded: ASGIApp = Guard(app, settings, studio.metrics)
    if settings.origins:
        guarded = CORSMiddleware(
            guarded,
            allow_origins=settings.origins,
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type"],
            expose_headers=["Retry-After", "Content-Disposition"],
        )
    return guarded


# Composing


class _Order(ABC):
    """A request for tunes: what of it goes to the composer, and what becomes of that.

    `count` tunes are asked for; each is chosen among `candidates` that are composed for
    it.
    """

    def __init__(self, studio: Studio, count: int, candidates: int, seed: int | None) -> None:
        self.studio = studio
        self.count, self.candidates = count, candidates
        self.seed = fresh_seed() if seed is None else seed
        self._begun = time.monotonic()
        self.composition = Composition()

    @abstractmethod
    def requests(self, progress: TellProgress | None) -> Iterator[TuneRequest]:
        """What the composer gets: all candidates, in the order of their tunes. Not in
        the event loop."""

    @abstractmethod
    def choose(self, group: list[Generated], index: int) -> Generated:
        """The best of the candidates for a tune. Not in the event loop."""

    @abstractmethod
    def settings(self, tune: Generated) -> dict[str, Any]:
        """The arguments that give a tune, and it alone, again."""

    def sampling(self, temperature: float | None, top_k: int | None) -> Sampling:
        """The model's own, but for what was asked for."""
        given: dict[str, Any] = {"temperature": temperature, "top_k": top_k}
        given = {name: value for name, value in given.items() if value is not None}
        return replace(self.studio.model.spec.sampling, **given)

    async def submit(self, *, with_progress: bool) -> None:
        """Give it to the composer. `AbcrunError` for what cannot be composed, or not
        now."""
        total, most = self.count * self.candidates, self.studio.settings.max_count
        if total > most:
            raise Refusal(
                422,
                "usage",
                f"{total} tunes would be composed, candidates counted; at most {most} here",
            )
        requests = await asyncio.to_thread(self.requests, self._progress if with_progress else None)
        self.studio.composer.submit(self.composition, requests, total)

    def _progress(self, index: int, abc: Callable[[], str]) -> None:
        if index % self.candidates == 0:  # of several, the first is shown
            self.composition.progress(index, abc)

    async def events(self) -> AsyncGenerator[Progress | schemas.Tune, None]:
        """Progress, and the tunes as they end. When it is left, what is not composed
        yet is cancelled."""
        groups: dict[int, list[Generated]] = {}
        try:
            async with contextlib.aclosing(self.composition.news()) as all_news:
                async for news in all_news:
                    if self._begun:
                        self.studio.metrics.first_event.observe(time.monotonic() - self._begun)
                        self._begun = 0.0
                    index = news.index // self.candidates
                    if isinstance(news, Progress):
                        yield Progress(index, news.abc)
                        continue
                    group = groups.setdefault(index, [])
                    group.append(news)
                    if len(group) == self.candidates:
                        yield await asyncio.to_thread(self._tune, groups.pop(index), index)
        finally:
            self.studio.composer.cancel(self.composition)

    def _tune(self, group: list[Generated], index: int) -> schemas.Tune:
        group.sort(key=lambda tune: tune.index)
        tune = self.choose(group, index)
        try:
            facts = work.facts(Tune.parse(tune.text))
        except NotationError:  # plain sampling may write what is no tune
            problems = [work.problem(one) for one in check(tune.text)]
            facts = {"title": "", "key": "", "meter": "", "problems": problems, "originality": None}
        return schemas.Tune(
            abc=tune.text, seed=tune.seed, index=index, complete=tune.complete, characters=tune.characters,
            redrawn=tune.redrawn, attempts=tune.attempts, settings=self.settings(tune),
            **facts,
        )  # fmt: skip

    async def tunes(self) -> list[schemas.Tune]:
        """All of them, in order."""
        async with contextlib.aclosing(self.events()) as events:
            tunes = [event async for event in events if isinstance(event, schemas.Tune)]
        return sorted(tunes, key=lambda tune: tune.index)


class _New(_Order):
    """New tunes."""

    def __init__(self, studio: Studio, wishes: schemas.Wishes) -> None:
        super().__init__(studio, wishes.count, wishes.best_of, wishes.seed)
        self._wishes = wishes

    def requests(self, progress: TellProgress | None) -> Iterator[TuneRequest]:
        wishes, model, most = self._wishes, self.studio.model, self.studio.settings.max_chars
        max_chars = (
            min(model.spec.max_chars, most) if wishes.max_chars is None else wishes.max_chars
        )
        if max_chars > most:
            raise Refusal(422, "usage", f"max_chars is {max_chars}; at most {most} here")
        requests = model.requests(
            (wishes.first + wishes.count) * wishes.best_of,
            prompt=wishes.prompt, sampling=self.sampling(wishes.temperature, wishes.top_k), seed=self.seed,
            max_chars=max_chars, guide=wishes.guide, meter=wishes.meter, key=wishes.key, rhythm=wishes.rhythm,
            unit=wishes.unit, bars=wishes.bars, form=wishes.form, title=wishes.title, max_copied=wishes.max_copied,
            progress=progress,
        )  # fmt: skip
        return islice(requests, wishes.first * wishes.best_of, None)

    def choose(self, group: list[Generated], index: int) -> Generated:
        return group[0] if len(group) == 1 else self.studio.model.choose(group, index)

    def settings(self, tune: Generated) -> dict[str, Any]:
        again = self._wishes.model_dump(exclude_defaults=True, exclude={"count", "first", "seed"})
        return {**again, "seed": self.seed, "first": tune.index}


class _Change(_Order):
    """A tune changed."""

    def __init__(
        self, studio: Studio, change: schemas.Change, edit: Callable[[Model, EditWishes], Edit]
    ) -> None:
        candidates = (
            min(CANDIDATES, studio.settings.max_count)
            if change.candidates is None
            else change.candidates
        )
        super().__init__(studio, 1, candidates, change.seed)
        self._change, self._edit = change, edit
        self._prepared: Edit | None = None

    def requests(self, progress: TellProgress | None) -> Iterator[TuneRequest]:
        change, model = self._change, self.studio.model
        wishes = model.wishes(
            sampling=self.sampling(change.temperature, change.top_k), seed=self.seed, candidates=self.candidates,
            max_copied=change.max_copied, progress=progress,
        )  # fmt: skip
        self._prepared = self._edit(model, wishes)
        return iter(self._prepared.requests)

    def choose(self, group: list[Generated], index: int) -> Generated:
        return group[0] if self._prepared is None else self._prepared.choose(group)

    def settings(self, tune: Generated) -> dict[str, Any]:
        return {**self._change.model_dump(mode="json", exclude_defaults=True), "seed": self.seed}


class _Gone(Exception):  # noqa: N818
    """The client went away."""


async def _unless_gone(receive: Receive, work: Coroutine[Any, Any, T]) -> T:
    """What `work` gives; it is cancelled as soon as the client is gone (`_Gone`)."""

    async def gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    watching = asyncio.ensure_future(gone())
    working = asyncio.ensure_future(work)
    try:
        await asyncio.wait({watching, working}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise _Gone
    finally:
        for task in (watching, working):
            task.cancel()
        await asyncio.gather(watching, working, return_exceptions=True)


class _EventStream(Response):
    """The events of an order, as they come (Server-Sent Events)."""

    media_type = EVENT_STREAM

    def __init__(self, order: _Order, timeout: float) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._order, self._timeout = order, timeout
        self._count = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send events until all tunes are finished, time is up, the server stops, or
        the client is gone."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        failure: Refusal | None = None
        try:
            async with asyncio.timeout(self._timeout):
                await _unless_gone(receive, self._send_all(send))
        except _Gone:
            return
        except TimeoutError:
            failure = _over_time(self._timeout)
        except AbcrunError as error:
            failure = refusal_of(error)
        except asyncio.CancelledError:  # the server has waited long enough for what runs
            failure = closing()
        if failure is not None:
            await send(_event("error", failure.content["error"]))
        await send(_event("end", {"count": self._count}))
        await send({"type": "http.response.body", "body": b""})

    async def _send_all(self, send: Send) -> None:
        ticking = asyncio.ensure_future(self._tick(send))
        try:
            async with contextlib.aclosing(self._order.events()) as events:
                async for event in events:
                    if isinstance(event, Progress):
                        await send(_event("progress", {"index": event.index, "abc": event.abc}))
                    else:
                        await send(_event("tune", event.model_dump()))
                        self._count += 1
        finally:
            ticking.cancel()

    async def _tick(self, send: Send) -> None:
        while True:
            await asyncio.sleep(KEEP_ALIVE)
            await send({"type": "http.response.body", "body": b":\n\n", "more_body": True})


def _event(name: str, data: dict[str, Any]) -> Message:
    body = f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()
    return {"type": "http.response.body", "body": body, "more_body": True}


def _over_time(timeout: float) -> Refusal:
    return Refusal(504, "timeout", f"this took longer than {timeout:g} s; ask for less at a time")


# Routes


class _Json(JSONResponse):
    """JSON in ASCII: what a client sent may come back in a message, and not everything
    can be said in UTF-8."""

    def render(self, content: Any) -> bytes:
        return json.dumps(content, allow_nan=False, separators=(",", ":")).encode()


def _errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {
        status: {"model": schemas.Error, "description": _MEANINGS[status]} for status in statuses
    }


_MEANINGS = {
    400: "The body cannot be read.",
    401: "The token is missing or wrong.",
    403: "A host or origin that is not allowed.",
    408: "The body came too slowly.",
    413: "The body is too large.",
    422: "Arguments out of range, or ABC that cannot be read: the message says which, in a line.",
    429: "Too much to do; Retry-After says in how many seconds to try again.",
    500: "Something went wrong in the server.",
    503: "The server is starting or stopping.",
    504: "It took too long.",
}
_POST = _errors(400, 401, 403, 408, 413, 422, 429, 500, 503, 504)


def _add_routes(app: FastAPI, studio: Studio) -> None:
    settings = studio.settings

    async def rendered(
        request: Request, function: Callable[..., Any], abc: str, *arguments: Any
    ) -> Any:
        if len(abc) > settings.max_abc:
            raise Refusal(
                422, "usage", f"the ABC has {len(abc)} characters; at most {settings.max_abc} here"
            )
        return await _unless_gone(request.receive, studio.renderers.run(function, abc, *arguments))

    @app.get("/", include_in_schema=False)
    async def page() -> FileResponse:
        return FileResponse(PAGE / "index.html")

    @app.get("/v1/model", response_model=schemas.About, responses=_errors(401, 403, 503))
    async def model() -> Any:
        """What the model can be asked for, and the server's limits."""
        if studio.about is None:
            raise closing()
        return studio.about

    async def composed(request: Request, order: _Order) -> Any:
        is_stream = EVENT_STREAM in request.headers.get("accept", "")
        await order.submit(with_progress=is_stream)
        if is_stream:
            return _EventStream(order, settings.compose_timeout)
        try:
            async with asyncio.timeout(settings.compose_timeout):
                return schemas.Tunes(tunes=await _unless_gone(request.receive, order.tunes()))
        except TimeoutError:
            raise _over_time(settings.compose_timeout) from None

    composing: dict[str, Any] = {
        "response_model": schemas.Tunes,
        "responses": {200: {"content": {EVENT_STREAM: {"schema": {"type": "string"}}}}, **_POST},
    }

    @app.post("/v1/tunes", **composing)
    async def tunes(wishes: schemas.Wishes, request: Request) -> Any:
        """Compose tunes. With `Accept: text/event-stream`, events: progress, tune,
        error, end."""
        return await composed(request, _New(studio, wishes))

    @app.post("/v1/rewrite", **composing)
    async def rewrite(job: schemas.Rewriting, request: Request) -> Any:
        """Draw bars of a tune anew; the rest stays as it is written. Answers as
        /v1/tunes."""
        bars = range(*job.bars)
        return await composed(
            request,
            _Change(studio, job, lambda model, wishes: rewriting(model, job.abc, bars, wishes)),
        )

    @app.post("/v1/vary", **composing)
    async def vary(job: schemas.Variation, request: Request) -> Any:
        """Draw a share of a tune's bars anew. Answers as /v1/tunes."""
        amount = job.amount
        return await composed(
            request,
            _Change(studio, job, lambda model, wishes: varying(model, job.abc, amount, wishes)),
        )

    @app.post("/v1/continue", **composing)
    async def continue_(job: schemas.Continuation, request: Request) -> Any:
        """Add a section to a tune. Answers as /v1/tunes."""
        return await composed(
            request, _Change(studio, job, lambda model, wishes: continuing(model, job.abc, wishes))
        )

    @app.post("/v1/check", response_model=schemas.CheckedTunes, responses=_POST)
    async def check(text: schemas.Text, request: Request) -> Any:
        """What is wrong with the tunes of a text, how long they are, and what they
        share with known ones."""
        return await rendered(request, work.check, text.abc)

    @app.post(
        "/v1/render",
        response_class=Response,
        responses={
            200: {
                "content": {
                    kind: {"schema": {"type": "string", "format": "binary"}}
                    for kind in _media_types()
                },
                "description": "The file.",
            },
            **_POST,
        },
    )
    async def render(job: schemas.Rendering, request: Request) -> Response:
        """The first tune of a text as a file."""
        arguments = (job.format, job.instrument, job.tempo, settings.max_seconds)
        file = await rendered(request, work.render, job.abc, *arguments)
        disposition = f'attachment; filename="{file.name}"'
        return Response(
            file.content,
            media_type=work.MEDIA_TYPES[job.format],
            headers={"Content-Disposition": disposition},
        )

    @app.post("/v1/score", response_model=schemas.Score, responses=_POST)
    async def score(job: schemas.ScoreOf, request: Request) -> Any:
        """The first tune of a text as a picture, and when its notes sound."""
        arguments = (job.width, job.header, job.transpose, job.tempo)
        return await rendered(request, work.score, job.abc, *arguments)

    @app.post("/v1/waveform", response_model=schemas.Waveform, responses=_POST)
    async def waveform(job: schemas.WaveformOf, request: Request) -> Any:
        """The outline of the first tune's sound."""
        arguments = (job.instrument, job.tempo, job.points, settings.max_seconds)
        return await rendered(request, work.waveform, job.abc, *arguments)

    @app.get("/healthz", response_model=schemas.Health, responses=_errors(403))
    async def healthz() -> Any:
        """Whether the server answers."""
        return {"status": "ok"}

    @app.get("/readyz", response_model=schemas.Health, responses=_errors(403, 503))
    async def readyz() -> Any:
        """Whether it has its model and composes."""
        if not studio.is_ready:
            raise closing()
        return {"status": "ok"}

    @app.get(
        "/metrics",
        response_class=Response,
        responses={
            200: {"content": {METRICS_TYPE: {"schema": {"type": "string"}}}},
            **_errors(401, 403),
        },
    )
    async def metrics() -> Response:
        """Figures for Prometheus."""
        return Response(studio.metrics.text(), headers={"Content-Type": METRICS_TYPE})


def _media_types() -> list[str]:
    return sorted(set(work.MEDIA_TYPES.values()))


def _about(model: Model, limits: dict[str, float]) -> dict[str, Any]:
    spec = model.spec
    repertoire = Repertoire.from_text(spec.repertoire) if spec.repertoire else None
    plans = repertoire.plans if repertoire else ()
    tonics = Counter[str]()
    for counts in (repertoire.tonics if repertoire else {}).values():
        tonics.update(counts)
    rhythms_by_meter: dict[str, list[str]] = {}
    for meter in (meters := _common(plan.meter for plan in plans)):
        rhythms_by_meter[meter] = _common(plan.rhythm for plan in plans if plan.meter == meter)
    return {
        "name": spec.name,
        "version": __version__,
        "meters": meters,
        "units": _common(plan.unit_length for plan in plans),
        "rhythms": _common(plan.rhythm for plan in plans),
        "tonics": [tonic for tonic, _ in tonics.most_common()],
        "modes": [
            name for name, short in MODES.items() if repertoire and short in repertoire.tonics
        ],
        "forms": _common(plan.letters for plan in plans),
        "bars": sorted(set(_common(plan.bars for plan in plans))),
        "rhythms_by_meter": rhythms_by_meter,
        "combinations": _common(
            (plan.meter, plan.rhythm, plan.letters, plan.bars) for plan in plans
        ),
        "instruments": list(INSTRUMENT_PROGRAMS),
        "formats": list(work.MEDIA_TYPES),
        "temperature": spec.sampling.temperature,
        "top_k": spec.sampling.top_k,
        "max_copied": MAX_COPIED,
        "limits": limits,
    }


def _common(values: Iterable[T]) -> list[T]:
    """Each value once, the most frequent first."""
    return [value for value, _ in Counter(values).most_common()]


# Errors and OpenAPI


def _add_errors(app: FastAPI) -> None:
    def refuse(refusal: Refusal) -> Response:
        return _Json(refusal.content, refusal.status, refusal.headers)

    @app.exception_handler(AbcrunError)
    async def of_library(_request: Request, error: AbcrunError) -> Response:
        refusal = refusal_of(error)
        if refusal.status == 500 and refusal is not error:
            log.error("%s", error)
        return refuse(refusal)

    @app.exception_handler(_Gone)
    async def gone(_request: Request, _error: _Gone) -> Response:
        return Response(status_code=499)  # nobody reads it; the metrics count it

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        place = ".".join(str(part)[:40] for part in first["loc"][1:])
        return refuse(Refusal(422, "usage", f"{place}: {first['msg']}" if place else first["msg"]))

    @app.exception_handler(HTTPException)
    async def http(_request: Request, error: HTTPException) -> Response:
        kind = _KIND_OF_STATUS.get(error.status_code, "http")
        content = Refusal(error.status_code, kind, str(error.detail)).content
        return _Json(content, error.status_code, error.headers)

    @app.exception_handler(Exception)
    async def defect(_request: Request, _error: Exception) -> Response:
        return refuse(
            Refusal(500, "internal", "something went wrong in the server; its log says what")
        )


def _openapi(app: FastAPI, settings: Settings) -> dict[str, Any]:
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        if settings.token:
            schema["components"]["securitySchemes"] = {
                "token": {"type": "http", "scheme": "bearer"}
            }
            for path, operations in schema["paths"].items():
                if is_guarded(path):
                    for operation in operations.values():
                        operation["security"] = [{"token": []}]
        app.openapi_schema = schema
    return app.openapi_schema
