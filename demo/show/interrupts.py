"""What asks the demo to end: Ctrl-C, a service manager, a terminal that is closed. All do the same."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

ALSO_END = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def as_ctrl_c() -> Iterator[None]:
    """Everything that asks for the end raises KeyboardInterrupt; what is ignored, as under nohup, stays so."""
    before = {number: signal.getsignal(number) for number in ALSO_END}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Nobody interrupts what is done here: an impatient second Ctrl-C must not leave servers behind."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, *ALSO_END)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
