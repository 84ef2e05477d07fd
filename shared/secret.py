"""Clients' secrets on their way through the log: sealed with a key from the settings.

AES-SIV is deterministic, so the same secret gives the same document and digest whoever reads it; the client's id is
authenticated with it, so that one client's sealed secret is worth nothing in another's place.
"""

import base64
import binascii
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.errors import Unusable

_KEY_BYTES: Final = 64


class SecretSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="CROSSFADE_", frozen=True)

    secret_key: SecretStr = Field(description="key that seals clients' secrets: 64 bytes in base64")


class Sealer:
    """Seals and opens secrets; raises Unusable for a key or a sealed secret that does not fit."""

    def __init__(self, settings: SecretSettings) -> None:
        try:
            key = base64.b64decode(settings.secret_key.get_secret_value(), validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if len(key) != _KEY_BYTES:
            raise Unusable(f"the setting CROSSFADE_SECRET_KEY is not {_KEY_BYTES} bytes in base64")
        self._cipher = AESSIV(key)

    def seal(self, client_id: int, secret: str) -> str:
        sealed = self._cipher.encrypt(secret.encode() or b"\0", [b"client/%d" % client_id])
        return base64.b64encode(sealed).decode()

    def open(self, client_id: int, sealed: str) -> str:
        try:
            opened = self._cipher.decrypt(base64.b64decode(sealed, validate=True), [b"client/%d" % client_id])
        except (binascii.Error, ValueError, InvalidTag) as error:
            raise Unusable(f"the secret of client {client_id} was sealed with another key") from error
        return opened.decode().removeprefix("\0")


def new_key() -> str:
    """A new key for the setting CROSSFADE_SECRET_KEY."""
    return base64.b64encode(AESSIV.generate_key(8 * _KEY_BYTES)).decode()
