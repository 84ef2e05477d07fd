"""Folders that are complete or not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.embedded.cache import landed


def fill(folder: Path) -> None:
    """Make one file."""
    (folder / "file").write_text("new")


def test_a_filled_folder_is_not_filled_again(tmp_path: Path) -> None:
    landed(tmp_path / "folder", fill)
    (tmp_path / "folder/file").write_text("kept")
    assert (landed(tmp_path / "folder", fill) / "file").read_text() == "kept"


def test_a_failure_while_filling_leaves_no_folder(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        fill(folder)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        landed(tmp_path / "folder", fail)
    assert not (tmp_path / "folder").exists()


def test_what_a_killed_process_left_is_cleared_away(tmp_path: Path) -> None:
    (tmp_path / "folder.part-1").mkdir()
    (tmp_path / "folder.part-1/rubbish").touch()
    assert [path.name for path in landed(tmp_path / "folder", fill).iterdir()] == ["file"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "folder.lock"]
