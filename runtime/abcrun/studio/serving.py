"""Serving: a socket, uvicorn on it and, on one's own machine, the browser in front.

The command line imports this file whether or not the extra `studio` is installed: what
needs the extra is imported where it is used.
"""

import contextlib
import errno
import importlib.util
import os
import socket
import tempfile
import threading
import webbrowser
from collections.abc import Callable, Iterator
from functools import partial
from logging.config import dictConfig
from typing import Any

from abcrun.errors import UsageError
from abcrun.processes import allow_open_files
from abcrun.studio.logs import logging_of
from abcrun.studio.settings import Settings

_OPEN_FILES = 500
"""Files that a process has open besides its connections, and room to spare."""
_PACKAGES = ("fastapi", "uvicorn", "prometheus_client", "pebble")


def require_packages() -> None:
    """Raise `UsageError` unless the extra `studio` is installed."""
    missing = [name for name in _PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError(
            f"the studio needs more packages ({', '.join(missing)}): "
            'pip install "abcrun[cpu,studio]"'
        )


def serve(settings: Settings, tell: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM.

    tell: is given the URL once the socket is open. `UsageError` for an address that is
    taken, `ModelError` for a model that cannot be loaded.
    """
    require_packages()
    logging = logging_of(settings.log_format)
    dictConfig(logging)
    # Connections come in faster than idle ones are closed.
    allow_open_files(2 * settings.max_connections + _OPEN_FILES)
    _check_model(settings)
    listening = listen(settings.host, settings.port)
    tell(url_of(settings.host, listening))
    if settings.workers == 1:
        _run(settings, listening)
    else:
        with _for_workers(settings):
            # Of the extra; and the metrics look for the folder when they are imported.
            import uvicorn

            from abcrun.studio.workers import APP, Workers

            options = uvicorn_options(settings) | {"app": APP, "factory": True}
            config = uvicorn.Config(
                **options | {"log_config": logging, "workers": settings.workers}
            )
            Workers(config, [listening]).run()


def open_studio(settings: Settings, tell: Callable[[str], None], *, browser: bool) -> None:
    """Serve this machine alone and, with `browser`, open the page.

    Where the port is taken, another one is; `tell` is given the URL.
    """
    require_packages()
    _check_model(settings)
    try:
        listening = listen(settings.host, settings.port)
    except UsageError:
        listening = listen(settings.host, 0)
    url = url_of(settings.host, listening)
    tell(url)
    if browser:
        # The socket listens already: the browser waits until the app answers.
        threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
    _run(settings, listening)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    `UsageError` for an address that is taken or is none of this machine.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        listening = socket.socket(family, kind, protocol)
        try:
            # A port whose last connections still linger can be taken again. On Windows
            # the same option would share the port with a server that runs.
            if os.name == "posix":
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen(2048)
            listening.set_inheritable(True)
        except BaseException:
            listening.close()
            raise
    except (OSError, UnicodeError) as error:
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise UsageError(
                f"port {port} of {host} is taken; choose another with --port"
            ) from None
        raise UsageError(f"cannot listen on {host}, port {port}: {error}") from None
    return listening


def url_of(host: str, listening: socket.socket) -> str:
    """Return the address of the page."""
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{listening.getsockname()[1]}/"


def _run(settings: Settings, listening: socket.socket) -> None:
    # Both need the extra.
    import uvicorn

    from abcrun.studio.app import create

    server = uvicorn.Server(uvicorn.Config(create(settings), **uvicorn_options(settings)))
    # uvicorn has ended what ran, and raises the signal again that asked it to.
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listening])


def uvicorn_options(settings: Settings) -> dict[str, Any]:
    """Return how uvicorn is to serve, but for the app."""
    from abcrun.studio.connections import Connection, Limits  # need the extra

    return {
        "log_config": None,  # it is set up here
        "access_log": False,  # the app has its own
        "timeout_graceful_shutdown": max(1, round(settings.grace)),
        "server_header": False,
        "proxy_headers": False,
        "http": partial(Connection, Limits(settings)),
        "ws": "none",
        "lifespan": "on",
    }


@contextlib.contextmanager
def _for_workers(settings: Settings) -> Iterator[None]:
    """Set the environment of workers: settings, and where they count together."""
    with tempfile.TemporaryDirectory(prefix="abcrun-metrics-") as folder:
        os.environ.update(settings.to_environment(), PROMETHEUS_MULTIPROC_DIR=folder)
        yield


def _check_model(settings: Settings) -> None:
    """Load the model once, so that what is wrong with it is told now, in one line, and
    not by each process later."""
    # Not at the top: the command line's help must not wait for NumPy.
    from abcrun.model import Model

    Model.load(settings.model_path, settings.device).close()
