"""The supervisor as a process: prepares the servers, runs the stack until it is asked to stop, keeps logs small."""

import asyncio
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from deploy.embedded.errors import EmbeddedError
from deploy.embedded.process import ProcessId
from deploy.supervisor import logs, ports
from deploy.supervisor.backoff import Backoff
from deploy.supervisor.folder import SUPERVISOR, Folder
from deploy.supervisor.program import Program
from deploy.supervisor.servers import Servers, find_servers
from deploy.supervisor.settings import UpSettings
from deploy.supervisor.stack import PORTS, Stack
from deploy.supervisor.state import Phase, ProgramState, Record, State, read_state
from deploy.supervisor.supervise import Supervisor
from shared import lifecycle
from shared.errors import Stop, Unusable
from shared.lifecycle import Life
from shared.settings import load

ROTATE_EVERY_S = 10.0


async def supervise(life: Life) -> None:
    folder = Folder.here()
    with alone(folder), record_of(folder) as record:
        stack = await prepare(folder, record)
        await run(life, folder, record, stack.programs())


