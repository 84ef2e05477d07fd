"""What a program gets to know: settings by their environment variables, and of those only its own."""

from dataclasses import dataclass
from typing import Final

from deploy.embedded.database import DatabaseServer
from deploy.supervisor.folder import Folder
from deploy.supervisor.servers import Environment, ServerName, Servers
from shared.errors import Unusable
from shared.secret import new_key

_COMMON: Final = (
    *("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "XDG_CACHE_HOME", "SSL_CERT_FILE", "SSL_CERT_DIR"),
    *("CROSSFADE_LOG_LEVEL", "CROSSFADE_STOP_DEADLINE_S"),
)
"""What every program may know of the environment that `up` was said in."""


@dataclass(frozen=True)
class Environments:
    """Makes environments from that which `up` was said in (`outside`), the servers' addresses and the secrets kept."""

    folder: Folder
    servers: Servers
    outside: Environment

    def common(self) -> dict[str, str]:
        return {name: value for name, value in self.outside.items() if name in _COMMON}

    def of(self, program: str) -> dict[str, str]:
        """The settings that are set for this program by its name."""
        prefix = f"CROSSFADE_{program.upper()}_"
        return {name: value for name, value in self.outside.items() if name.startswith(prefix) and value}

    def server(self, name: ServerName) -> dict[str, str]:
        return dict(self.servers.settings[name])

    def account(self, server: ServerName, user: str) -> dict[str, str]:
        """A database's settings for one of the accounts that `crossfade provision` makes."""
        account = f"crossfade_{user}"
        if server not in self.servers.embedded and not self.folder.has_secret(account):
            raise Unusable(
                f"{self.folder.secrets / account} holds no password of the account {account}: "
                "run `crossfade provision` here, or put it there"
            )
        return self._login(server, account, self.folder.secret(account))

    def owner(self, server: ServerName) -> dict[str, str]:
        """An embedded server's settings for whoever may do everything there."""
        embedded = self.servers.embedded[server]
        if isinstance(embedded, DatabaseServer):
            return self._login(server, embedded.root.user, embedded.root.password)
        return self.server(server)

    def sealing_key(self) -> dict[str, str]:
        """The key that clients' secrets are sealed with, made up where the settings name none."""
        return {"CROSSFADE_SECRET_KEY": self.outside.get("CROSSFADE_SECRET_KEY") or self.folder.secret("key", new_key)}

    def _login(self, server: ServerName, user: str, password: str) -> dict[str, str]:
        prefix = f"CROSSFADE_{server.upper()}_"
        return {**self.server(server), f"{prefix}USER": user, f"{prefix}PASSWORD": password}
