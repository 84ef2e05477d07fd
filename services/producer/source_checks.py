"""Whether London can be followed: what of its settings, tables and binlog would lose changes, and how to mend it.

Session settings that break the rules are seen where they do harm, event by event (`services.producer.binlog`).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from asyncmy.connection import Connection

from services.producer.cascades import Cascade, parse_cascades
from services.producer.source import Instance
from shared.errors import DatabaseAway
from shared.mysql import rows
from shared.position import Position

MYSQL_PRIVILEGES: Final = ("REPLICATION SLAVE", "REPLICATION CLIENT")
MARIADB_PRIVILEGES: Final = ("REPLICATION SLAVE", "BINLOG MONITOR", "SLAVE MONITOR")
"""What the producer's account needs on *.*, beside SELECT on the catalogue's schema."""


class Setting(NamedTuple):
    """A setting of the server without which changes are lost: what it must be, why, and how that is done."""

    name: str
    value: str
    reason: str
    mend: str


_BOTH: Final = (
    Setting("log_bin", "ON", "there is no binlog to follow", "start the server with log_bin"),
    Setting(
        "binlog_format",
        "ROW",
        "a statement does not tell which rows it changed",
        "SET GLOBAL binlog_format = 'ROW', and let the clients connect anew",
    ),
    Setting(
        "binlog_row_image",
        "FULL",
        "a part of a row may lack the columns that lead to its album",
        "SET GLOBAL binlog_row_image = 'FULL', and let the clients connect anew",
    ),
    Setting(
        "binlog_row_metadata",
        "FULL",
        "rows in the binlog do not tell their columns' names",
        "SET GLOBAL binlog_row_metadata = 'FULL'",
    ),
)
_MYSQL: Final = Setting(
    "gtid_mode",
    "ON",
    "transactions have no identity that outlives a restart",
    "SET GLOBAL enforce_gtid_consistency = ON, then gtid_mode = OFF_PERMISSIVE, ON_PERMISSIVE and ON in turn",
)
_MARIADB: Final = Setting(
    "gtid_strict_mode",
    "ON",
    "the numbers of transactions may go back, and then a position tells nothing",
    "SET GLOBAL gtid_strict_mode = ON",
)

_READ_TYPES: Final = frozenset(
    {
        *("tinyint", "smallint", "mediumint", "int", "bigint", "decimal"),
        *("char", "varchar", "tinytext", "text", "mediumtext", "longtext"),
        *("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"),
    }
)
_READ_CHARSETS: Final = frozenset({None, "utf8mb4", "utf8mb3", "utf8", "latin1", "ascii"})
_OLD_TEMPORAL: Final = "/* mariadb-5.3 */"
_COMPRESSED: Final = "COMPRESSED"


async def check_source(connection: Connection, instance: Instance, wanted: Mapping[str, Sequence[str]]) -> list[str]:
    """What keeps this server from being followed through a mapping, a sentence each with what to do; empty if nothing.

    `wanted` has the mapped tables, in the connection's database, and their wanted columns.
    """
    variables = dict(await rows(connection, "SHOW GLOBAL VARIABLES"))
    found = [*unfit_settings(variables, is_mariadb=instance.is_mariadb)]
    if variables.get("log_bin") == "ON":
        found += [*unfit_filters(await rows(connection, _binlog_status(instance)))]
    found += [*unfit_replica(variables, is_replica=bool(await rows(connection, _replica_status(instance))))]
    return found + await check_columns(connection, wanted)


async def check_columns(connection: Connection, wanted: Mapping[str, Sequence[str]]) -> list[str]:
    """What of `check_source` is about the tables and columns."""
    return [*unfit_columns(wanted, [ColumnFacts(*row) for row in await rows(connection, _COLUMNS)])]


def unfit_settings(variables: Mapping[str, str], *, is_mariadb: bool) -> Iterable[str]:
    """One sentence for each global setting that would lose changes."""
    for setting in (*_BOTH, _MARIADB if is_mariadb else _MYSQL):
        # A server that no longer has the setting has no other format than ROW.
        found = variables.get(setting.name, "ROW" if setting.name == "binlog_format" else "missing")
        if found != setting.value:
            yield f"{setting.name} is {found} and must be {setting.value}, else {setting.reason}: {setting.mend}"


def unfit_filters(status: Iterable[tuple[object, ...]]) -> Iterable[str]:
    """`status` is what the server says of its binlog: file, offset, schemas written only, schemas left out, ..."""
    for _, _, written, left_out, *_ in status:
        if written or left_out:
            yield (
                f"the binlog is filtered (binlog_do_db is {written!r}, binlog_ignore_db {left_out!r}), so changes may "
                "be missing from it: start the server without these options"
            )


def unfit_replica(variables: Mapping[str, str], *, is_replica: bool) -> Iterable[str]:
    name = "log_replica_updates" if "log_replica_updates" in variables else "log_slave_updates"
    if is_replica and variables.get(name) != "ON":
        yield f"{name} is OFF on a replica, so its binlog lacks what it replicates: start the server with {name}"


class ColumnFacts(NamedTuple):
    """A column as information_schema describes it."""

    table: str
    is_view: bool
    name: str
    type: str
    declaration: str
    scale: int | None
    charset: str | None


_COLUMNS: Final = """
    SELECT c.TABLE_NAME, t.TABLE_TYPE LIKE '%VIEW', c.COLUMN_NAME, LOWER(c.DATA_TYPE), c.COLUMN_TYPE, c.NUMERIC_SCALE,
           c.CHARACTER_SET_NAME
    FROM information_schema.COLUMNS c JOIN information_schema.TABLES t USING (TABLE_SCHEMA, TABLE_NAME)
    WHERE TABLE_SCHEMA = DATABASE()
