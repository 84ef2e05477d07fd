"""Logs: one JSON object a line on standard error; the message is fixed, what varies stands in fields."""

import logging
import sys
import traceback
from typing import Any, Final

import orjson

from shared import clock

OURS: Final = ("services", "shared", "crossfade", "deploy", "demo", "bench", "__main__")
"""Whose messages are fixed and say what varies in fields; all other loggers are libraries'."""

_MOST_MESSAGES: Final = 1000

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
            # Not its repr, which may hold what was read, and with it a consumer key.
            line["error"] = traceback.format_exception_only(record.exc_info[1])[-1].strip()
            line["trace"] = "".join(traceback.format_exception(record.exc_info[1]))
        return orjson.dumps(line, default=str).decode()


class Seldom(logging.Filter):
    """Lets each message of a library through once in `every_s` seconds, with how often it was held back since: drivers
    repeat themselves dozens of times a second while their server is away."""

    def __init__(self, every_s: float = 10.0) -> None:
        super().__init__()
        self._every_s = every_s
        self._told: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.partition(".")[0] in OURS:
            return True
        message = record.name, record.getMessage()
        told_at, held_back = self._told.get(message, (0.0, 0))
        if record.created - told_at < self._every_s:
            self._told[message] = told_at, held_back + 1
            return False
        if len(self._told) >= _MOST_MESSAGES:
            self._told.clear()
        self._told[message] = record.created, 0
        if held_back:
            record.held_back = held_back
        return True


def configure(service: str, level: str = "INFO") -> None:
    """Sends this process's logs to standard error as JSON lines. Libraries speak from WARNING on."""
    stream = logging.StreamHandler(sys.stderr)
    stream.setFormatter(JsonLines(service))
    stream.addFilter(Seldom())
    logging.basicConfig(level=logging.WARNING, handlers=[stream], force=True)
    for ours in OURS:
        logging.getLogger(ours).setLevel(level)
