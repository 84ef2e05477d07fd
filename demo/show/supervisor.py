"""The supervisor of a demo: `python -m demo.show.supervisor HOME [FEEDS]`.

It runs what `crossfade up` runs, but the producer is started last, so that the snapshot can be watched from its first
document, and feed files may fill London.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from deploy.supervisor import main as supervisor
from deploy.supervisor.folder import Folder
from deploy.supervisor.plan import Plan, plan_stack
from deploy.supervisor.program import Program, python


def main(home: str, feeds: str | None = None) -> None:
    os.chdir(home)
    supervisor.main(partial(plan_demo, feeds))


async def plan_demo(feeds: str | None, folder: Folder, ports_before: Mapping[str, int]) -> Plan:
    plan = await plan_stack(folder, ports_before)
    return replace(plan, programs=[arranged(program, feeds) for program in plan.programs])


def arranged(program: Program, feeds: str | None) -> Program:
    """A program as the demo has it."""
    if program.name == "producer":
        return replace(program, after=(*program.after, "gateway"))
    if program.name == "london-catalogue" and feeds:
        return replace(program, command=python("demo.show.filling", feeds))
    return program


if __name__ == "__main__":
    main(*sys.argv[1:])
