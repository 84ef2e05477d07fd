"""A London of another schema: a label's records by catalogue number, its recordings by reel and take."""

from asyncmy.connection import Connection

from tests.replication import ROOT, World

VINYL = ROOT / "tests" / "mappings" / "vinyl"
SCHEMA = (VINYL / "schema.sql").read_text("utf-8")
LPS = 12


async def make_vinyl(world: World) -> None:
    """Puts tables of that schema in the place of the demo's, with LP0000010 to LP0000120 by tens, four takes each."""
    world.mapping = VINYL
    async with world.in_london() as london:
        await renew_database(london, world.london.database)
        for statement in SCHEMA.split(";")[:-1]:
            await london.query(statement)
        await london.query("INSERT INTO imprint VALUES (1, 'Blue Groove'), (2, 'Night Press')")
        for number in range(1, LPS + 1):
            await press(london, f"LP{number:06}0", reel=number)


async def renew_database(london: Connection, name: str) -> None:
    await london.query(f"DROP DATABASE {name}")
    await london.query(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    await london.query(f"USE {name}")


async def press(london: Connection, cat_no: str, reel: int) -> None:
    """A record with both sides, of one reel."""
    await london.query(f"INSERT INTO lp VALUES ('{cat_no}', 'Reel {reel}', {reel % 2 + 1}, 1099, '2020-05-01')")
    grooves = ((side, groove) for side in "AB" for groove in (1, 2))
    rows = [
        f"({reel}, {take}, '{cat_no}', '{side}', {groove}, 'Take {take}', '00:03:{take:02}')"
        for take, (side, groove) in enumerate(grooves, start=1)
    ]
    await london.query(f"INSERT INTO take VALUES {', '.join(rows)}")
