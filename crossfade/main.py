"""The operator's command: one file a command or group of commands, each registered here by a line."""

import logging
import signal
import sys
from typing import NoReturn

import typer

from crossfade import dead_letters, produce
from crossfade.bench import bench
from crossfade.compare import compare
from crossfade.demo import demo
from crossfade.doctor import doctor
from crossfade.logs import logs
from crossfade.mapping import mapping
from crossfade.provision import provision
from crossfade.serve import persist, serve
from crossfade.settings import settings
from crossfade.status import status
from crossfade.up import down, up
from deploy.embedded.errors import EmbeddedError, FetchFailed, UnsupportedPlatform
from shared.errors import CrossfadeError, Unusable

app = typer.Typer(
    name="crossfade",
    help="Moves a music catalogue from London into cloud regions and serves it there.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.command()(demo)
app.command()(up)
app.command()(down)
app.command()(status)
app.command()(logs)
app.command()(doctor)
app.command()(settings)
app.command()(provision)
app.add_typer(produce.app, name="produce")
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(bench, name="bench")
app.add_typer(mapping, name="mapping")
app.command()(persist)
app.command()(serve)
app.command()(compare)


def main() -> None:
    """Exit codes: 0 fine, 1 a difference or failure, 2 usage or something required is missing."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # What drivers would say on standard error is said once, by the error that they raise.
    logging.getLogger().addHandler(logging.NullHandler())
    try:
        app()
    except (Unusable, UnsupportedPlatform, FetchFailed) as error:
        give_up(error, 2)
    except (CrossfadeError, EmbeddedError) as error:
        give_up(error, 1)


def give_up(error: Exception, code: int) -> NoReturn:
    sys.stderr.write(f"{error}\n")
    sys.exit(code)


if __name__ == "__main__":
    main()
