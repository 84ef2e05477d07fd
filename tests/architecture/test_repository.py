"""What must not stand in the repository: a machine's paths, a registry's addresses, Python in a mapping."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.architecture.source import ROOT

SKIPPED: Final = (".git", ".venv", ".crossfade", ".hypothesis", "__pycache__", "_cache", ".egg-info")
"""How names of what is made on the way end."""

MACHINE_PATH: Final = re.compile(r"(?<![\w.])/(?:root|work)/|/(?:home|Users)/\w+/")
ADDRESS: Final = "://"


def files(folder: Path) -> Iterator[Path]:
    """Every file below the folder that is the project's own."""
    for entry in sorted(folder.iterdir()):
        if entry.is_dir() and not entry.name.endswith(SKIPPED):
            yield from files(entry)
        elif entry.is_file():
            yield entry


def lines(file: Path) -> list[str]:
    """The lines of a text; none of a file that is no text."""
    try:
        return file.read_text("utf-8").splitlines()
    except UnicodeDecodeError:
        return []


def machine_paths(file: Path) -> list[str]:
    return [line for line in lines(file) if MACHINE_PATH.search(line)]


def addresses(file: Path) -> list[str]:
    return [line for line in lines(file) if ADDRESS in line]


def python(folder: Path) -> list[Path]:
    return [file for file in files(folder) if file.suffix.startswith(".py")]


ABOVE: Final = "/"


@pytest.mark.parametrize(
    "path", [f"{ABOVE}root/x", f"cd {ABOVE}work/main", f"'{ABOVE}home/jane/x'", f"({ABOVE}Users/jane/x)"]
)
def test_a_path_of_a_machine_is_seen(tmp_path: Path, path: str) -> None:
    (tmp_path / "x.txt").write_text(f"first\n{path}\nlast\n", "utf-8")
    assert machine_paths(tmp_path / "x.txt") == [path]


@pytest.mark.parametrize("path", ["docs/work/x", "../root/x", "/usr/bin/env", "/home", "network/", "/var/tmp/x"])
def test_other_paths_are_none(tmp_path: Path, path: str) -> None:
    (tmp_path / "x.txt").write_text(path, "utf-8")
    assert machine_paths(tmp_path / "x.txt") == []


def test_an_address_is_seen(tmp_path: Path) -> None:
    (tmp_path / "x.lock").write_text(f"a==1\n--index-url https{ADDRESS}example.org/simple\n", "utf-8")
    assert addresses(tmp_path / "x.lock") == [f"--index-url https{ADDRESS}example.org/simple"]


def test_python_in_a_folder_is_seen_wherever_it_stands(tmp_path: Path) -> None:
    (tmp_path / "albums").mkdir()
    (tmp_path / "albums" / "more.py").touch()
    (tmp_path / "mapping.yaml").touch()
    assert [file.name for file in python(tmp_path)] == ["more.py"]


def test_no_file_names_a_path_of_a_machine() -> None:
    found = {str(file.relative_to(ROOT)): machine_paths(file) for file in files(ROOT)}
    assert len(found) > 200
    assert {name: told for name, told in found.items() if told} == {}


LOCKS: Final = sorted([*(ROOT / "requirements").iterdir(), *ROOT.glob("deploy/**/*.lock")])


def test_there_are_locks_of_python_and_of_servers() -> None:
    assert {file.name for file in LOCKS} >= {"run.txt", "dev.txt", "kafka.lock", "mariadb.lock"}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda file: file.name)
def test_a_lock_names_no_registry(lock: Path) -> None:
    assert addresses(lock) == []


@pytest.mark.parametrize("mapping", sorted((ROOT / "mappings").iterdir()), ids=lambda folder: folder.name)
def test_a_mapping_holds_no_python(mapping: Path) -> None:
    assert python(mapping) == []
