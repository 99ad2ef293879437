"""What the server refuses, and the status that says so.

The rendering processes import this file: it must not import FastAPI. The handlers that
make answers of errors are in `handlers`.
"""

from contextvars import ContextVar

from abcrun.errors import (
    AbcrunError,
    ModelError,
    NotationError,
    OpeningError,
    RenderError,
    UsageError,
)

_KINDS: tuple[tuple[type[AbcrunError], str], ...] = (
    (OpeningError, "opening"),
    (UsageError, "usage"),
    (NotationError, "notation"),
    (RenderError, "render"),
)


request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that is being answered: in its headers, errors and log."""


class Refusal(AbcrunError):  # noqa: N818
    """A request that is refused: HTTP status, kind (a word for programs) and message (a
    line for people).

    400 malformed, 401 token, 403 host or origin, 404 not found, 408 slow, 413 too
    large, 422 usage, opening, notation or render, 429 busy or quota, 500 internal, 503
    closing or busy, 504 timeout. 429 and 503 come with `retry_after`, in seconds.
    """

    def __init__(
        self, status: int, kind: str, message: str, retry_after: int | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.kind, self.message, self.retry_after = status, kind, message, retry_after

    @property
    def content(self) -> dict[str, dict[str, str]]:
        """Return the body of the answer."""
        told = {"kind": self.kind, "message": self.message, "request_id": request_id.get()}
        return {"error": told}

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers that this refusal adds to its answer."""
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        # RFC 9110, 11.6.1: a 401 must name the scheme that it wants.
        return headers | {"WWW-Authenticate": "Bearer"} if self.status == 401 else headers


def line_of(error: AbcrunError) -> str:
    """Return an error's message in one line."""
    return " ".join(str(error).split())


def kind_of(error: AbcrunError) -> str | None:
    """Return the kind of an error that the request is to blame for; None for others."""
    return next((kind for root, kind in _KINDS if isinstance(error, root)), None)


def refusal_of(error: AbcrunError) -> Refusal:
    """Return the answer to an error of the library."""
    if isinstance(error, Refusal):
        return error
    kind = kind_of(error)
    if kind is not None:
        return Refusal(422, kind, line_of(error))
    if isinstance(error, ModelError):
        return Refusal(500, "model", line_of(error))
    return internal()


def internal() -> Refusal:
    """Return the answer to a defect of the server."""
    # The client learns nothing of it: a message could name paths of this machine.
    return Refusal(500, "internal", "something went wrong in the server; its log says what")


def closing() -> Refusal:
    """Return the answer while the server starts or stops."""
    return Refusal(
        503, "closing", "the server is being stopped; try again in a while", retry_after=5
    )


def over_time(timeout: float) -> Refusal:
    """Return the answer to a request for tunes that took over `timeout` seconds."""
    return Refusal(504, "timeout", f"this took longer than {timeout:g} s; ask for less at a time")
