"""Worker processes: replaced when they end, and ended with their parent."""

import logging
import os
import shutil
from multiprocessing.process import BaseProcess
from signal import Signals
from typing import TYPE_CHECKING, Any

from prometheus_client.multiprocess import mark_process_dead
from uvicorn.supervisors import Multiprocess

from abcrun.processes import end_with_parent
from abcrun.studio.app import create
from abcrun.studio.settings import Settings

if TYPE_CHECKING:
    from starlette.types import ASGIApp

log = logging.getLogger(__name__)

APP = f"{__name__}:app"
"""The app of a worker, as uvicorn takes it."""
METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable that names where workers count together."""


def app() -> "ASGIApp":
    """Return the app of this worker, with the settings of the environment."""
    end_with_parent(lambda: shutil.rmtree(os.environ[METRICS_FOLDER], ignore_errors=True))
    return create(Settings.from_environment())


class Workers(Multiprocess):
    """The workers of a server, whose death is told and no longer counted."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._known: dict[int, BaseProcess] = {}

    def keep_subprocess_alive(self) -> None:
        """Replace workers that have ended."""
        super().keep_subprocess_alive()
        now: dict[int, BaseProcess] = {
            one.pid: one.process for one in self.processes if one.pid is not None
        }
        for pid, process in self._known.items():
            if pid not in now:
                log.error("worker %d %s; another takes its place", pid, _end_of(process))
                # Its rows and queue are gone with it: figures that add up workers would
                # count them for ever.
                mark_process_dead(pid)  # type: ignore[no-untyped-call]
        self._known = now


def _end_of(process: BaseProcess) -> str:
    """Return how a process has ended."""
    status = process.exitcode
    if status is None:
        return "was told to end"
    return f"was ended by {Signals(-status).name}" if status < 0 else f"ended with status {status}"
