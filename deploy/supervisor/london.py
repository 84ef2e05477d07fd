"""The step that fills a new embedded London: tables, API clients, shops, and a generated catalogue.

Nothing reads London before it has ended, so a London that was filled in part is thrown away and filled again.
"""

import asyncio
import logging
from pathlib import Path

from demo.clients import write_clients
from demo.generate import Catalogue, write_catalogue
from demo.london import create
from demo.vocabulary import write_vocabulary
from deploy.supervisor.folder import Folder
from deploy.supervisor.settings import UpSettings
from shared import log, mysql
from shared.settings import LondonSettings, load

logger = logging.getLogger(__name__)


def main() -> None:
    log.configure("london-catalogue")
    folder = Folder.here()
    if not is_filled(folder):
        asyncio.run(fill(load(LondonSettings), load(UpSettings).albums))
        _filled(folder).touch()


def is_filled(folder: Folder) -> bool:
    """Whether the embedded London has its catalogue, all of it."""
    return _filled(folder).exists()


def _filled(folder: Folder) -> Path:
    return folder.data("london") / "filled"


async def fill(london: LondonSettings, albums: int) -> None:
    """Makes London's database anew, with that many albums; with none, what a catalogue of another kind starts from."""
    async with mysql.connection(london, database=None) as connection:
        await connection.query("SET SESSION sql_notes = 0")
        await connection.query(f"DROP DATABASE IF EXISTS `{london.database}`")
    await create(london)
    async with mysql.connection(london) as connection:
        await write_vocabulary(connection)
        await write_clients(connection)
        if albums:
            async for written in write_catalogue(connection, Catalogue(albums)):
                logger.info("albums written", extra={"albums": written, "of": albums})


if __name__ == "__main__":
    main()
