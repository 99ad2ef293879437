"""The settings of a server: each is an option of `abcrun serve` and an environment
variable `ABCRUN_...`.

Worker processes read them from the environment: a worker that replaces another one is
started without anybody handing it arguments.
"""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Self

from abcrun.errors import UsageError
from abcrun.formats import DEVICES, Device
from abcrun.inference.machine import THREADS
from abcrun.studio.logs import LOG_FORMATS, LogFormat

DEFAULT_PORT = 8228
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")

# The widest limits that a server can be given; the schemas of requests have them too.
MOST_COUNT = 1000
MOST_CHARS = 100_000
MOST_ABC = 200_000
MOST_FILE = 16_000_000


@dataclass(frozen=True, slots=True)
class Option:
    """A setting as the command line and the environment have it.

    least, most: the bounds of a number; None for a text.
    """

    name: str
    default: str | int | float
    help: str
    least: float | None
    most: float | None

    @property
    def flag(self) -> str:
        """Return the option of the command line."""
        return f"--{self.name.replace('_', '-')}"

    @property
    def variable(self) -> str:
        """Return the variable of the environment."""
        return f"ABCRUN_{self.name.upper()}"

    @property
    def kind(self) -> type[str] | type[int] | type[float]:
        """Return the type of the setting's values."""
        return type(self.default)


def _setting(
    default: Any, help_text: str, least: float | None = None, most: float | None = None
) -> Any:
    option = Option("", default, help_text, least, most)  # only the class knows the name
    return field(default=default, metadata={"option": option})


