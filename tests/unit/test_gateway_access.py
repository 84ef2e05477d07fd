"""What a client may ask: the public API contract, section 5."""

import pytest

from services.gateway.access import check, shops_of
from shared.question import TRACK_DETAILS
from shared.refusal import ACCESS_DENIED
from tests.gateway import client, shop

PARTNER = client(1, "partner", shops=[shop(701, "US"), shop(702, "CA")])


def test_an_endpoint_on_the_list_is_allowed() -> None:
    assert check(PARTNER, TRACK_DETAILS, {}) is None


def test_an_endpoint_that_is_not_on_the_list_is_denied() -> None:
    others = client(2, "others", endpoints=["~/artist/details", "~/track/details/batch"])
    assert check(others, TRACK_DETAILS, {}) is ACCESS_DENIED


@pytest.mark.parametrize("shop_id", ["34", "701", "702", "0701"])
def test_the_uk_store_and_the_keys_own_shops_are_allowed(shop_id: str) -> None:
    assert check(PARTNER, TRACK_DETAILS, {"shopid": shop_id}) is None


@pytest.mark.parametrize("shop_id", ["703", "abc", "-34", "7 01", "٣٤", "9" * 19])
def test_an_unknown_or_malformed_shop_is_denied(shop_id: str) -> None:
    assert check(PARTNER, TRACK_DETAILS, {"shopid": shop_id}) is ACCESS_DENIED


def test_every_client_knows_the_uk_store() -> None:
    assert shops_of(PARTNER) == {34: "GB", 701: "US", 702: "CA"}
