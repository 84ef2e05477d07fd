"""Who may import whom, and what a core may know. Each rule is tried on a bad example before it judges the project."""

import ast
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import pytest

from tests.architecture.source import PACKAGES, ROOT, Module, module, modules

ALL: Final[Mapping[str, Module]] = {found.name: found for found in modules()}

CORES: Final = (
    "services.availability.rules",
    *(f"services.catalogue.{name}" for name in ("json", "view", "xml")),
    *(f"services.gateway.{name}" for name in ("access", "oauth1", "quota")),
    *(f"services.persister.{name}" for name in ("batch", "dead_letters", "decide", "rows", "writes")),
    *(
        f"services.producer.{name}"
        for name in (
            *("binlog", "binlog_columns", "binlog_events", "binlog_gtids", "binlog_rows", "binlog_statements"),
            *("cascades", "columns", "dirty", "documents", "mapping_findings", "progress", "routes", "values"),
        )
    ),
)
"""What each service decides: plain data in, plain data out."""

PURE_SHARED: Final = tuple(
    f"shared.{name}"
    for name in (
        *("accept", "album", "answers", "artist", "batched", "characters", "client", "digest", "envelope", "errors"),
        *("fields", "position", "question", "refusal", "sql", "wire"),
    )
)
"""The modules of shared/ that a core may import; they are held to a core's rules themselves."""

PURE: Final = (
    # Of the standard library:
    *(
        "base64",
        "binascii",
        "bisect",
        "collections",
        "contextlib",
        "copy",
        "dataclasses",
        "datetime",
        "decimal",
        "enum",
        "functools",
    ),
    *("hashlib", "heapq", "itertools", "json", "math", "operator", "re", "string", "struct", "typing", "zlib"),
    *("__future__", "urllib.parse", "uuid.UUID"),
    # A package's own files are a part of the program.
    "importlib.resources",
    # Of others:
    *("cramjam", "msgspec", "orjson", "pydantic", "typing_extensions"),
    # Of the clock, what does not read it.
    *("shared.clock.parse_instant", "shared.clock.to_instant"),
)

IMPURE_CALLS: Final = frozenset({"open", "input", "print", "eval", "exec", "__import__", "breakpoint"})
CLOCK_READINGS: Final = frozenset({"now", "today", "utcnow"})

ORIGINS_LIBRARIES: Final = ("asyncmy", "pydantic", "pydantic_settings", "starlette", "uvicorn", "uvloop")

VAGUE: Final = frozenset({"utils", "util", "helpers", "helper", "common", "base", "manager", "managers", "misc"})

MOST_LINES_OF_MAIN: Final = 60

Complaints = Iterator[str]
Rule = Callable[[Module], Complaints]


def services_keep_to_themselves(one: Module) -> Complaints:
    if one.is_in("services"):
        own = ".".join(one.name.split(".")[:2])
        for found in one.imports:
            if found.is_of(["services"]) and not found.is_of([own]):
                yield f"{one.name}:{found.line} imports {found.name} of another service"


def shared_imports_no_service(one: Module) -> Complaints:
    if one.is_in("shared"):
        for found in one.imports:
            if found.is_of([*PACKAGES, "mappings", "tests"]) and not found.is_of(["shared"]):
                yield f"{one.name}:{found.line} imports {found.name}, which shared/ is below"


def the_command_is_imported_by_nobody(one: Module) -> Complaints:
    if not one.is_in("crossfade"):
        for found in one.imports:
            if found.is_of(["crossfade"]):
                yield f"{one.name}:{found.line} imports {found.name} of the command"


def the_origin_is_independent(one: Module) -> Complaints:
    if one.is_in("demo.origin"):
        for found in one.imports:
            if not found.is_of(["demo.origin", *ORIGINS_LIBRARIES, *sys.stdlib_module_names]):
                yield f"{one.name}:{found.line} imports {found.name}, with which it could err alike"


def imports_are_absolute(one: Module) -> Complaints:
    for found in one.imports:
        if found.name.startswith("."):
            yield f"{one.name}:{found.line} imports {found.name} relatively"


def nobody_imports_tests(one: Module) -> Complaints:
    for found in one.imports:
        if found.is_of(["tests"]):
            yield f"{one.name}:{found.line} imports {found.name}"


def names_say_something(one: Module) -> Complaints:
    for part in one.name.split("."):
        if part.lower() in VAGUE:
            yield f"{one.name}: {part!r} says nothing"


def middleware_is_raw_asgi(one: Module) -> Complaints:
    for node in ast.walk(one.tree):
        if "BaseHTTPMiddleware" in (getattr(node, "id", ""), getattr(node, "attr", ""), getattr(node, "name", "")):
            yield f"{one.name}:{getattr(node, 'lineno', 0)} uses BaseHTTPMiddleware"


