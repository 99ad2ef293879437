"""The figures of a training for TensorBoard, where that is installed.

Events are written here and not by torch's `SummaryWriter`, whose thread prints a
traceback where the disk is full.
"""

import importlib.util
import io
import logging
import time
from collections.abc import Sequence
from pathlib import Path

from abctrain.training.checkpoint import EpochRow

log = logging.getLogger(__name__)

FILES = "events.out.tfevents.*.abctrain"
"""The pattern of our event files in a run's folder."""


class EventFile:
    """The event file of a session of a training.

    It begins with the epochs of the sessions before it, whose files it replaces: a run
    has one file, and each epoch once in it, wherever a session was killed.
    """

    def __init__(self, run: Path) -> None:
        self._run = run
        self._path: Path | None = None
        self._written = 0  # rows

    def write(self, history: Sequence[EpochRow]) -> None:
        """Add the epochs that are not in the file yet.

        What fails is a warning: it is no reason to lose a training.
        """
        if importlib.util.find_spec("tensorboard") is None:
            return
        try:
            if self._path is None:
                content = _head()
                for older in self._run.glob(FILES):
                    older.unlink()
                # TensorBoard reads the files of a folder in the order of their names.
                self._path = self._run / FILES.replace("*", f"{time.time():010.0f}")
                self._written = 0
            else:
                content = b""
            content += b"".join(map(_event, history[self._written :]))
            with self._path.open("ab") as file:
                file.write(content)
            self._written = len(history)
        # TypeError: protocol buffers of another version than TensorBoard's.
        except (OSError, ImportError, TypeError) as error:
            log.warning("no events for TensorBoard: %s", error)
            # Behind a part of an event nothing can be read: the next file is a new one.
            self._path = None


def _head() -> bytes:
    """Return the first events of a file. They say that what a TensorBoard that is open
    has read of this run comes again."""
    return _record(file_version="brain.Event:2") + _record(step=1, session_log={"status": "START"})


def _event(row: EpochRow) -> bytes:
    """Return the figures of an epoch, named as the columns of metrics.csv."""
    figures = [
        {"tag": name, "simple_value": value} for name, value in row.items() if name != "epoch"
    ]
    return _record(step=row["epoch"], summary={"value": figures})


def _record(**fields: object) -> bytes:
    """Return an event of now as it stands in a file: with its length and checksums."""
    # Here, because an installation need not have it.
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.summary.writer.record_writer import RecordWriter

    record = io.BytesIO()
    event = Event(wall_time=time.time(), **fields)
    RecordWriter(record).write(event.SerializeToString())
    return record.getvalue()
