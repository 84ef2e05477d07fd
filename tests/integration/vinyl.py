"""A London of another schema: a label's records by catalogue number, its recordings by reel and take."""

from typing import Final

from asyncmy.connection import Connection

from shared import mysql
from shared.settings import LondonSettings
from tests.replication import ROOT

VINYL: Final = ROOT / "tests" / "mappings" / "vinyl"
TABLES: Final = (VINYL / "schema.sql").read_text("utf-8").split(";")[:-1]
LPS: Final = 12


async def make_vinyl(london: LondonSettings) -> None:
    """A database of that schema in the place of any other, with LP0000010 to LP0000120 by tens, four takes each."""
    async with mysql.connection(london.model_copy(update={"database": "information_schema"})) as connection:
        await connection.query(f"DROP DATABASE IF EXISTS {london.database}")
        await connection.query(f"CREATE DATABASE {london.database} CHARACTER SET utf8mb4")
    async with mysql.connection(london) as connection:
        for statement in TABLES:
            await connection.query(statement)
        await connection.query("INSERT INTO imprint VALUES (1, 'Blue Groove'), (2, 'Night Press')")
        for number in range(1, LPS + 1):
            await press(connection, f"LP{number:06}0", reel=number)


async def press(london: Connection, cat_no: str, reel: int) -> None:
    """A record with both sides, of one reel."""
    await london.query(f"INSERT INTO lp VALUES ('{cat_no}', 'Reel {reel}', {reel % 2 + 1}, 1099, '2020-05-01')")
    grooves = ((side, groove) for side in "AB" for groove in (1, 2))
    rows = [
        f"({reel}, {take}, '{cat_no}', '{side}', {groove}, 'Take {take}', '00:03:{take:02}')"
        for take, (side, groove) in enumerate(grooves, start=1)
    ]
    await london.query(f"INSERT INTO take VALUES {', '.join(rows)}")
