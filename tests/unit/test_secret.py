"""Sealed secrets: only the key opens them, and only for the client that they were sealed for."""

import base64
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from shared.errors import Unusable
from shared.secret import Sealer, SecretSettings, new_key


def sealer(key: str) -> Sealer:
    return Sealer(SecretSettings(secret_key=SecretStr(key)))


ONE = sealer(new_key())
clients = st.integers(1, 2**63 - 1)
secrets = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
"""Secrets as documents have them: the source drops U+0000."""


@given(clients, secrets)
def test_a_secret_is_opened_as_it_was_sealed(client_id: int, secret: str) -> None:
    assert ONE.open(client_id, ONE.seal(client_id, secret)) == secret


@given(clients, secrets)
def test_the_same_secret_of_a_client_is_always_sealed_alike(client_id: int, secret: str) -> None:
    assert ONE.seal(client_id, secret) == ONE.seal(client_id, secret)


@given(st.lists(clients, min_size=2, max_size=2, unique=True), secrets)
def test_a_sealed_secret_is_worth_nothing_in_another_clients_place(ids: list[int], secret: str) -> None:
    own, other = ids
    sealed = ONE.seal(own, secret)
    assert ONE.seal(other, secret) != sealed
    with pytest.raises(Unusable, match=f"client {other}"):
        ONE.open(other, sealed)


def test_another_key_opens_nothing() -> None:
    with pytest.raises(Unusable, match="client 7 was sealed with another key"):
        sealer(new_key()).open(7, ONE.seal(7, "testsecret"))


@pytest.mark.parametrize("sealed", ["", "testsecret", "é", "YWJj", ONE.seal(7, "testsecret")[:-8]])
def test_what_was_never_sealed_is_not_opened(sealed: str) -> None:
    with pytest.raises(Unusable, match="client 7"):
        ONE.open(7, sealed)


def test_a_sealed_secret_does_not_show_the_secret() -> None:
    assert b"testsecret" not in base64.b64decode(ONE.seal(7, "testsecret"))


def test_new_keys_differ() -> None:
    assert new_key() != new_key()


def key_of(size: int) -> str:
    return base64.b64encode(os.urandom(size)).decode()


NOT_64_BYTES = [
    pytest.param("", id="empty"),
    pytest.param("not base64!", id="not base64"),
    pytest.param(key_of(16), id="16 bytes"),
    pytest.param(key_of(32), id="32 bytes"),
    pytest.param(key_of(48), id="48 bytes"),
    pytest.param(key_of(65), id="65 bytes"),
]


@pytest.mark.parametrize("key", NOT_64_BYTES)
def test_a_key_that_is_not_64_bytes_names_its_setting_and_not_itself(key: str) -> None:
    with pytest.raises(Unusable, match="CROSSFADE_SECRET_KEY is not 64 bytes") as caught:
        sealer(key)
    assert not key or key not in str(caught.value)
