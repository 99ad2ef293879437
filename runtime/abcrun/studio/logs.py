"""What `abcrun serve` logs, on stderr: a line for each event, as text or as JSON."""

import json
import logging
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from abcrun.studio.errors import request_id

LogFormat = Literal["text", "json"]
LOG_FORMATS: tuple[str, ...] = get_args(LogFormat)


class TextFormatter(logging.Formatter):
    """Time, level, request id ("-" outside of requests) and message, for people."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(request_id)s %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
        """Return the time of a record."""
        return _time(record)

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record, and the traceback behind it where it has one."""
        record.request_id = request_id.get() or "-"
        return super().format(record)


class JsonFormatter(logging.Formatter):
    """One JSON object a line, for programs.

    A request's has method, route, status and seconds, too.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        line: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if own_id := request_id.get():
            line["request_id"] = own_id
        line.update(getattr(record, "fields", {}))
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line)


def logging_of(log_format: LogFormat) -> dict[str, Any]:
    """Return how a server logs, as `logging.config.dictConfig` takes it.

    Requests are logged; of other packages, what the command line has asked for.
    """
    formatter = JsonFormatter if log_format == "json" else TextFormatter
    level = logging.getLogger().level
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": f"{__name__}.{formatter.__name__}"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {"abcrun": {"level": min(level, logging.INFO)}},
    }


def _time(record: logging.LogRecord) -> str:
    at = datetime.fromtimestamp(record.created, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
