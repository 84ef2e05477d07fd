"""Which client a key belongs to, as the region's rows change."""

import pytest

from services.gateway.clients import Clients, Row
from shared.client import Client
from shared.digest import canonical
from shared.log import JsonLines
from tests.gateway import client


def row(document: Client, version: int = 1) -> Row:
    return document.client_id, version, canonical(document).decode()


def learned(*rows: Row) -> Clients:
    clients = Clients()
    clients.learn(rows)
    return clients


def test_a_key_is_found_by_its_bytes() -> None:
    clients = learned(row(client(1, "Kéy")))
    assert clients.find("Kéy".encode()) == client(1, "Kéy")
    assert clients.find("kéy".encode()) is None
    assert clients.find("Kéy".encode("latin-1")) is None


def test_nothing_is_known_before_the_clients_were_read() -> None:
    assert not Clients().known
    assert learned().known


def test_a_deleted_client_is_not_found_any_more() -> None:
    clients = learned(row(client(1, "key")))
    clients.learn([(1, 2, None)])
    assert clients.find(b"key") is None


def test_a_key_that_was_changed_is_found_and_the_old_one_is_not() -> None:
    clients = learned(row(client(1, "old")))
    clients.learn([row(client(1, "new"), 2)])
    assert (clients.find(b"old"), clients.find(b"new")) == (None, client(1, "new"))


def test_of_two_clients_with_one_key_the_one_changed_last_has_it() -> None:
    clients = learned(row(client(1, "key"), 9), row(client(2, "key"), 8))
    assert clients.find(b"key") == client(1, "key")


def test_a_key_that_moved_to_another_client_is_found_after_its_first_one_was_deleted() -> None:
    clients = learned(row(client(1, "key"), 1), row(client(2, "key"), 2))
    clients.learn([(1, 3, None)])
    assert clients.find(b"key") == client(2, "key")


def test_only_clients_whose_version_is_another_are_read_again() -> None:
    clients = learned(row(client(1, "one"), 5), row(client(2, "two"), 5), (3, 5, None))
    assert clients.changed({1: 5, 2: 6, 3: 5, 4: 1}) == [2, 4]


def test_a_document_that_cannot_be_read_makes_its_own_key_unknown_and_no_other() -> None:
    clients = learned(row(client(1, "one")), (2, 1, '{"client_id": 2}'))
    assert clients.find(b"one") == client(1, "one")
    assert clients.changed({1: 1, 2: 1}) == []


@pytest.mark.parametrize("document", ['{"consumer_key": ["the-key"]}', '{"consumer_key": "the-key"', '"the-key"'])
def test_what_is_said_of_a_document_that_cannot_be_read_does_not_have_its_key(
    document: str, caplog: pytest.LogCaptureFixture
) -> None:
    learned((2, 1, document))
    (record,) = caplog.records
    assert "the-key" not in JsonLines("gateway").format(record)
