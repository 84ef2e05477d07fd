"""What every test may ask for."""

from tests.servers import (
    kafka,
    kafka_programs,
    london_server,
    mariadb_programs,
    mysql_london_server,
    mysql_programs,
    mysql_region_server,
    new_mysql_london_server,
    new_mysql_programs,
    new_mysql_region_server,
    old_mariadb_london_server,
    old_mariadb_programs,
    region_server,
    regions_server,
    servers_folder,
)

__all__ = [
    "kafka",
    "kafka_programs",
    "london_server",
    "mariadb_programs",
    "mysql_london_server",
    "mysql_programs",
    "mysql_region_server",
    "new_mysql_london_server",
    "new_mysql_programs",
    "new_mysql_region_server",
    "old_mariadb_london_server",
    "old_mariadb_programs",
    "region_server",
    "regions_server",
    "servers_folder",
]
