"""Keys, parameters and their defaults, as sections 1 and 5 of the public API contract word them."""

import pytest

from demo.origin.errors import ApiError, Refusal
from demo.origin.questions import (
    Question,
    read_fields,
    read_key,
    read_parameters,
    read_shop,
    read_track_question,
)


def ask(query: str, shop_territory: str | None = None, default_territory: str = "") -> Question:
    return read_track_question(read_parameters(read_fields(query.encode()), {}), shop_territory, default_territory)


def refused(query: str) -> tuple[int, str]:
    with pytest.raises(ApiError) as caught:
        ask(query)
    return caught.value.code, caught.value.message


# --- names and values ---


@pytest.mark.parametrize("name", ["trackid", "trackId", "TRACKID", "%74rackid"])
def test_names_are_case_insensitive(name: str) -> None:
    assert ask(f"{name}=7").track_id == 7


def test_the_first_value_of_a_repeated_name_wins() -> None:
    assert ask("trackId=1&TRACKID=2&country=FR&country=DE") == ask("trackid=1&country=FR")


def test_the_first_value_wins_even_where_it_is_empty_and_so_absent() -> None:
    assert refused("trackid=&trackid=2") == (1001, "Missing parameter trackId.")


def test_unknown_parameters_are_ignored() -> None:
    assert ask("trackid=1&colour=red&&=&x") == ask("trackid=1")


def test_everything_has_its_default() -> None:
    assert ask("trackid=1") == Question(
        track_id=1, territory="GB", usage_types=("download",), release_size=50, artist_size=150
    )


def test_the_query_comes_before_the_body() -> None:
    parameters = read_parameters(read_fields(b"trackid=1"), read_fields(b"trackid=2&usageTypes=download"))
    assert parameters == {"trackid": "1", "usagetypes": "download"}


def test_country_and_shop_are_read_from_the_query_alone() -> None:
    body = read_fields(b"trackid=2&country=FR&shopId=5&userid=u")
    assert read_parameters(read_fields(b"x=1"), body) == {"trackid": "2", "x": "1"}


# --- ids ---


@pytest.mark.parametrize(("value", "track_id"), [("0", 0), ("007", 7), ("0" * 17 + "1", 1), ("9" * 18, 10**18 - 1)])
def test_an_id_is_1_to_18_digits_and_leading_zeros_are_dropped(value: str, track_id: int) -> None:
    assert ask(f"trackid={value}").track_id == track_id


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("abc", "abc"),
        ("-1", "-1"),
        ("%2B1", "+1"),
        ("1+2", "1 2"),
        ("1.0", "1.0"),
        ("1,2", "1,2"),
        ("1_0", "1_0"),
        ("1%0A", "1\n"),
        ("%D9%A3", "\u0663"),
        ("%C2%B2", "\u00b2"),
        ("0" * 19, "0" * 19),
        ("%FF7", "\ufffd7"),
        ("%3Cb%3E%26", "<b>&"),
        ("1%002%0B3%EF%BF%BE", "123"),
    ],
)
def test_an_id_that_is_none_is_named_as_it_may_be_shown(value: str, shown: str) -> None:
    assert refused(f"trackid={value}") == (1002, f"Value of parameter trackId is not valid: {shown}")


def test_an_echo_is_cut_at_100_characters_after_dropping_what_xml_forbids() -> None:
    echoed = "%00" + "%C3%A9" * 100
    assert refused(f"trackid={echoed}zz") == (1002, "Value of parameter trackId is not valid: " + "\u00e9" * 100)


@pytest.mark.parametrize("query", ["", "trackid", "trackid=", "id=5", "trackids=5"])
def test_a_missing_id_is_1001(query: str) -> None:
    assert refused(query) == (1001, "Missing parameter trackId.")


# --- country and shop ---


@pytest.mark.parametrize(
    ("country", "territory"), [("GB", "GB"), ("gb", "GB"), ("fR", "FR"), ("UK", "GB"), ("uk", "GB")]
)
def test_countries_are_case_insensitive_and_uk_is_gb(country: str, territory: str) -> None:
    assert ask(f"trackid=1&country={country}", default_territory="DE").territory == territory


def test_a_territory_comes_from_shop_then_country_then_key_then_gb() -> None:
    assert ask("trackid=1&country=FR", shop_territory="US", default_territory="DE").territory == "US"
    assert ask("trackid=1&country=FR", default_territory="DE").territory == "FR"
    assert ask("trackid=1&country=", default_territory="DE").territory == "DE"
    assert ask("trackid=1", default_territory="").territory == "GB"


@pytest.mark.parametrize("country", ["G", "GBR", "G1", "--", "%C3%A9a", "%E2%84%AAA"])
def test_a_country_is_two_ascii_letters(country: str) -> None:
    code, message = refused(f"trackid=1&country={country}")
    assert (code, message[:41]) == (1002, "Value of parameter country is not valid: ")


def test_a_malformed_country_is_1002_beside_a_shop_too() -> None:
    with pytest.raises(ApiError, match="country"):
        ask("trackid=1&country=GBR&shopId=34", shop_territory="GB")


