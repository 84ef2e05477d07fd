"""Publishes the schemas, unless one could not take the place of the published one of its version."""

import sys
from pathlib import Path
from typing import Final

from deploy.schemas.compatibility import incompatibilities
from deploy.schemas.generate import generate, parse, printed

PUBLISHED: Final = Path(__file__).parents[2] / "docs" / "schema"


def publish(folder: Path) -> list[str]:
    """Writes the program's schemas into the folder, or writes nothing and returns the sentences that say why not."""
    schemas = generate()
    refused = [
        f"{name}: {change}"
        for name, schema in schemas.items()
        if (folder / name).exists()
        for change in incompatibilities(parse((folder / name).read_text("utf-8")), schema)
    ]
    if not refused:
        folder.mkdir(parents=True, exist_ok=True)
        for name, schema in schemas.items():
            (folder / name).write_text(printed(schema), "utf-8")
    return refused


def main() -> None:
    if refused := publish(PUBLISHED):
        sys.stderr.writelines(f"{line}\n" for line in refused)
        sys.stderr.write("this needs a new schema version; see docs/documents.md\n")
        sys.exit(1)
