"""Rows put together as documents: the same facts give the same bytes, whoever reads them and in whatever order."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec import to_builtins

from services.producer import documents
from services.producer.columns import COLUMNS, Rows
from services.producer.documents import QueryRows
from shared.artist import Artist
from shared.client import Client, Shop
from shared.digest import canonical
from shared.wire import parse
from tests.documents import Json

Row = Mapping[str, Any]


def rows(query: str, *found: Row) -> Rows:
    """Rows in the order of a query's columns; what is not given is NULL."""
    return [tuple(row.get(name) for name in COLUMNS[query].all) for row in found]


def albums(rows: QueryRows) -> list[Json]:
    """The albums as the JSON that goes into the log."""
    return [to_builtins(album) for album in documents.albums(rows)]


def the_album(**queries: Iterable[Row]) -> Json:
    """Album 3 as it follows from the rows of the other queries."""
    [album] = albums({"albums": rows("albums", {"album_id": 3}), **arranged(queries)})
    return album


def arranged(queries: Mapping[str, Iterable[Row]]) -> dict[str, Rows]:
    return {query: rows(query, *found) for query, found in queries.items()}


def the_track(**queries: Iterable[Row]) -> Json:
    """Track 12 of album 3."""
    track: Json
    [track] = the_album(tracks=[{"album_id": 3, "track_id": 12}], **queries)["tracks"]
    return track


def licences_from(*rights: Row) -> list[Json]:
    """The licences that album 3 has from rights of its track 12."""
    licences: list[Json] = the_album(tracks=[{"album_id": 3, "track_id": 12}], licences=rights)["licences"]
    return licences


def right(territory: str, *, usage_type: str = "download", until: str | None = None, track_id: int = 12) -> Row:
    return {
        "track_id": track_id,
        "usage_type": usage_type,
        "territory": territory,
        "valid_from": "2020-01-01 00:00:00",
        "valid_until": until,
    }


# Facts of a small catalogue, each with its key, so that none can be told in two ways.

ALBUM_IDS, TRACK_IDS, PACKAGE_IDS, FORMAT_IDS = (3, 4), (12, 13, 14), (2, 9), (17, 33)
CODES = ("GB", "IE", "US")


def facts(*keys: st.SearchStrategy[Any], names: tuple[str, ...], more: Row) -> st.SearchStrategy[list[Row]]:
    """Rows with different keys, and `more` in each of them."""
    different = st.lists(st.tuples(*keys), unique=True, max_size=8)
    return different.map(lambda found: [{**dict(zip(names, key, strict=True)), **more} for key in found])


one_of = st.sampled_from
amount = {"price": Decimal("0.99"), "recommended": None}
catalogues = st.fixed_dictionaries(
    {
        "albums": st.just([{"album_id": album_id, "title": "Blur"} for album_id in ALBUM_IDS]),
        "tracks": st.permutations(
            [{"album_id": 3 + (track_id > 12), "track_id": track_id, "disc_number": 1} for track_id in TRACK_IDS]
        ),
        "licences": facts(
            one_of(TRACK_IDS),
            one_of(["download", "preview"]),
            one_of(["GB", "US", "gb,ie"]),
            one_of(["2020-01-01", "1969-12-31 23:59:59"]),
            one_of([None, "2021-01-01"]),
            names=("track_id", "usage_type", "territory", "valid_from", "valid_until"),
            more={},
        ),
        "album_formats": facts(
            one_of(ALBUM_IDS), one_of(PACKAGE_IDS), one_of(FORMAT_IDS), names=COLUMNS["album_formats"].keys, more={}
        ),
        "album_prices": facts(
            one_of(ALBUM_IDS),
            one_of(PACKAGE_IDS),
            one_of(CODES),
            names=("album_id", "package_id", "territory"),
            more={"currency": "GBP", **amount},
        ),
        "track_formats": facts(
            one_of(TRACK_IDS), one_of(PACKAGE_IDS), one_of(FORMAT_IDS), names=COLUMNS["track_formats"].keys, more={}
        ),
        "track_prices": facts(
            one_of(TRACK_IDS),
            one_of(PACKAGE_IDS),
            one_of(CODES),
            names=("track_id", "package_id", "territory"),
            more={"currency": "GBP", **amount},
        ),
    }
)


