"""`crossfade mapping check`: what is wrong with a mapping is told in its author's words, and nothing of a right one."""

import json
import os
import shutil
import subprocess
import sys
from itertools import count
from pathlib import Path
from typing import Final

import pytest
from pydantic import SecretStr

from demo import london as demo_london
from demo.generate import Catalogue, write_catalogue
from deploy.embedded.ports import free_port
from services.producer.mapping_check import Report, check
from services.producer.snapshot import RANGE_SIZES
from shared import mysql
from shared.settings import LondonSettings
from tests.integration.vinyl import LPS, VINYL, make_vinyl, press
from tests.replication import MAPPING
from tests.servers import Database

_numbers = count(1)


def settings(server: Database) -> LondonSettings:
    login = server.root
    return LondonSettings(
        host=login.host,
        port=login.port,
        user=login.user,
        password=SecretStr(login.password),
        database=f"checked_{next(_numbers)}",
    )


@pytest.fixture
async def london(london_server: Database) -> LondonSettings:
    """A London of records."""
    made = settings(london_server)
    await make_vinyl(made)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the mapping of records."""
    return Path(shutil.copytree(VINYL, tmp_path / "vinyl"))


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


async def run(london: LondonSettings, folder: Path, *, is_whole: bool = False) -> Report:
    return await check(folder, london, is_whole=is_whole, progress=lambda _, __: None)


async def change(london: LondonSettings, *statements: str) -> None:
    async with mysql.connection(london) as connection:
        for statement in statements:
            await connection.query(statement)


async def test_nothing_is_said_of_a_right_mapping(london: LondonSettings) -> None:
    assert await run(london, VINYL, is_whole=True) == Report("vinyl", [], {"album": LPS})


async def test_nothing_is_said_of_a_right_mapping_on_mysql(mysql_london_server: Database) -> None:
    london = settings(mysql_london_server)
    await make_vinyl(london)
    assert await run(london, VINYL) == Report("vinyl", [], {"album": LPS})


async def test_nothing_is_said_of_the_shipped_mapping(london_server: Database) -> None:
    london = settings(london_server)
    await demo_london.create(london)
    async with mysql.connection(london) as connection:
        async for _ in write_catalogue(connection, Catalogue(30, 1)):
            pass
    report = await run(london, MAPPING, is_whole=True)
    assert (report.findings, report.documents["album"]) == ([], 30)


async def test_nothing_is_said_of_tables_without_rows(london: LondonSettings) -> None:
    await change(london, "DELETE FROM lp", "DELETE FROM imprint")
    assert await run(london, VINYL) == Report("vinyl", [], {"album": 0})


BROKEN: Final = [
    ("takes.sql", "AS title", "AS titel", "vinyl/takes.sql: query 'tracks' gives titel, which is none of album_id,"),
    ("lps.sql", "AS album_id", "AS lp_id", "vinyl/lps.sql: query 'albums' gives no column album_id; it gives lp_id"),
    ("lps.sql", "lp.lp_name", "lp.name", "Unknown column 'lp.name' in"),
    ("lps.sql", "FROM", "FORM", "You have an error in your SQL syntax"),
    (
        *("takes.sql", "TIME_TO_SEC(t.minutes)", "CONCAT(t.minutes)"),
        "vinyl/takes.sql: duration of album 10 (tracks.0.duration): Expected `int | null`, got `str` (and 11 more like",
    ),
    (
        *("licences.sql", "'GB,IE'", "'GB;IE'"),
        "vinyl/licences.sql: territory of album 10 (territory_sets.*): 'GB;IE' is not of the form [A-Z]{2} (and 11",
    ),
    (
        "ids.sql",
        "CAST(SUBSTRING(cat_no, 3) AS UNSIGNED)",
        "cat_no",
        "it gives the id 'LP0000010', which is not a whole number; CAST",
    ),
    ("ids.sql", ">", ">=", "vinyl/ids.sql: it gives the id 70 after 70; ids have to ascend, and to be greater than"),
    ("ids.sql", "BY cat_no", "BY cat_no DESC", "vinyl/ids.sql: it gives the id 110 after 120; ids have to ascend"),
    ("ids.sql", "AS id", "AS id, lp_name", "vinyl/ids.sql: it gives 2 columns, and has to give the id only"),
    (
        *("ids.sql", "WHERE", "WHERE lp_name NOT IN ('Reel 5', 'Reel 6') AND"),
        "vinyl/lps.sql: it gives album 50, which vinyl/ids.sql does not give (and 1 more like this)",
    ),
    (
        *("lps.sql", "LEFT JOIN", "AND lp_name != 'Reel 5' LEFT JOIN"),
        "vinyl/lps.sql: it gives no album 50, which vinyl/ids.sql gives",
    ),
    (
        *("takes.sql", "t.reel * 100 + t.take_no", "t.take_no + 0"),
        "vinyl/takes.sql: query 'tracks' gives track_id 1 in 12 rows, and may give it in one only",
    ),
    ("formats.sql", "'Vinyl rip'", "SLEEP(0.08)", "vinyl/formats.sql: it takes "),
    (
        *("mapping.yaml", "  imprint:", "  imprint_of_another_name:"),
        "vinyl/lps.sql: it reads table imprint, of which mapping.yaml does not tell how a change leads to album",
    ),
    (
        *("mapping.yaml", "  imprint:", "  imprints:"),
        "mapping.yaml: tables.imprints.album: the mapping follows table imprints, which is not there",
    ),
    (
        *("mapping.yaml", "{column: on_lp,", "{column: lp,"),
        "mapping.yaml: tables.take.album: the mapping follows column lp of table take, which has none of that name",
    ),
    (
        *("mapping.yaml", 'cat_no, id: "SUBSTRING(:value, 3)"', 'cat_no, id: "SUBSTRING(:value, 1)"'),
        "mapping.yaml: tables.lp.album: none of 12 values of cat_no, such as 'LP00000",
    ),
    (
        *("mapping.yaml", 'cat_no, id: "', 'cat_no, id: "(SELECT 1 FROM lp WHERE cat_no = :value) + '),
        "mapping.yaml: tables.lp.album: its id reads table lp, where a deleted row is gone",
    ),
    (
        *("lps_of_imprints.sql", "CAST(SUBSTRING(cat_no, 3) AS UNSIGNED)", "cat_no"),
        "vinyl/lps_of_imprints.sql: it gives the id 'LP00000",
    ),
    ("lps_of_imprints.sql", "AS id", "AS id, 1", "vinyl/lps_of_imprints.sql: it gives 2 columns, and has to give the"),
    ("lps.sql", ":album_ids", ":albums", "vinyl/lps.sql: its placeholders are ['albums']; it may use :album_ids"),
]


@pytest.mark.parametrize(("file", "old", "new", "finding"), BROKEN, ids=[finding for *_, finding in BROKEN])
async def test_a_mistake_is_told_with_its_file_and_place(
    london: LondonSettings, folder: Path, file: str, old: str, new: str, finding: str
) -> None:
    replace(folder / file, old, new)
    findings = (await run(london, folder)).findings
    assert [sentence for sentence in findings if finding in sentence], findings


async def test_a_table_behind_a_view_is_one_that_a_query_reads(london: LondonSettings, folder: Path) -> None:
    await change(
        london,
        "CREATE TABLE price (cat_no CHAR(9) PRIMARY KEY, pence INT)",
        "CREATE VIEW priced AS SELECT lp.cat_no, price.pence FROM lp JOIN price ON price.cat_no = lp.cat_no",
    )
    replace(folder / "prices.sql", "JOIN lp", "JOIN priced AS lp")
    assert (await run(london, folder)).findings == [
        "vinyl/prices.sql: it reads table price, of which mapping.yaml does not tell how a change leads to album"
    ]


async def test_a_table_of_another_schema_is_named(london: LondonSettings, folder: Path) -> None:
    elsewhere = london.model_copy(update={"database": f"{london.database}_elsewhere"})
    await make_vinyl(elsewhere)
    replace(folder / "lps.sql", "JOIN imprint", f"JOIN {elsewhere.database}.imprint")
    assert (await run(london, folder)).findings == [
        f"vinyl/lps.sql: it reads {elsewhere.database}.imprint, and only tables of {london.database} can be followed"
    ]


async def test_a_schema_in_which_a_track_can_stand_on_two_albums_is_refused(
    london: LondonSettings, folder: Path
) -> None:
    await change(london, "CREATE TABLE sung_on (lp_id INT, song_id INT, PRIMARY KEY (lp_id, song_id))")
    replace(folder / "mapping.yaml", "tables:", "tables:\n  sung_on:\n    album: {column: lp_id}")
    (folder / "takes.sql").write_text(
        "SELECT s.lp_id AS album_id, s.song_id AS track_id FROM sung_on s WHERE s.lp_id IN (:album_ids)", "utf-8"
    )
    assert (await run(london, folder)).findings == [
        "vinyl/takes.sql: a track can stand on two albums, and may stand on one only: no unique key of table sung_on "
        "has song_id without lp_id"
    ]
    await change(london, "ALTER TABLE sung_on ADD UNIQUE (song_id)")
    assert (await run(london, folder)).findings == []


async def test_a_track_that_stands_on_two_albums_far_apart_is_found_when_all_are_read(
    london: LondonSettings, folder: Path
) -> None:
    far = RANGE_SIZES["album"] + 1
    async with mysql.connection(london) as connection:
        await connection.begin()
        for reel in range(LPS + 1, far + 1):
            await press(connection, f"LP{reel:06}0", reel=reel)
        await connection.commit()
    replace(folder / "takes.sql", "t.reel * 100 + t.take_no", f"t.reel % {far - 1} * 100 + t.take_no")
    assert (await run(london, folder)).findings == []
    assert (await run(london, folder, is_whole=True)).findings == [
        "vinyl/takes.sql: query 'tracks' gives track_id 101 in 2 rows, and may give it in one only "
        "(and 3 more like this)"
    ]


def crossfade(london: LondonSettings, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    outside = {name: value for name, value in os.environ.items() if not name.startswith("CROSSFADE_")}
    where = {name: str(getattr(london, name)) for name in ("host", "port", "user", "database")}
    where["password"] = london.password.get_secret_value()
    return subprocess.run(
        [sys.executable, "-P", "-m", "crossfade.main", "mapping", "check", str(folder), *arguments],
        env=outside | {f"CROSSFADE_LONDON_{name.upper()}": value for name, value in where.items()},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


async def test_the_commands_exit_code_says_whether_something_is_wrong(london: LondonSettings, folder: Path) -> None:
    right = crossfade(london, folder)
    assert (right.returncode, right.stdout) == (0, f"vinyl: nothing wrong; read {LPS} albums\n")

    replace(folder / "takes.sql", "AS title", "AS titel")
    wrong = crossfade(london, folder, "--json")
    assert wrong.returncode == 1
    report = json.loads(wrong.stdout)
    assert (report["mapping"], report["documents"]) == ("vinyl", {})
    assert report["findings"][0].startswith("vinyl/takes.sql: ")

    assert crossfade(london, folder / "nowhere").returncode == 2
    assert crossfade(london.model_copy(update={"port": free_port()}), folder).returncode == 2
