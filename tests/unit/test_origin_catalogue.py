"""How the origin reads London's rows."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from demo.origin import catalogue
from demo.origin.catalogue import Artist, Client, Company, Format, Licence, Package

ROW: dict[str, Any] = {
    "track_id": 7,
    "title": "Title",
    "version": None,
    "type": "AUDIO",
    "isrc": None,
    "explicit_content": 0,
    "p_line": "",
    "duration": None,
    "disc_number": 1,
    "number": 2,
    "track_number": 3,
    "track_artist_id": 4,
    "track_appears_as": None,
    "track_artist_name": "Artist",
    "track_artist_slug": "artist",
    "track_artist_is_placeholder_image": 1,
    "release_id": 8,
    "release_title": "Release",
    "release_version": "",
    "release_type": "Album",
    "release_barcode": "007",
    "release_slug": "release",
    "release_artist_id": 5,
    "release_appears_as": "Credit",
    "release_artist_name": None,
    "release_artist_slug": None,
    "release_artist_is_placeholder_image": None,
    "label_id": 6,
    "label_name": None,
    "licensor_id": None,
    "licensor_name": None,
}


@pytest.mark.parametrize("forbidden", ["\x00", "\x08", "\x0b", "\x0c", "\x1f", "\ufffe", "\uffff"])
def test_characters_that_xml_forbids_are_dropped_at_the_source(forbidden: str) -> None:
    assert catalogue.track(ROW | {"title": f"a{forbidden}b"}).title == "ab"


def test_the_outermost_characters_that_xml_allows_are_kept() -> None:
    outermost = "\t\n\r \x7f\x80\ud7ff\ue000\ufffd\U00010000\U0010ffff"
    assert catalogue.track(ROW | {"title": outermost}).title == outermost


@pytest.mark.parametrize("missing", [None, "", "\x00"])
def test_null_empty_and_forbidden_alone_are_all_missing(missing: str | None) -> None:
    assert catalogue.track(ROW | {"version": missing}).version == ""


def test_an_artist_that_london_lost_keeps_its_id_and_its_credit() -> None:
    assert catalogue.track(ROW).release.artist == Artist(5, "", "Credit", "", False)


def test_a_label_that_london_lost_keeps_its_id_and_no_licensor_is_none() -> None:
    release = catalogue.track(ROW).release
    assert (release.label, release.licensor) == (Company(6, ""), None)


def test_a_client_without_default_territory_has_an_empty_one() -> None:
    assert catalogue.client({"client_id": 1, "default_territory": None}) == Client(1, "")
    assert catalogue.client({"client_id": 1, "default_territory": "fr"}) == Client(1, "FR")


def test_usage_types_compare_in_lower_case_and_windows_are_whole_utc_seconds() -> None:
    row = {"usage_type": "Download", "valid_from": datetime(2026, 1, 1, 0, 0, 0, 999999), "valid_until": None}  # noqa: DTZ001
    assert catalogue.licence(row) == Licence("download", datetime(2026, 1, 1, tzinfo=UTC), None)


def test_rows_of_formats_become_packages() -> None:
    def row(package_id: int, format_id: int, currency: str | None, price: Decimal | None) -> dict[str, Any]:
        return {
            "package_id": package_id,
            "package_description": f"package {package_id}",
            "format_id": format_id,
            "format_description": f"format {format_id}",
            "currency": currency,
            "price": price,
            "recommended": price,
        }

    one = Decimal("1.00")
    assert catalogue.packages([row(2, 17, "GBP", one), row(2, 33, "GBP", one), row(9, 17, None, None)]) == (
        Package(2, "package 2", "GBP", one, one, (Format(17, "format 17"), Format(33, "format 33"))),
        Package(9, "package 9", "", None, None, (Format(17, "format 17"),)),
    )
