"""The step that fills a new London from feed files: `python -m demo.show.filling FOLDER`."""

import asyncio
import logging
import sys
from pathlib import Path

from demo.feed_lines import find_feeds
from demo.feed_rows import Ingest
from demo.feeds import load_feeds
from demo.london import create
from shared import log, mysql
from shared.settings import LondonSettings, load

logger = logging.getLogger(__name__)


async def fill(london: LondonSettings, folder: Path) -> None:
    """Makes London's tables, and fills them from the full files of the folder."""
    await create(london)
    async with mysql.connection(london) as connection:
        async for progress in load_feeds(connection, find_feeds(folder).full, Ingest()):
            logger.info("lines taken", extra={"file": progress.file.path.name, "lines": progress.lines})


if __name__ == "__main__":
    log.configure("london-catalogue")
    asyncio.run(fill(load(LondonSettings), Path(sys.argv[1])))
