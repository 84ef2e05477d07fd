"""A supervisor whose programs are small stand-ins for servers and services; run as a file, it is the whole process.

`region` and `gateway` answer `/health/ready`, `provision` is a step between them. Each writes a line to `events` when
it starts and when it is asked to stop. The file `orders` tells programs to behave badly, by name.
"""

import json
import sys
from collections.abc import Mapping

from deploy.supervisor import health
from deploy.supervisor.folder import Folder
from deploy.supervisor.main import main
from deploy.supervisor.plan import Plan
from deploy.supervisor.ports import choose
from deploy.supervisor.program import Program

COMMAND = (sys.executable, __file__)
PASSWORD = "of-a-server"
SERVING = ("region", "gateway")

STAND_IN = """
import json, os, signal, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

name, port, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
order = json.loads((folder / "orders").read_text()).get(name)

def tell(event):
    with (folder / "events").open("a") as events:
        events.write(f"{event} {name}\\n")

def stop(*_):
    tell("stop")
    if order != "stay":
        os._exit(0)

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

signal.signal(signal.SIGTERM, stop)
tell("start")
print(json.dumps(dict(os.environ)), flush=True)
if order == "fail":
    sys.exit("there is nothing to connect to")
if order == "lack":
    sys.exit(2)
if port:
    HTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


def stand_in(name: str, ports: Mapping[str, int], folder: Folder, *after: str) -> Program:
    """The stand-in called `name`; a step where it has no port."""
    port = ports.get(name)
    return Program(
        name,
        (sys.executable, "-I", "-c", STAND_IN, name, str(port or 0), str(folder.path)),
        {"TOLD": name},
        after,
        port=port,
        health_port=port,
        wait_ready=health.waiting(name, port) if port else None,
        stop_s=1.0,
    )


async def plan(folder: Folder, before: Mapping[str, int]) -> Plan:
    ports = choose(SERVING, before, {})
    programs = [
        stand_in("region", ports, folder),
        stand_in("provision", ports, folder, "region"),
        stand_in("gateway", ports, folder, "provision"),
    ]
    kafka = {"CROSSFADE_KAFKA_USER": "u", "CROSSFADE_KAFKA_PASSWORD": PASSWORD}
    return Plan(programs, ports, {"kafka": kafka}, {"gateway": f"http://127.0.0.1:{ports['gateway']}"})


def order(folder: Folder, **orders: str) -> None:
    """Tells stand-ins by name to `fail` or `lack` something at the start, or to `stay` when they are asked to stop."""
    folder.make()
    (folder.path / "orders").write_text(json.dumps(orders))


def events(folder: Folder) -> list[str]:
    """What stand-ins wrote, as `start NAME` and `stop NAME`."""
    return (folder.path / "events").read_text().splitlines()


def told(folder: Folder, name: str) -> dict[str, str]:
    """The environment that a stand-in found when it started last."""
    lines = folder.log(name).read_text().splitlines()
    return dict(json.loads(next(line for line in reversed(lines) if line.startswith("{"))))


if __name__ == "__main__":
    main(plan)