@given(catalogues, st.randoms(use_true_random=False))
def test_the_same_facts_in_any_row_order_give_the_same_bytes(catalogue: Mapping[str, list[Row]], random: Any) -> None:
    shuffled = {query: random.sample(found, len(found)) for query, found in catalogue.items()}
    one, other = albums(arranged(catalogue)), albums(arranged(shuffled))
    assert set(map(canonical, one)) == set(map(canonical, other))


@given(catalogues)
def test_what_is_put_together_is_valid(catalogue: Mapping[str, list[Row]]) -> None:
    for album in albums(arranged(catalogue)):
        assert to_builtins(parse("album", canonical(album))) == album


@given(catalogues)
def test_a_documents_licences_say_what_the_rows_said_and_nothing_else(catalogue: Mapping[str, list[Row]]) -> None:
    told = {
        (row["track_id"], row["usage_type"], code, row["valid_from"][:10], (row["valid_until"] or "")[:10])
        for row in catalogue["licences"]
        for code in row["territory"].upper().split(",")
    }
    said = [
        (
            track["track_id"],
            licence["usage_type"],
            code,
            licence["valid_from"][:10],
            (licence["valid_until"] or "")[:10],
        )
        for album in albums(arranged(catalogue))
        for track in album["tracks"]
        for licence in (album["licences"][place] for place in track["licences"])
        for code in album["territory_sets"][licence["territories"]]
    ]
    assert sorted(said) == sorted(told)


@given(catalogues)
def test_every_territory_set_is_in_order_stands_once_and_is_used(catalogue: Mapping[str, list[Row]]) -> None:
    for album in albums(arranged(catalogue)):
        sets = album["territory_sets"]
        assert {licence["territories"] for licence in album["licences"]} == set(range(len(sets)))
        assert sets == sorted({tuple(codes): codes for codes in sets}.values())
        assert all(codes == sorted(set(codes)) for codes in sets)


@given(catalogues)
def test_every_licence_is_in_order_stands_once_and_is_used(catalogue: Mapping[str, list[Row]]) -> None:
    for album in albums(arranged(catalogue)):
        licences = [
            (one["usage_type"], one["valid_from"], one["valid_until"] or "", one["territories"])
            for one in album["licences"]
        ]
        assert licences == sorted(set(licences))
        places = [track["licences"] for track in album["tracks"]]
        assert {place for own in places for place in own} == set(range(len(licences)))
        assert all(own == sorted(set(own)) for own in places)


@given(catalogues)
def test_a_documents_packages_say_what_the_rows_said_and_nothing_else(catalogue: Mapping[str, list[Row]]) -> None:
    made = list(albums(arranged(catalogue)))
    owners = [(album["album_id"], album["packages"]) for album in made]
    owners += [(track["track_id"], track["packages"]) for album in made for track in album["tracks"]]
    sold = [tuple(row.values()) for query in ("album_formats", "track_formats") for row in catalogue[query]]
    priced = [tuple(row.values())[:3] for query in ("album_prices", "track_prices") for row in catalogue[query]]
    assert sorted(sold) == sorted(
        (owner, package["package_id"], format["format_id"])
        for owner, packages in owners
        for package in packages
        for format in package["formats"]
    )
    assert sorted(price for price in priced if price[:2] in {one[:2] for one in sold}) == sorted(
        (owner, package["package_id"], code)
        for owner, packages in owners
        for package in packages
        for code in package["prices"]
    )


@given(catalogues)
def test_packages_and_formats_stand_by_ascending_id(catalogue: Mapping[str, list[Row]]) -> None:
    for album in albums(arranged(catalogue)):
        for packages in (album["packages"], *(track["packages"] for track in album["tracks"])):
            package_ids = [package["package_id"] for package in packages]
            assert package_ids == sorted(set(package_ids))
            for package in packages:
                format_ids = [format["format_id"] for format in package["formats"]]
                assert format_ids == sorted(set(format_ids))


def test_two_prices_in_one_territory_do_not_depend_on_the_order_of_rows() -> None:
    key = {"track_id": 12, "package_id": 2, "territory": "GB"}
    sold = [{"track_id": 12, "package_id": 2, "format_id": 17}]
    prices: list[Row] = [{**key, "currency": "GBP", "price": "0.99"}, {**key, "currency": "EUR", "price": "1.19"}]
    assert the_track(track_formats=sold, track_prices=prices) == the_track(
        track_formats=sold, track_prices=prices[::-1]
    )


