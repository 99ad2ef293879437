"""What the server does not do for a request, and the status that says so."""

from abcrun.errors import AbcrunError, ModelError, NotationError, RenderError, UsageError

_KINDS: tuple[tuple[type[AbcrunError], str], ...] = (
    (UsageError, "usage"),
    (NotationError, "notation"),
    (RenderError, "render"),
)


class Refusal(AbcrunError):  # noqa: N818
    """A request that is refused: HTTP status, kind (a word for programs), message (a
    line for people).

    400 malformed, 401 token, 403 host or origin, 408 slow, 413 too large, 422 usage,
    notation or render, 429 busy, 500 internal, 503 closing, 504 timeout. `retry_after`
    in seconds comes with 429 and 503.
    """

    def __init__(
        self, status: int, kind: str, message: str, retry_after: int | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.kind, self.message, self.retry_after = status, kind, message, retry_after

    @property
    def content(self) -> dict[str, dict[str, str]]:
        """The body of the answer."""
        return {"error": {"kind": self.kind, "message": self.message}}

    @property
    def headers(self) -> dict[str, str]:
        """Headers that go with the answer."""
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        return headers | {"WWW-Authenticate": "Bearer"} if self.status == 401 else headers


def kind_of(error: AbcrunError) -> str | None:
    """The kind of an error that the request is to blame for; None for others."""
    return next((kind for root, kind in _KINDS if isinstance(error, root)), None)


def refusal_of(error: AbcrunError) -> Refusal:
    """The answer to an error of the library."""
    if isinstance(error, Refusal):
        return error
    message = " ".join(str(error).split())
    kind = kind_of(error)
    if kind is not None:
        return Refusal(422, kind, message)
    if isinstance(error, ModelError):
        return Refusal(500, "model", message)
    return Refusal(500, "internal", "something went wrong in the server; its log says what")


def closing() -> Refusal:
    """While the server stops."""
    return Refusal(
        503, "closing", "the server is being stopped; try again in a while", retry_after=5
    )
