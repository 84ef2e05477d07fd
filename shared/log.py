"""Logs: one JSON object a line on standard error; the message is fixed, what varies stands in fields."""

import logging
import sys
import traceback
from typing import Any, Final

import orjson

from shared import clock

_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """`time`, `level`, `service`, `message`, the record's extra fields, and `error` with its trace if there is one."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self.service = service

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": clock.timestamp(),
            "level": record.levelname.lower(),
            "service": self.service,
            "message": record.getMessage(),
        }
        line |= {name: value for name, value in vars(record).items() if name not in _STANDARD}
        if record.exc_info and record.exc_info[1]:
            line["error"] = repr(record.exc_info[1])
            line["trace"] = "".join(traceback.format_exception(record.exc_info[1]))
        return orjson.dumps(line, default=str).decode()


def configure(service: str, level: str = "INFO") -> None:
    """Sends this process's logs to standard error as JSON lines. Libraries speak from WARNING on."""
    stream = logging.StreamHandler(sys.stderr)
    stream.setFormatter(JsonLines(service))
    logging.basicConfig(level=logging.WARNING, handlers=[stream], force=True)
    for ours in ("services", "shared", "crossfade", "deploy", "demo", "bench", "__main__"):
        logging.getLogger(ours).setLevel(level)
