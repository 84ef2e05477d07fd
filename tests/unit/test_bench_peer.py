"""The peer's programs: without both of them there is no figure."""

from pathlib import Path

import pytest

from bench.peer import require
from deploy.embedded.database import DatabaseFiles
from shared.errors import Unusable


def program(folder: Path, name: str) -> Path:
    file = folder / name
    file.touch(mode=0o755)
    return file


def test_both_programs_are_enough(tmp_path: Path) -> None:
    require(DatabaseFiles(tmp_path / "mariadbd", program(tmp_path, "mariadb"), program(tmp_path, "mariadb-dump")))


@pytest.mark.parametrize("missing", ["mariadb", "mariadb-dump"])
def test_a_missing_program_is_named(tmp_path: Path, missing: str) -> None:
    for name in {"mariadb", "mariadb-dump"} - {missing}:
        program(tmp_path, name)
    with pytest.raises(Unusable, match=f"no {missing} at "):
        require(DatabaseFiles(tmp_path / "mariadbd", tmp_path / "mariadb", tmp_path / "mariadb-dump"))
