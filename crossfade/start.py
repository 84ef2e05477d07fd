"""Where the command begins: before all that it needs is imported, which takes a second."""

import signal
from importlib import import_module


def main() -> None:
    """Until the command itself takes Ctrl-C, it ends the process without a word."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    import_module("crossfade.main").main()
