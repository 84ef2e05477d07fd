"""Programs that a killed supervisor left running."""

from typing import Final

from deploy.embedded.process import ProcessId
from deploy.supervisor.folder import SUPERVISOR, Folder
from deploy.supervisor.state import read_state

STOP_S: Final = 30.0


def orphans(folder: Folder) -> dict[str, ProcessId]:
    """The programs that live, by name, in the order of stopping; ask only when no supervisor does."""
    return {name: process for name in _recorded(folder) if (process := folder.process(name))}


async def end_orphans(folder: Folder) -> list[str]:
    """Ends them one after the other, and returns their names."""
    found = orphans(folder)
    for name, process in found.items():
        await process.terminate(STOP_S)
        folder.pid(name).unlink(missing_ok=True)
    return list(found)


def _recorded(folder: Folder) -> list[str]:
    """The programs that have a file saying which process they are, what was started last before the rest."""
    state = read_state(folder.state)
    started = list(state.programs) if state else []
    names = {file.stem for file in folder.run.glob("*.pid")} - {SUPERVISOR}
    return sorted(names, key=lambda name: started.index(name) if name in started else -1, reverse=True)
