"""What `crossfade up` or a demo runs here: both sides and their databases, for whom nothing else is said."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from crossfade.comparison.settings import ComparisonSettings
from deploy.embedded.ports import LOOPBACK
from deploy.supervisor.folder import Folder
from deploy.supervisor.servers import Environment, settings_from
from deploy.supervisor.state import State, read_state
from shared.settings import LondonSettings, RegionSettings, S

SIDES: Final = ("origin", "catalogue", "gateway")
LONDON_ACCOUNT: Final = "crossfade_origin"
"""Reads London's tables, as the origin does."""
REGION_ACCOUNT: Final = "crossfade_compare"


@dataclass(frozen=True, slots=True)
class Here:
    """Addresses by what answers there, and the databases for accounts whose passwords are kept here; all empty where
    nothing runs."""

    addresses: Mapping[str, str] = field(default_factory=dict)
    london: LondonSettings | None = None
    region: RegionSettings | None = None

    def complete(self, settings: ComparisonSettings) -> ComparisonSettings:
        """The settings, with addresses from here where they have none."""
        found = {name: address for name, address in self.addresses.items() if not getattr(settings, name)}
        return settings.model_copy(update=found)


def look_here(folder: Folder) -> Here:
    """What the folder's supervisor runs, by its state and the secrets kept beside it."""
    state = read_state(folder.state) if folder.supervisor() else None
    if state is None:
        return Here()
    return Here(
        addresses=_addresses(state),
        london=_database(LondonSettings, folder, state.servers.get("london"), LONDON_ACCOUNT),
        region=_database(RegionSettings, folder, state.servers.get("region"), REGION_ACCOUNT),
    )


def _addresses(state: State) -> dict[str, str]:
    ports = {name: program.port for name, program in state.programs.items() if name in SIDES}
    return {name: f"http://{LOOPBACK}:{port}" for name, port in ports.items() if port}


def _database(kind: type[S], folder: Folder, told: Environment | None, account: str) -> S | None:
    if told is None or not folder.has_secret(account):
        return None
    return settings_from(kind, told, USER=account, PASSWORD=folder.secret(account))
