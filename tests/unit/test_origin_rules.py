"""What licences allow, as section 2 of the public API contract words it."""

from datetime import UTC, datetime, timedelta

import pytest

from demo.origin.catalogue import Licence
from demo.origin.errors import ApiError
from demo.origin.rules import decide, fresh_for_s

NOW = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DOWNLOAD = ("download",)
ALL = ("download", "subscriptionstreaming", "adsupportedstreaming")


def licence(usage_type: str, valid_from: datetime = NOW, valid_until: datetime | None = None) -> Licence:
    return Licence(usage_type, valid_from, valid_until)


def denied(licences: list[Licence], asked: tuple[str, ...]) -> tuple[int, str]:
    with pytest.raises(ApiError) as caught:
        decide("Track", licences, asked, NOW)
    return caught.value.code, caught.value.message


def test_a_licence_covers_its_first_second() -> None:
    assert decide("Track", [licence("download", NOW)], DOWNLOAD, NOW).release_dates == {"download": NOW}


def test_a_licence_does_not_cover_the_second_before_its_first() -> None:
    assert denied([licence("download", NOW + SECOND)], DOWNLOAD)[0] == 2002


def test_a_licence_covers_the_second_before_its_end() -> None:
    last = licence("download", NOW - SECOND, NOW + SECOND)
    assert decide("Track", [last], DOWNLOAD, NOW).release_dates == {"download": NOW - SECOND}


def test_a_licence_does_not_cover_its_end() -> None:
    assert denied([licence("download", NOW - SECOND, NOW)], DOWNLOAD)[0] == 2002


def test_no_licence_in_the_territory_is_2001() -> None:
    assert denied([], ALL) == (2001, "Track not found")


def test_a_licence_of_a_type_not_asked_for_makes_it_2002() -> None:
    assert denied([licence("download")], ("adsupportedstreaming",)) == (
        2002,
        "Track not available for adsupportedstreaming",
    )


def test_2002_names_all_asked_types_in_the_contracts_order() -> None:
    expected = "Track not available for download, subscriptionstreaming, adsupportedstreaming"
    assert denied([licence("download", NOW - 2 * SECOND, NOW - SECOND)], ALL) == (2002, expected)


def test_preview_licences_count_neither_for_2001_nor_for_2002() -> None:
    assert denied([licence("preview")], DOWNLOAD) == (2001, "Track not found")
    assert denied([licence("preview"), licence("download", NOW + SECOND)], DOWNLOAD)[0] == 2002


def test_a_type_outside_the_vocabulary_does_not_count() -> None:
    assert denied([licence("ringtone")], DOWNLOAD) == (2001, "Track not found")


def test_only_types_both_asked_and_licensed_are_shown() -> None:
    licences = [licence("subscriptionstreaming"), licence("adsupportedstreaming")]
    assert decide("Track", licences, ("download", "subscriptionstreaming"), NOW).release_dates == {
        "subscriptionstreaming": NOW
    }


def test_the_release_date_is_the_smallest_start_among_those_that_cover_now() -> None:
    ended = licence("download", NOW - 9 * SECOND, NOW)
    older = licence("download", NOW - 5 * SECOND)
    newer = licence("download", NOW - SECOND, NOW + SECOND)
    available = decide("Track", [newer, ended, older], DOWNLOAD, NOW)
    assert available.release_dates == {"download": NOW - 5 * SECOND}


def test_the_preview_date_is_the_smallest_start_in_any_window() -> None:
    ended = licence("preview", NOW - 9 * SECOND, NOW - 8 * SECOND)
    later = licence("preview", NOW + SECOND)
    assert decide("Track", [licence("download"), later, ended], DOWNLOAD, NOW).preview_date == NOW - 9 * SECOND
    assert decide("Track", [licence("download"), later], DOWNLOAD, NOW).preview_date == NOW + SECOND
    assert decide("Track", [licence("download")], DOWNLOAD, NOW).preview_date is None


@pytest.mark.parametrize(
    ("licences", "fresh"),
    [
        ([licence("download", NOW - SECOND)], 60),
        ([licence("download", NOW - SECOND, NOW + 7 * SECOND)], 7),
        ([licence("download", NOW - SECOND, NOW + 61 * SECOND)], 60),
        ([licence("download"), licence("subscriptionstreaming", NOW + 3 * SECOND)], 3),
        ([licence("download"), licence("adsupportedstreaming", NOW + SECOND)], 60),
        ([licence("download"), licence("preview", NOW + SECOND)], 60),
        ([licence("download", NOW - SECOND, NOW)], 60),
    ],
)
def test_an_answer_is_fresh_until_an_asked_licence_begins_or_ends(licences: list[Licence], fresh: int) -> None:
    assert fresh_for_s(licences, ("download", "subscriptionstreaming"), NOW) == fresh
