"""Alarms: what an operator has to know of at once, although the process goes on."""

import logging

from shared import metrics

logger = logging.getLogger(__name__)


class Alarm:
    """Raised once there was a reason for `after_s` seconds without a pause, and over when there is none.

    It is shown as the metric `crossfade_alarm`, and as a line in the log when it is raised and when it is over.
    """

    def __init__(self, name: str, after_s: float = 0) -> None:
        self._name = name
        self._after_s = after_s
        self._since_s: float | None = None
        self._is_raised = False
        metrics.ALARM.labels(name).set(0)

    def look(self, reason: str | None, now_s: float) -> None:
        """`reason` is what there is to know, None or empty if nothing; `now_s` is of a clock that only goes on."""
        if not reason:
            self._since_s = None
            if self._is_raised:
                self._set(False)
                logger.info("an alarm is over", extra={"alarm": self._name})
            return
        self._since_s = now_s if self._since_s is None else self._since_s
        if not self._is_raised and now_s - self._since_s >= self._after_s:
            self._set(True)
            logger.error("alarm", extra={"alarm": self._name, "reason": reason})

    def _set(self, is_raised: bool) -> None:
        self._is_raised = is_raised
        metrics.ALARM.labels(self._name).set(is_raised)
