"""Databases and accounts on the region's server and on London's, made by an account that may make them."""

from collections.abc import Iterable
from typing import Final

from deploy.provision.statements import Password, fill, placeholder, split, template
from services.persister.schema import Step, apply_schema, steps
from shared import mysql
from shared.mysql import ServerSettings

CREATE_DATABASE: Final = "CREATE DATABASE IF NOT EXISTS `{database}` CHARACTER SET utf8mb4"


async def provision_region(server: ServerSettings, hosts: str, password: Password) -> None:
    """The region's database, its tables, and an account for each process that connects there. May be repeated."""
    await _run(server, [CREATE_DATABASE.format(database=server.database)])
    await apply_schema(server)
    await grant(server, "region", hosts, password)


async def grant(server: ServerSettings, name: str, hosts: str, password: Password) -> None:
    """The accounts of one template; one that exists gets its password and rights again, and keeps others it has."""
    await _run(server, split(fill(template(name), database=server.database, hosts=hosts, password=password)))


def region_script(database: str, hosts: str) -> str:
    """What `provision_region` would do, as SQL with places for the passwords."""
    return "\n".join(
        (
            f"{CREATE_DATABASE.format(database=database)};",
            f"USE `{database}`;",
            "CREATE TABLE IF NOT EXISTS schema_step (number INT PRIMARY KEY, file VARCHAR(100) NOT NULL);",
            *(_step_script(step) for step in steps()),
            grant_script("region", database, hosts),
        )
    )


def grant_script(name: str, database: str, hosts: str) -> str:
    """The accounts of one template, with places for the passwords."""
    return fill(template(name), database=database, hosts=hosts, password=placeholder)


def _step_script(step: Step) -> str:
    statements = (*step.statements, f"INSERT INTO schema_step VALUES ({step.number}, '{step.file}')")
    return "".join(f"{statement};\n" for statement in statements)


async def _run(server: ServerSettings, statements: Iterable[str]) -> None:
    async with mysql.connection(server, database=None) as connection:
        with mysql.translated(server):
            # What is there already is no news.
            await connection.query("SET SESSION sql_notes = 0")
            for statement in statements:
                await connection.query(statement)
