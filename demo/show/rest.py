"""Waiting until the region has all that London has."""

import asyncio
import time
from typing import Final

from asyncmy.connection import Connection

from demo.show.errors import NotHeld
from demo.show.stage import Stage
from deploy.supervisor.status import Status, read_status
from shared import mysql
from shared.position import MariaDBPosition

POLL_S: Final = 0.05
PATIENCE_S: Final = 60.0


async def until_at_rest(stage: Stage, london: Connection) -> None:
    """Returns when everything that London has committed is in the log, and everything in the log in the region.
    Nobody may change London meanwhile. Raises NotHeld when that does not come."""
    [(position,)] = await mysql.rows(london, "SELECT @@GLOBAL.gtid_binlog_pos")
    ends_at = time.monotonic() + PATIENCE_S
    while not has_all(status := await read_status(stage.home.folder), MariaDBPosition.parse(position)):
        if time.monotonic() > ends_at:
            raise NotHeld(f"after {PATIENCE_S:g} s the region is still behind London's position {position}: "
                          f"{status.problem or status.progress}")  # fmt: skip
        await asyncio.sleep(POLL_S)


def has_all(status: Status, position: MariaDBPosition) -> bool:
    """Whether the region holds all of London up to a position, as the status tells."""
    progress = status.progress
    return (
        progress is not None
        and progress.position is not None
        and MariaDBPosition.parse(progress.position).contains(position)
        and not any(partition.waiting for partition in progress.partitions)
    )