def a_main_module_makes_one_call(one: Module) -> Complaints:
    if one.name.endswith(".__main__"):
        *imports, last = one.tree.body
        is_call = isinstance(last, ast.Expr) and isinstance(last.value, ast.Call)
        if not is_call or not all(isinstance(node, ast.Import | ast.ImportFrom) for node in imports):
            yield f"{one.name}: more than imports and one call"


def wiring_fits_a_screen(one: Module) -> Complaints:
    lines = len(one.text.splitlines())
    if one.is_in("services") and one.name.endswith(".main") and lines > MOST_LINES_OF_MAIN:
        yield f"{one.name}: {lines} lines; wiring is at most {MOST_LINES_OF_MAIN}"


def cores_are_pure(one: Module) -> Complaints:
    if one.name in (*CORES, *PURE_SHARED):
        yield from _impure_imports(one)
        yield from _impure_uses(one)


def _impure_imports(one: Module) -> Complaints:
    service = ".".join(one.name.split(".")[:2])
    own = [core for core in CORES if core.startswith(f"{service}.")]
    for found in one.imports:
        if not found.is_of([*PURE, *PURE_SHARED, *own]):
            yield f"{one.name}:{found.line} imports {found.name}; a core imports only what is pure"


def _impure_uses(one: Module) -> Complaints:
    for node in ast.walk(one.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in IMPURE_CALLS:
            yield f"{one.name}:{node.lineno} calls {node.func.id}()"
        if isinstance(node, ast.Attribute) and node.attr in CLOCK_READINGS and _is_datetime(node.value):
            yield f"{one.name}:{node.lineno} reads the clock"
        if isinstance(node, ast.AsyncFunctionDef | ast.Await):
            yield f"{one.name}:{node.lineno} waits"


def _is_datetime(node: ast.expr) -> bool:
    """Whether it is `datetime` or `date`, alone or after a dot."""
    return getattr(node, "attr", getattr(node, "id", "")) in {"datetime", "date"}


BAD_EXAMPLES: Final[list[tuple[Rule, str, str]]] = [
    (services_keep_to_themselves, "services.gateway.app", "from services.catalogue import view"),
    (services_keep_to_themselves, "services.gateway.app", "import services.catalogue.view"),
    (services_keep_to_themselves, "services.gateway.app", "def late() -> None:\n    from services import catalogue"),
    (shared_imports_no_service, "shared.wire", "from services.producer import values"),
    (shared_imports_no_service, "shared.wire", "import deploy.embedded"),
    (shared_imports_no_service, "shared.wire", "from crossfade.main import main"),
    (shared_imports_no_service, "shared.wire", "from demo import london"),
    (shared_imports_no_service, "shared.wire", "import bench"),
    (the_command_is_imported_by_nobody, "deploy.supervisor.main", "from crossfade import up"),
    (the_command_is_imported_by_nobody, "services.gateway.app", "import crossfade"),
    (the_origin_is_independent, "demo.origin.rules", "from shared.fields import Instant"),
    (the_origin_is_independent, "demo.origin.rules", "from services.availability import rules"),
    (the_origin_is_independent, "demo.origin.rules", "from demo import tables"),
    (the_origin_is_independent, "demo.origin.rules", "import orjson"),
    (imports_are_absolute, "services.gateway.app", "from . import access"),
    (imports_are_absolute, "services.gateway.app", "from ..catalogue import view"),
    (nobody_imports_tests, "bench.snapshot", "from tests.servers import kafka"),
    (names_say_something, "services.gateway.utils", ""),
    (names_say_something, "shared.common.retry", ""),
    (middleware_is_raw_asgi, "services.gateway.app", "from starlette.middleware.base import BaseHTTPMiddleware"),
    (middleware_is_raw_asgi, "services.gateway.app", "class Limits(base.BaseHTTPMiddleware): ..."),
    (a_main_module_makes_one_call, "services.gateway.__main__", "from a import main\nif True:\n    main()"),
    (a_main_module_makes_one_call, "services.gateway.__main__", "from a import main\nx = 1\nmain()"),
    (wiring_fits_a_screen, "services.gateway.main", "x = 1\n" * 61),
    (cores_are_pure, "services.persister.decide", "import asyncio"),
    (cores_are_pure, "services.persister.decide", "from logging import getLogger"),
    (cores_are_pure, "services.persister.decide", "import os"),
    (cores_are_pure, "services.persister.decide", "from time import monotonic"),
    (cores_are_pure, "services.persister.decide", "import random"),
    (cores_are_pure, "services.persister.decide", "import uuid"),
    (cores_are_pure, "services.persister.decide", "from asyncmy.connection import Connection"),
    (cores_are_pure, "services.persister.decide", "from aiokafka import AIOKafkaConsumer"),
    (cores_are_pure, "services.persister.decide", "from pydantic_settings import BaseSettings"),
    (cores_are_pure, "services.persister.decide", "from shared import clock"),
    (cores_are_pure, "services.persister.decide", "from shared.clock import now"),
    (cores_are_pure, "services.persister.decide", "from shared.settings import load"),
    (cores_are_pure, "services.persister.decide", "from services.persister.store import Store"),
    (cores_are_pure, "services.persister.decide", "from services.producer.values import text"),
    (cores_are_pure, "services.persister.decide", "import datetime\nx = datetime.datetime.now()"),
    (cores_are_pure, "services.persister.decide", "from datetime import date\nx = date.today()"),
    (cores_are_pure, "services.persister.decide", "x = open('x')"),
    (cores_are_pure, "services.persister.decide", "async def f() -> None: ..."),
    (cores_are_pure, "shared.wire", "from shared import kafka"),
]


@pytest.mark.parametrize(("rule", "name", "text"), BAD_EXAMPLES)
def test_a_rule_sees_a_bad_example(rule: Rule, name: str, text: str) -> None:
    [complaint] = rule(module(name, text))
    assert complaint.startswith(name)


GOOD_EXAMPLES: Final[list[tuple[Rule, str, str]]] = [
    (services_keep_to_themselves, "services.gateway.app", "from services.gateway import access\nimport shared.wire"),
    (services_keep_to_themselves, "deploy.provision.main", "from services.persister import schema"),
    (shared_imports_no_service, "shared.wire", "from shared.errors import Park\nimport demography"),
    (the_origin_is_independent, "demo.origin.main", "import asyncio, uvicorn.config\nfrom demo.origin import rules"),
    (the_origin_is_independent, "demo.feeds", "from shared.errors import Unusable"),
    (a_main_module_makes_one_call, "deploy.x.__main__", "import sys\nfrom a import main\nmain(sys.argv[1:])"),
    (wiring_fits_a_screen, "services.gateway.main", "x = 1\n" * 60),
    (cores_are_pure, "services.persister.decide", "from uuid import UUID\nfrom shared.clock import to_instant"),
    (cores_are_pure, "services.persister.decide", "from services.persister.rows import album_rows\nx = hop.now"),
    (cores_are_pure, "services.persister.store", "import asyncio"),
]


@pytest.mark.parametrize(("rule", "name", "text"), GOOD_EXAMPLES)
def test_a_rule_lets_a_good_example_pass(rule: Rule, name: str, text: str) -> None:
    assert list(rule(module(name, text))) == []


EVERYWHERE: Final[list[Rule]] = [
    services_keep_to_themselves,
    shared_imports_no_service,
    the_command_is_imported_by_nobody,
    the_origin_is_independent,
    imports_are_absolute,
    nobody_imports_tests,
    names_say_something,
    middleware_is_raw_asgi,
    a_main_module_makes_one_call,
    wiring_fits_a_screen,
]


@pytest.mark.parametrize("rule", EVERYWHERE, ids=lambda rule: rule.__name__)
def test_every_module_keeps_the_rule(rule: Rule) -> None:
    assert [complaint for one in ALL.values() for complaint in rule(one)] == []


def test_a_package_is_seen_whole() -> None:
    """A rule that looks at nothing keeps silent; so every package has to be there."""
    assert {name.partition(".")[0] for name in ALL} == set(PACKAGES)
    assert len(ALL) > 100


@pytest.mark.parametrize("name", [*CORES, *PURE_SHARED])
def test_a_core_knows_no_driver_loop_log_environment_or_clock(name: str) -> None:
    assert list(cores_are_pure(ALL[name])) == []


def test_a_module_that_says_it_is_pure_is_listed_as_a_core() -> None:
    said = {one.name for one in ALL.values() if one.is_in("services", "shared") and _says_it_is_pure(one)}
    assert said - {*CORES, *PURE_SHARED} == set()


def _says_it_is_pure(one: Module) -> bool:
    words = ast.get_docstring(one.tree) or ""
    return "No I/O" in words or "Pure." in words


SERVICES: Final = sorted(
    folder.name for folder in (ROOT / "services").iterdir() if any(folder.glob("[!_]*.py")) and folder.is_dir()
)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_an_entry_its_wiring_and_its_settings(service: str) -> None:
    expected = {f"services.{service}.{name}" for name in ("__init__", "__main__", "main", "settings")}
    assert expected - ALL.keys() == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_every_folder_of_modules_is_a_package(package: str) -> None:
    folders = {file.parent for file in (ROOT / package).rglob("*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []
