"""Handlers that make answers of errors, all of the same shape."""

import json
import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from abcrun.errors import AbcrunError
from abcrun.studio.errors import Refusal, internal, refusal_of
from abcrun.studio.streaming import ClientGone

log = logging.getLogger(__name__)

_KIND_OF_STATUS = {400: "malformed", 404: "not-found", 405: "method", 422: "usage"}


class _AsciiJson(JSONResponse):
    """JSON in ASCII."""

    def render(self, content: Any) -> bytes:
        # A message may quote what the client sent, and half a surrogate pair, which
        # JSON can hold, has no UTF-8: Starlette's own JSONResponse would fail here.
        return json.dumps(content, allow_nan=False, separators=(",", ":")).encode()


def add_error_handlers(app: FastAPI) -> None:
    """Make `app` answer each error with its status, kind and message."""
    app.exception_handler(AbcrunError)(_library_error)
    app.exception_handler(ClientGone)(_client_gone)
    app.exception_handler(RequestValidationError)(_invalid_request)
    app.exception_handler(HTTPException)(_http_error)
    app.exception_handler(Exception)(_defect)


def _answer(refusal: Refusal) -> Response:
    return _AsciiJson(refusal.content, refusal.status, refusal.headers)


async def _library_error(_request: Request, error: AbcrunError) -> Response:
    refusal = refusal_of(error)
    if refusal.status == 500 and refusal is not error:
        log.error("%s", error)
    return _answer(refusal)


async def _client_gone(_request: Request, _error: ClientGone) -> Response:
    return Response(status_code=499)  # nobody reads it; the metrics count it


async def _invalid_request(_request: Request, error: RequestValidationError) -> Response:
    first = error.errors()[0]
    # loc[0] is "body". The rest may hold keys that the client made up, of any length.
    place = ".".join(str(part)[:40] for part in first["loc"][1:])
    return _answer(Refusal(422, "usage", f"{place}: {first['msg']}" if place else first["msg"]))


async def _http_error(_request: Request, error: HTTPException) -> Response:
    kind = _KIND_OF_STATUS.get(error.status_code, "http")
    content = Refusal(error.status_code, kind, str(error.detail)).content
    # The error's own headers: a 405 says in Allow what would do.
    return _AsciiJson(content, error.status_code, error.headers)


async def _defect(_request: Request, _error: Exception) -> Response:
    return _answer(internal())  # Starlette logs the traceback