@dataclass(frozen=True)
class Settings:
    """The settings, checked when they are made.

    `UsageError` for a value out of range, or for a server that others can reach without
    a token.
    """

    host: str = _setting("127.0.0.1", "Address to listen on; any but loopback needs a token.")
    port: int = _setting(DEFAULT_PORT, "0: any that is free.", 0, 65535)
    workers: int = _setting(1, "Processes, each with a model and an engine of its own.", 1, 64)
    token: str = _setting(
        "",
        "What clients have to send: Authorization: Bearer TOKEN; comma-separated, if each "
        "has its own.",
    )
    quota_requests: int = _setting(
        0, "Requests a minute, for each token in each process; 0: no quota.", 0, 1_000_000
    )
    quota_tunes: int = _setting(
        0, "Tunes a minute, likewise, candidates of best_of counted.", 0, 1_000_000
    )
    quota_rendering: int = _setting(0, "Seconds of rendering a minute, likewise.", 0, 1_000_000)
    allow_hosts: str = _setting(
        "", "Further names that the server is reached by, as behind a proxy; comma-separated."
    )
    cors_origins: str = _setting(
        "", "Origins of other pages that may call it, https://example.org; comma-separated."
    )
    model: str = _setting("", "An exported .onnx file.  [default: the one that comes with abcrun]")
    device: Device = _setting("auto", "auto, cpu or cuda.")  # noqa: RUF009
    threads: int = _setting(
        0, "Threads that compose in each process; 0: its share of the cores, at most 2.", 0, 64
    )
    slots: int = _setting(64, "Tunes composed at a time in each process.", 1, 4096)
    max_queue: int = _setting(128, "Tunes that wait for a slot, before 429.", 0, 100_000)
    max_count: int = _setting(
        32, "Tunes of one request, candidates of best_of counted.", 1, MOST_COUNT
    )
    max_chars: int = _setting(4000, "Characters of one tune composed.", 100, MOST_CHARS)
    max_abc: int = _setting(32_000, "Characters of ABC in one request.", 100, MOST_ABC)
    max_body: int = _setting(262_144, "Bytes of one request's body.", 1000, 16_000_000)
    max_score_file: int = _setting(
        4_194_304, "Bytes of one file, MusicXML or ABC, that is opened.", 1000, MOST_FILE
    )
    max_seconds: int = _setting(300, "Length of a tune that is rendered, in seconds.", 1, 300)
    max_connections: int = _setting(
        1000,
        "Connections of each process. Beyond, idle ones are closed, then requests get 503.",
        1,
        100_000,
    )
    renderers: int = _setting(
        0, "Processes that render, of each worker; 0: its share of the cores, at most 2.", 0, 64
    )
    max_rendering: int = _setting(64, "Renderings that wait or run, before 429.", 1, 10_000)
    max_kept: int = _setting(
        32, "MiB of renderings that are kept, for /v1/renderings, in each process.", 0, 65_536
    )
    compose_timeout: float = _setting(
        60.0, "Seconds for the tunes of one request, before 504.", 0.1, 3600
    )
    render_timeout: float = _setting(20.0, "Seconds for one rendering, before 504.", 0.1, 3600)
    body_timeout: float = _setting(
        10.0, "Seconds for a request's body to come in, before 408.", 0.1, 3600
    )
    head_timeout: float = _setting(
        10.0, "Seconds for a request's head to come in; then the connection is closed.", 0.1, 3600
    )
    send_timeout: float = _setting(
        60.0, "Seconds for a client to read on; then the connection is closed.", 0.1, 3600
    )
    log_format: LogFormat = _setting("text", "Lines of the log: text or json.")  # noqa: RUF009
    grace: float = _setting(
        20.0, "Seconds that running requests have to end when the server is stopped.", 0, 3600
    )

    def __post_init__(self) -> None:
        for one in self.options():
            value = getattr(self, one.name)
            if one.least is None or one.most is None:
                continue
            if not one.least <= value <= one.most:
                raise UsageError(
                    f"{one.flag} is {value}; it must be from {one.least} to {one.most}"
                )
        if self.device not in DEVICES:
            raise UsageError(f"--device is {self.device!r}; choose {', '.join(DEVICES)}")
        if self.log_format not in LOG_FORMATS:
            raise UsageError(
                f"--log-format is {self.log_format!r}; choose {', '.join(LOG_FORMATS)}"
            )
        # Clients send it in a header, where a space would end it, and other characters
        # than ASCII have no agreed bytes.
        for token in self.tokens:
            if not (token.isascii() and token.isprintable() and " " not in token):
                raise UsageError(
                    "--token has characters that no header holds; take letters, digits and signs"
                )
        if self.max_count > self.slots + self.max_queue:
            raise UsageError(
                f"--max-count is {self.max_count}: more than --slots and --max-queue take together"
            )
        # Browsers send an origin without a path: with one it would never be equal.
        for origin in self.origins:
            if not origin.startswith(("http://", "https://")) or origin.count("/") != 2:
                raise UsageError(
                    f"--cors-origins {origin!r}: write scheme and host, as in https://example.org"
                )
        # Whoever composes here uses this machine's cores: nobody opens them by mistake.
        if not self.tokens and not self.is_private:
            public = self.host if not is_loopback(self.host) else self.names[0]
            raise UsageError(
                f"{public} is open to others: set a token (ABCRUN_TOKEN or --token), "
                "or listen on 127.0.0.1 only"
            )

    @property
    def is_private(self) -> bool:
        """Return whether only this machine reaches the server, by a name of its own."""
        # A further name means a proxy in front: through it, others reach loopback too.
        return is_loopback(self.host) and not self.names

    @property
    def tokens(self) -> tuple[str, ...]:
        """Return the tokens, each of a client."""
        return _listed(self.token)

    @property
    def names(self) -> tuple[str, ...]:
        """Return further host names that requests may be for, in lower case."""
        return _listed(self.allow_hosts.lower())

    @property
    def origins(self) -> tuple[str, ...]:
        """Return the origins of other pages that may call the server."""
        return _listed(self.cors_origins)

    def composing_threads(self, cores: int) -> int:
        """Return how many threads compose in each worker, on a machine of `cores`."""
        # Workers beyond the cores still need a thread each.
        return self.threads or max(1, min(THREADS, cores // self.workers))

    def rendering_processes(self, cores: int) -> int:
        """Return how many processes render for each worker, on a machine of `cores`."""
        return self.renderers or max(1, min(2, cores // self.workers))

    @property
    def limits(self) -> dict[str, float]:
        """Return the limits that requests have, by the names that /v1/model tells."""
        return {
            "max_count": self.max_count,
            "max_chars": self.max_chars,
            "max_abc": self.max_abc,
            "max_body_bytes": self.max_body,
            "max_score_file_bytes": self.max_score_file,
            "max_render_seconds": self.max_seconds,
            "compose_timeout": self.compose_timeout,
            "render_timeout": self.render_timeout,
        }

    @property
    def model_path(self) -> Path | None:
        """Return the model file; None for the one that comes with abcrun."""
        return Path(self.model) if self.model else None

    @classmethod
    def options(cls) -> tuple[Option, ...]:
        """Return all settings as options, in order."""
        return tuple(replace(one.metadata["option"], name=one.name) for one in fields(cls))

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Return the settings of the variables `ABCRUN_...`; others have their default.

        `UsageError` for a value that is no number where one is needed, or out of range.
        """
        given: dict[str, Any] = {}
        for one in cls.options():
            text = environment.get(one.variable)
            # Empty is the same as unset: so compose files and units of systemd mean it.
            if text:
                try:
                    given[one.name] = one.kind(text)
                except ValueError:
                    raise UsageError(f"{one.variable} is {text!r}; it must be a number") from None
        return cls(**given)

    def to_environment(self) -> dict[str, str]:
        """Return the variables from which `from_environment` makes equal settings."""
        return {one.variable: str(getattr(self, one.name)) for one in self.options()}


def is_loopback(host: str) -> bool:
    """Return whether nobody but this machine reaches an address."""
    # No look-up: another name may point to loopback today and elsewhere tomorrow.
    try:
        return host.lower() == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
