"""Licence rules, at the instants where they turn, and against a second telling of them in plain words."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.availability.rules import (
    Available,
    Denied,
    decide,
    find_next_boundary,
    in_territory,
    make_blocks,
    make_offer,
)
from shared.album import Availability, Format, Licence
from shared.fields import UsageType
from shared.question import USAGE_TYPES, AskedUsage
from tests.tracks import FULL

OPEN = "2020-01-01T00:00:00Z"
BEFORE_OPEN = "2019-12-31T23:59:59Z"
CLOSE = "2021-01-01T00:00:00Z"
BEFORE_CLOSE = "2020-12-31T23:59:59Z"


def licence(
    usage_type: UsageType = "download", valid_from: str = OPEN, valid_until: str | None = CLOSE, territories: int = 0
) -> Licence:
    return Licence(usage_type, territories, valid_from, valid_until)


def test_a_window_covers_its_first_second() -> None:
    assert decide([licence()], ["download"], OPEN) == Available({"download": OPEN}, "", until=CLOSE)


def test_a_window_does_not_cover_the_second_before_and_may_open_next() -> None:
    assert decide([licence()], ["download"], BEFORE_OPEN) == Denied("not available", until=OPEN)


def test_a_window_covers_the_second_before_its_end() -> None:
    assert decide([licence()], ["download"], BEFORE_CLOSE) == Available({"download": OPEN}, "", until=CLOSE)


def test_a_window_does_not_cover_its_end() -> None:
    assert decide([licence()], ["download"], CLOSE) == Denied("not available", until=None)


def test_a_window_without_an_end_stays_open() -> None:
    decision = decide([licence(valid_until=None)], ["download"], "9999-12-31T23:59:59Z")
    assert decision == Available({"download": OPEN}, "", until=None)


def test_windows_that_meet_leave_no_gap_and_show_the_new_release_date() -> None:
    licences = [licence(), licence(valid_from=CLOSE, valid_until=None)]
    assert decide(licences, ["download"], BEFORE_CLOSE) == Available({"download": OPEN}, "", until=CLOSE)
    assert decide(licences, ["download"], CLOSE) == Available({"download": CLOSE}, "", until=None)


def test_the_release_date_is_the_smallest_from_of_the_licences_that_cover_now() -> None:
    earlier_but_over = licence(valid_from="2001-01-01T00:00:00Z", valid_until="2002-01-01T00:00:00Z")
    licences = [licence(valid_from="2020-06-01T00:00:00Z"), licence(), earlier_but_over]
    decision = decide(licences, ["download"], "2020-07-01T00:00:00Z")
    assert decision == Available({"download": OPEN}, "", until=CLOSE)


def test_without_any_licence_a_track_is_not_found() -> None:
    assert decide([], ["download"], OPEN) == Denied("not found", until=None)


def test_a_licence_of_a_usage_type_not_asked_for_is_enough_to_be_found() -> None:
    streaming = licence("subscriptionstreaming")
    assert decide([streaming], ["download"], OPEN) == Denied("not available", until=None)


def test_a_window_that_is_over_is_enough_to_be_found() -> None:
    assert decide([licence()], USAGE_TYPES, CLOSE) == Denied("not available", until=None)


def test_preview_licences_count_neither_for_found_nor_for_available() -> None:
    assert decide([licence("preview")], USAGE_TYPES, OPEN) == Denied("not found", until=None)


def test_the_preview_date_is_the_smallest_from_of_the_previews_in_any_window() -> None:
    licences = [
        licence(),
        licence("preview", "2030-01-01T00:00:00Z", None),
        licence("preview", "2010-01-01T00:00:00Z", "2010-02-01T00:00:00Z"),
    ]
    assert decide(licences, ["download"], OPEN) == Available({"download": OPEN}, "2010-01-01T00:00:00Z", until=CLOSE)


def test_a_boundary_of_a_usage_type_not_asked_for_does_not_limit_the_answer() -> None:
    licences = [licence(valid_until=None), licence("adsupportedstreaming", OPEN, BEFORE_CLOSE)]
    assert decide(licences, ["download"], OPEN) == Available({"download": OPEN}, "", until=None)


def test_a_licence_names_exactly_the_territories_of_its_set() -> None:
    document = availability([licence(territories=0), licence("preview", territories=1)], [["GB", "IE"], ["US"]])
    assert in_territory(document, "IE") == [licence(territories=0)]
    assert in_territory(document, "US") == [licence("preview", territories=1)]
    assert in_territory(document, "DE") == []


def test_the_download_block_alone_has_packages() -> None:
    available = Available(dict.fromkeys(USAGE_TYPES, OPEN), "", until=None)
    blocks = make_blocks(available, FULL.availability.packages, "GB")
    assert blocks["subscriptionstreaming"] == blocks["adsupportedstreaming"] == {"release_date": OPEN}
    assert [offer["package_id"] for offer in blocks["download"]["packages"]] == [2, 9]


@pytest.mark.parametrize(
    ("territory", "priced"), [("GB", ("GBP", "0.00", "1.49")), ("US", ("", None, None)), ("DE", ("", None, None))]
)
def test_a_package_is_listed_with_its_formats_where_it_has_no_price(
    territory: str, priced: tuple[str, str | None, str | None]
) -> None:
    offer = make_offer(FULL.availability.packages[1], territory)
    assert (offer["currency"], offer["price"], offer["recommended"]) == priced
    assert offer["formats"] == [Format(45, "FLAC 16-bit 44.1kHz")]


def availability(licences: list[Licence], territory_sets: list[list[str]]) -> Availability:
    return Availability(licences, packages=[], territory_sets=territory_sets)


# A small world, in which every instant can be tried: seconds 0 to 9, two territories, windows also empty or reversed.

SECONDS = range(10)
TERRITORY_SETS = [["GB"], ["US"], ["GB", "US"]]


def at(second: int) -> str:
    return f"2020-01-01T00:00:{second:02}Z"


seconds = st.sampled_from(SECONDS)
licences_of_the_world = st.lists(
    st.builds(
        licence,
        st.sampled_from([*USAGE_TYPES, "preview"]),
        seconds.map(at),
        st.none() | seconds.map(at),
        st.sampled_from(range(len(TERRITORY_SETS))),
    ),
    max_size=6,
)
usage_types_of_the_world = st.lists(st.sampled_from(USAGE_TYPES), min_size=1, unique=True)


def tell(licences: list[Licence], usage_types: list[AskedUsage], second: int) -> dict[str, Any]:
    """What the contract says of GB at a second, told usage type by usage type and second by second."""
    british = [each for each in licences if each.territories in (0, 2)]

    def covered(each: Licence) -> list[str]:
        end = each.valid_until or at(99)
        return [at(any_second) for any_second in SECONDS if each.valid_from <= at(any_second) < end]

    dates = {}
    for usage_type in usage_types:
        mine = [each for each in british if each.usage_type == usage_type and at(second) in covered(each)]
        if mine:
            dates[usage_type] = sorted(each.valid_from for each in mine)[0]
    previews = sorted(each.valid_from for each in british if each.usage_type == "preview")
    if not [each for each in british if each.usage_type != "preview"]:
        return {"said": "not found"}
    return {"said": dates, "preview": (previews or [""])[0]} if dates else {"said": "not available"}


def said(decision: Available | Denied) -> dict[str, Any]:
    if isinstance(decision, Denied):
        return {"said": decision.reason}
    return {"said": decision.release_dates, "preview": decision.preview_date}


def decide_in_gb(licences: list[Licence], usage_types: list[AskedUsage], second: int) -> Available | Denied:
    return decide(in_territory(availability(licences, TERRITORY_SETS), "GB"), usage_types, at(second))


@given(licences_of_the_world, usage_types_of_the_world, seconds)
def test_the_rules_say_what_the_contract_says_in_plain_words(
    licences: list[Licence], usage_types: list[AskedUsage], second: int
) -> None:
    assert said(decide_in_gb(licences, usage_types, second)) == tell(licences, usage_types, second)


@given(licences_of_the_world, usage_types_of_the_world, seconds)
def test_a_decision_holds_until_its_boundary(
    licences: list[Licence], usage_types: list[AskedUsage], second: int
) -> None:
    decision = decide_in_gb(licences, usage_types, second)
    later = [each for each in SECONDS if each > second and (decision.until is None or at(each) < decision.until)]
    assert all(decide_in_gb(licences, usage_types, each) == decision for each in later)


@given(licences_of_the_world, seconds)
def test_the_next_boundary_is_the_first_second_after_now_at_which_a_window_opens_or_closes(
    licences: list[Licence], second: int
) -> None:
    edges = {each.valid_from for each in licences} | {each.valid_until for each in licences}
    upcoming = [at(each) for each in SECONDS if each > second and at(each) in edges]
    assert find_next_boundary(licences, at(second)) == (upcoming[0] if upcoming else None)
