"""The SQL that makes accounts: templates in deploy/grants/, filled in."""

import re
from collections.abc import Callable
from importlib.resources import files
from typing import Final

from shared.errors import Unusable

Password = Callable[[str], str]
"""An account's password, by the account's name."""

_PASSWORD: Final = re.compile(r"<password of (\w+)>")
_SAFE: Final = re.compile(r"[ -&(-\[\]-~]+")
"""Printable ASCII but for `'` and `\\`, so that it stands in quotes as it is, whatever the server's sql_mode."""


def template(name: str) -> str:
    """The text of one template: `region`, `london` or `origin`."""
    return files("deploy").joinpath("grants", f"{name}.sql").read_text("utf-8")


def fill(text: str, *, database: str, hosts: str, password: Password) -> str:
    """A template's text, ready to run. Raises Unusable for a password that quotes cannot hold."""
    text = text.replace("`<database>`.*", f"`{_pattern(database)}`.*").replace("<database>", database)
    text = text.replace("<hosts>", hosts)
    return _PASSWORD.sub(lambda match: _safe(match[1], password(match[1])), text)


def placeholder(account: str) -> str:
    """What stands for a password in statements that are shown."""
    return f"<password of {account}>"


def split(text: str) -> list[str]:
    """The statements of a text, without comments; each ends with `;` at the end of a line."""
    code = re.sub(r"^\s*--.*$", "", text, flags=re.MULTILINE)
    return [part.strip() for part in re.split(r";\s*$", code, flags=re.MULTILINE) if part.strip()]


def _pattern(database: str) -> str:
    """Where a right is given on all of a database, `_` and `%` in its name would stand for other names as well."""
    return re.sub(r"([_%])", r"\\\1", database)


def _safe(account: str, password: str) -> str:
    if not _SAFE.fullmatch(password):
        raise Unusable(f"the password of {account} must be printable ASCII without quotes and backslashes")
    return password