@pytest.mark.parametrize(("query", "shop"), [("", None), ("shopid=", None), ("shopId=34", 34), ("SHOPID=034", 34)])
def test_a_shop_is_a_number_or_absent(query: str, shop: int | None) -> None:
    assert read_shop(read_parameters(read_fields(query.encode()), {})) == shop


@pytest.mark.parametrize("shop", ["x", "-34", "34.0", "34,35", "1" * 19])
def test_a_malformed_shop_is_an_unknown_shop(shop: str) -> None:
    with pytest.raises(Refusal) as caught:
        read_shop({"shopid": shop})
    assert (caught.value.status, caught.value.text) == (401, "Access to resource denied")


# --- usage types ---


@pytest.mark.parametrize(
    ("value", "asked"),
    [
        ("download", ("download",)),
        ("DOWNLOAD", ("download",)),
        ("adSupportedStreaming,download", ("download", "adsupportedstreaming")),
        ("subscriptionstreaming%2Cdownload,Download", ("download", "subscriptionstreaming")),
        (",,subscriptionstreaming,", ("subscriptionstreaming",)),
        ("", ("download",)),
        (",", ("download",)),
    ],
)
def test_usage_types_are_a_list_in_any_case_and_order(value: str, asked: tuple[str, ...]) -> None:
    assert ask(f"trackid=1&usageTypes={value}").usage_types == asked


@pytest.mark.parametrize(
    ("value", "shown"),
    [("abc", "abc"), ("download,ABC,def", "ABC"), ("preview", "preview"), ("download, preview", " preview")],
)
def test_the_first_unknown_usage_type_is_named(value: str, shown: str) -> None:
    assert refused(f"trackid=1&usageTypes={value}") == (1006, f"Value of parameter usageTypes is not valid: {shown}")


# --- image size ---


@pytest.mark.parametrize(
    ("value", "release_size", "artist_size"),
    [("33", 33, 150), ("350", 350, 150), ("300", 50, 300), ("150", 50, 150), ("200", 200, 200), ("0800", 800, 150)],
)
def test_an_image_size_that_fits_one_kind_leaves_the_other_at_its_default(
    value: str, release_size: int, artist_size: int
) -> None:
    question = ask(f"trackid=1&imageSize={value}")
    assert (question.release_size, question.artist_size) == (release_size, artist_size)


@pytest.mark.parametrize("value", ["51", "0", "-50", "big", "50.0", "5" * 19])
def test_an_image_size_in_neither_list_is_1002(value: str) -> None:
    assert refused(f"trackid=1&imageSize={value}") == (1002, f"Value of parameter imageSize is not valid: {value}")


# --- order ---


def test_parameters_are_checked_in_the_contracts_order() -> None:
    bad = {"imageSize": "x", "usageTypes": "x", "country": "x", "trackid": "x"}
    named = []
    while bad:
        code, message = refused("&".join(f"{name}={value}" for name, value in ({"trackid": "1"} | bad).items()))
        named.append((code, message.split()[3]))
        bad.popitem()
    assert named == [(1002, "trackId"), (1002, "country"), (1006, "usageTypes"), (1002, "imageSize")]


# --- the key ---


@pytest.mark.parametrize(
    "authorization",
    [
        b'OAuth oauth_consumer_key="k", oauth_nonce="n"',
        b"OAuth oauth_consumer_key=k,oauth_nonce=n",
        b'oauth realm="",oauth_consumer_key="%6B"',
        b'OAUTH  Oauth_Consumer_Key = "k"',
        b"oauth_consumer_key=k",
        b'oauth_consumer_key="k"',
        b"oauth_nonce=n, oauth_consumer_key=k",
    ],
)
def test_a_key_stands_in_the_authorization_header_with_and_without_scheme_and_quotes(authorization: bytes) -> None:
    assert read_key({}, authorization, {}) == b"k"


def test_a_key_is_taken_from_query_then_header_then_body() -> None:
    query, body = read_fields(b"oauth_consumer_key=q"), read_fields(b"oauth_consumer_key=b")
    assert read_key(query, b"OAuth oauth_consumer_key=h", body) == b"q"
    assert read_key({}, b"OAuth oauth_consumer_key=h", body) == b"h"
    assert read_key(read_fields(b"oauth_consumer_key="), b"OAuth oauth_consumer_key=", body) == b"b"


def test_an_unrelated_scheme_is_ignored() -> None:
    assert read_key(read_fields(b"OAUTH_CONSUMER_KEY=q"), b"Bearer oauth_consumer_key=x", {}) == b"q"
    with pytest.raises(Refusal):
        read_key({}, b"Bearer oauth_consumer_key=x", {})


def test_a_key_is_bytes_percent_decoded() -> None:
    assert read_key(read_fields(b"oauth_consumer_key=%FF+%C3%A9"), b"", {}) == b"\xff \xc3\xa9"


def test_no_key_at_all_is_an_oauth_error() -> None:
    with pytest.raises(Refusal) as caught:
        read_key({}, b"", {})
    assert caught.value.status == 401
    assert caught.value.text.startswith("OAuth authentication error: ")
