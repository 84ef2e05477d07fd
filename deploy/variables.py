"""Every setting there is, as the classes in the modules called `settings` declare them, with the values of now."""

import pkgutil
from collections.abc import Iterator, Mapping
from importlib import import_module
from inspect import getmembers, isclass
from types import NoneType
from typing import Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from shared.errors import Unusable
from shared.settings import variable, wrong_values

PACKAGES: Final = ("shared", "services", "deploy", "demo", "crossfade", "bench")
MODULES: Final = ("settings", "secret")
MASK: Final = "********"


class Variable(BaseModel):
    """An environment variable. `default` is None where it must be set, `value` where it is not; secrets are masked."""

    name: str
    type: str
    default: str | None
    description: str
    value: str | None


def variables(environment: Mapping[str, str]) -> list[Variable]:
    """All of them by name. One that two classes read is told once, by the one that describes it."""
    found: dict[str, Variable] = {}
    for settings in settings_classes():
        for field, info in settings.model_fields.items():
            one = describe(variable(settings, field), info, environment)
            if one.name not in found or not found[one.name].description:
                found[one.name] = one
    return [found[name] for name in sorted(found)]


def require_valid() -> None:
    """Raises Unusable naming each variable of this process's environment that some program would refuse."""
    wrong: dict[str, str] = {}
    for settings in settings_classes():
        wrong = wrong_values(settings) | wrong
    if wrong:
        raise Unusable("; ".join(wrong.values()))


def settings_classes() -> Iterator[type[BaseSettings]]:
    for name in module_names():
        for _, member in getmembers(import_module(name), isclass):
            if issubclass(member, BaseSettings) and member.__module__ == name:
                yield member


def module_names() -> Iterator[str]:
    """The modules that may declare settings."""
    for package in PACKAGES:
        for module in pkgutil.walk_packages(import_module(package).__path__, f"{package}."):
            if module.name.rpartition(".")[2] in MODULES:
                yield module.name


def describe(name: str, info: FieldInfo, environment: Mapping[str, str]) -> Variable:
    value = environment.get(name)
    return Variable(
        name=name,
        type=type_name(info.annotation),
        default=None if info.is_required() else default_text(info.get_default(call_default_factory=True)),
        description=info.description or "",
        value=MASK if value and info.annotation is SecretStr else value,
    )


def type_name(annotation: Any) -> str:
    """A type as people read it."""
    if get_origin(annotation) is Literal:
        return " | ".join(map(str, get_args(annotation)))
    kinds = [kind for kind in get_args(annotation) if kind is not NoneType] or [annotation]
    return "secret" if kinds[0] is SecretStr else str(getattr(kinds[0], "__name__", kinds[0]))


def default_text(default: object) -> str:
    if isinstance(default, SecretStr):
        return MASK if default.get_secret_value() else ""
    return "" if default is None else str(default)