"""


def unfit_columns(wanted: Mapping[str, Sequence[str]], columns: Iterable[ColumnFacts]) -> Iterable[str]:
    """One sentence for each mapped table whose row events would not tell what changed."""
    tables: dict[str, dict[str, ColumnFacts]] = {}
    for column in columns:
        tables.setdefault(column.table.lower(), {})[column.name.lower()] = column
    for table, names in wanted.items():
        yield from _unfit_table(table, names, tables.get(table.lower(), {}))


def _unfit_table(table: str, wanted: Sequence[str], columns: Mapping[str, ColumnFacts]) -> Iterable[str]:
    if not columns:
        yield f"the mapping follows table {table}, which is not there or not to be read by this account"
        return
    if any(column.is_view for column in columns.values()):
        yield f"the mapping follows {table}, which is a view: follow the tables that it reads"
        return
    if old := [column.name for column in columns.values() if _OLD_TEMPORAL in column.declaration]:
        yield (
            f"table {table} has {', '.join(old)} in the format of MariaDB 5.3, whose size the binlog does not tell: "
            f"ALTER TABLE {table} FORCE, with mysql56_temporal_format ON"
        )
    for name in wanted:
        if (column := columns.get(name.lower())) is None:
            yield f"the mapping follows column {name} of table {table}, which has none of that name"
        elif not _is_read(column):
            yield f"the mapping follows column {name} of table {table}, which is neither a whole number nor text"


def _is_read(column: ColumnFacts) -> bool:
    return (
        column.type in _READ_TYPES
        and not column.scale
        and column.charset in _READ_CHARSETS
        and _COMPRESSED not in column.declaration
    )


def _binlog_status(instance: Instance) -> str:
    if instance.is_mariadb:
        return "SHOW BINLOG STATUS"
    return "SHOW BINARY LOG STATUS" if _release(instance) >= (8, 2) else "SHOW MASTER STATUS"


def _replica_status(instance: Instance) -> str:
    return "SHOW ALL REPLICAS STATUS" if instance.is_mariadb else "SHOW REPLICA STATUS"


def _release(instance: Instance) -> tuple[int, int]:
    major, minor = instance.version.split(".")[:2]
    return int(major), int(minor)


async def cascades(connection: Connection, tables: Iterable[str]) -> list[Cascade]:
    """The foreign keys of these tables, and of the tables that they refer to, that change rows without a row event."""
    if await _logs_cascades(connection):
        return []
    found: list[Cascade] = []
    ahead = list(tables)
    seen = {table.lower() for table in ahead}
    while ahead:
        table = ahead.pop(0)
        # MariaDB hides information_schema's list of foreign keys from an account that may only read.
        [(_, definition, *_)] = await rows(connection, f"SHOW CREATE TABLE {quoted(table)}")
        own = parse_cascades(table, definition)
        found += own
        parents = [cascade.parent for cascade in own if cascade.parent.lower() not in seen]
        ahead += dict.fromkeys(parents)
        seen.update(parent.lower() for parent in parents)
    return found


async def _logs_cascades(connection: Connection) -> bool:
    """MySQL from 9.6 on writes row events of the children as well, unless it is started otherwise."""
    found = dict(await rows(connection, "SHOW GLOBAL VARIABLES LIKE 'innodb_native_foreign_keys'"))
    return found.get("innodb_native_foreign_keys") == "OFF"


def quoted(name: str) -> str:
    return ".".join(f"`{part.replace('`', '``')}`" for part in name.split(".", 1))


async def purged(connection: Connection, instance: Instance, start: Position) -> bool:
    """Whether London has deleted a part of its binlog that follows `start`, so that going on from there would miss
    changes."""
    read = _mariadb_purged if instance.is_mariadb else _mysql_purged
    return not start.contains(instance.parse_position(await read(connection)))


async def _mysql_purged(connection: Connection) -> str:
    [(purged,)] = await rows(connection, "SELECT @@GLOBAL.gtid_purged")
    return str(purged)


async def _mariadb_purged(connection: Connection) -> str:
    """The position at which the oldest file of the binlog begins."""
    [(oldest, *_), *_] = await rows(connection, "SHOW BINARY LOGS")
    [(position,)] = await rows(connection, f"SELECT BINLOG_GTID_POS('{oldest}', 4)")
    if position is None:
        raise DatabaseAway("London deletes files of its binlog at this moment")
    return str(position)


async def retention_s(connection: Connection) -> int | None:
    """How long London keeps its binlog, in seconds; None if no time is set. What is left of it is the headroom: this
    minus the lag."""
    [(_, seconds)] = await rows(connection, "SHOW GLOBAL VARIABLES LIKE 'binlog_expire_logs_seconds'")
    return int(seconds) or None