def test_territories_of_one_right_become_one_licence() -> None:
    album = the_album(
        tracks=[{"album_id": 3, "track_id": 12}, {"album_id": 3, "track_id": 13}],
        licences=[
            right("US"),
            right("GB"),
            right("ie"),
            right("GB,US,IE", track_id=13),
            right("GB", usage_type="preview"),
        ],
    )
    assert album["territory_sets"] == [["GB"], ["GB", "IE", "US"]]
    assert [(licence["usage_type"], licence["territories"]) for licence in album["licences"]] == [
        ("download", 1),
        ("preview", 0),
    ]
    assert [track["licences"] for track in album["tracks"]] == [[0, 1], [0]]


def test_rights_with_other_ends_stay_apart() -> None:
    licences = licences_from(right("GB", until="2021-01-01"), right("US"))
    assert [(licence["territories"], licence["valid_until"]) for licence in licences] == [
        (1, None),
        (0, "2021-01-01T00:00:00Z"),
    ]


def test_a_usage_type_is_read_in_any_case() -> None:
    [licence] = licences_from(right("GB", usage_type="SubscriptionStreaming"))
    assert licence["usage_type"] == "subscriptionstreaming"


def test_a_licence_without_a_beginning_is_left_for_the_schema_to_refuse() -> None:
    [licence] = licences_from({**right("GB"), "valid_from": None})
    assert licence["valid_from"] == ""


def test_a_licence_without_a_usage_type_is_left_for_the_schema_to_refuse() -> None:
    [licence] = licences_from({**right("GB"), "usage_type": None})
    assert licence["usage_type"] not in {"download", "preview"}


def test_a_track_number_is_the_rank_by_disc_number_and_id() -> None:
    positions = {15: (None, 1), 14: (1, 2), 13: (1, 2), 12: (2, 1), 11: (1, 10), 16: (1, None)}
    tracks = [
        {"album_id": 3, "track_id": track_id, "disc_number": disc, "number": number}
        for track_id, (disc, number) in positions.items()
    ]
    ranked = the_album(tracks=tracks)["tracks"]
    assert [(track["track_number"], track["track_id"]) for track in ranked] == [
        (1, 15),
        (2, 16),
        (3, 13),
        (4, 14),
        (5, 11),
        (6, 12),
    ]


def test_a_track_counts_for_the_rank_whether_it_is_licensed_or_not() -> None:
    tracks = [{"album_id": 3, "track_id": track_id} for track_id in (12, 13)]
    [_, second] = the_album(tracks=tracks, licences=[right("GB", track_id=13)])["tracks"]
    assert (second["track_number"], len(second["licences"])) == (2, 1)


def test_tracks_stand_on_their_own_album() -> None:
    found = albums(
        {
            "albums": rows("albums", {"album_id": 3}, {"album_id": 4}, {"album_id": 5}),
            "tracks": rows("tracks", {"album_id": 4, "track_id": 12}, {"album_id": 3, "track_id": 13}),
        }
    )
    assert {album["album_id"]: [track["track_id"] for track in album["tracks"]] for album in found} == {
        3: [13],
        4: [12],
        5: [],
    }


def test_a_price_of_a_package_without_formats_says_nothing() -> None:
    sold = {"track_id": 12, "package_id": 2, "format_id": 17}
    price = {"track_id": 12, "territory": "GB", "currency": "gbp", "price": "0.99"}
    track = the_track(track_formats=[sold], track_prices=[{**price, "package_id": 2}, {**price, "package_id": 9}])
    assert [package["package_id"] for package in track["packages"]] == [2]
    assert the_track(track_prices=[{**price, "package_id": 9}])["packages"] == []


def test_a_price_holds_in_each_of_its_territories() -> None:
    sold = {"track_id": 12, "package_id": 2, "format_id": 17}
    price = {"track_id": 12, "package_id": 2, "territory": "GB, ie", "currency": "gbp", "price": "1.5"}
    [package] = the_track(track_formats=[sold], track_prices=[price])["packages"]
    expected = {"currency": "GBP", "price": "1.50", "recommended": None}
    assert package["prices"] == {"GB": expected, "IE": expected}


def test_packages_of_an_album_are_not_those_of_its_tracks() -> None:
    album = the_album(
        tracks=[{"album_id": 3, "track_id": 3}],
        album_formats=[{"album_id": 3, "package_id": 2, "format_id": 17}],
        track_formats=[{"track_id": 3, "package_id": 9, "format_id": 45}],
    )
    assert [package["package_id"] for package in album["packages"]] == [2]
    assert [package["package_id"] for package in album["tracks"][0]["packages"]] == [9]


def test_a_credit_that_is_missing_is_the_artists_name() -> None:
    credited = {"album_id": 3, "artist_id": 5, "artist_name": "Blur", "artist_slug": "blur"}
    [plain] = albums({"albums": rows("albums", credited)})
    [other] = albums({"albums": rows("albums", {**credited, "artist_appears_as": "blur!"})})
    assert plain["artist"] and plain["artist"]["appears_as"] == "Blur"
    assert other["artist"] and other["artist"]["appears_as"] == "blur!"


def test_without_an_id_there_is_no_artist_label_or_licensor() -> None:
    [album] = albums(
        {"albums": rows("albums", {"album_id": 3, "artist_name": "x", "label_name": "x", "licensor_name": "x"})}
    )
    assert (album["artist"], album["label"], album["licensor"]) == (None, None, None)


def test_an_album_of_which_nothing_is_known_but_its_id_is_valid() -> None:
    album = the_album()
    assert to_builtins(parse("album", canonical(album))) == album


def test_the_type_of_a_track_is_lower_case_and_that_of_an_album_is_not() -> None:
    [album] = albums(
        {
            "albums": rows("albums", {"album_id": 3, "type": "Album"}),
            "tracks": rows("tracks", {"album_id": 3, "track_id": 12, "type": "Audio"}),
        }
    )
    assert (album["type"], album["tracks"][0]["type"]) == ("Album", "audio")


def test_columns_values_become_the_documents() -> None:
    facts = {
        "album_id": 3,
        "title": "Blur\0",
        "barcode": "0094631024252",
        "year": 1997,
        "explicit": 1,
        "popularity": Decimal("0.30"),
        "track_count": 0,
    }
    [album] = albums({"albums": rows("albums", facts)})
    assert (album["title"], album["barcode"], album["year"]) == ("Blur", "0094631024252", 1997)
    assert (album["explicit"], album["popularity"], album["track_count"], album["duration"]) == (True, 30, 0, None)


def test_a_number_that_is_none_is_left_for_the_schema_to_refuse() -> None:
    [album] = albums({"albums": rows("albums", {"album_id": 3, "year": "MCMXCVII"})})
    assert not isinstance(album["year"], int)


def test_an_artist_is_valid() -> None:
    [artist] = documents.artists(
        {"artists": rows("artists", {"artist_id": 5, "name": "Blur", "is_placeholder_image": 1})}
    )
    assert parse("artist", canonical(artist)) == artist == Artist(5, "Blur", slug="", is_placeholder_image=True)


def seal(client_id: int, secret: str) -> str:
    return f"{client_id} sealed {secret}"


def the_client(row: Row, **queries: Iterable[Row]) -> Client:
    [client] = documents.clients({"clients": rows("clients", {"client_id": 7, **row}), **arranged(queries)}, seal)
    assert parse("client", canonical(client)) == client
    return client


def test_a_clients_secret_is_sealed_with_its_id() -> None:
    assert the_client({"consumer_secret": "testsecret"}).sealed_secret == "7 sealed testsecret"
    assert the_client({}).sealed_secret == "7 sealed "


def test_a_clients_endpoints_are_lower_case_in_order_and_each_once() -> None:
    names = ["~/Track/Details", "~/status", "~/release/details", "~/artist/details", "~/track/details"]
    client = the_client({}, endpoints=[{"client_id": 7, "endpoint": name} for name in names])
    assert client.endpoints == ["~/artist/details", "~/release/details", "~/status", "~/track/details"]


def test_a_clients_shops_stand_by_id() -> None:
    shops = [{"client_id": 7, "shop_id": shop_id, "territory": code} for shop_id, code in ((55, "us"), (34, "GB"))]
    assert the_client({}, shops=shops).shops == [Shop(34, "GB"), Shop(55, "US")]


def test_a_limit_or_territory_that_is_missing_is_none_and_a_limit_of_zero_is_zero() -> None:
    bare = the_client({"default_territory": "", "daily_limit": None})
    assert (bare.default_territory, bare.daily_limit, bare.partner_id) == (None, None, None)
    assert the_client({"default_territory": "gb", "daily_limit": 0}).default_territory == "GB"
    assert the_client({"daily_limit": 0}).daily_limit == 0


def test_what_belongs_to_another_client_stays_there() -> None:
    assert the_client({}, endpoints=[{"client_id": 8, "endpoint": "~/status"}]).endpoints == []
