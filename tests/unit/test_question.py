"""How requests become questions, and which are refused with what; the cases are the contract's "Reading a request"."""

import pytest

from shared.question import TRACK_DETAILS, Question, ask, find_endpoint, find_shop, read_parameters
from shared.refusal import ACCESS_DENIED, Refusal

SHOPS = {55: "US", 7: "DE"}


def asked(
    query: str, form: bytes = b"", *, accept: str = "", default_territory: str | None = None
) -> Question | Refusal:
    parameters = read_parameters(query.encode(), form)
    return ask(TRACK_DETAILS, parameters, accept, default_territory=default_territory, shops=SHOPS)


def question(query: str, form: bytes = b"", *, accept: str = "", default_territory: str | None = None) -> Question:
    answer = asked(query, form, accept=accept, default_territory=default_territory)
    assert isinstance(answer, Question), answer
    return answer


def refusal(query: str, form: bytes = b"") -> tuple[int, int | None, str]:
    answer = asked(query, form)
    assert isinstance(answer, Refusal), answer
    return answer.status, answer.code, answer.message


def test_a_bare_question_takes_every_default() -> None:
    assert question("trackid=123") == Question(
        endpoint=TRACK_DETAILS,
        ids=(123,),
        territory="GB",
        shop=None,
        usage_types=("download",),
        release_image=50,
        artist_image=150,
        format="xml",
    )


@pytest.mark.parametrize("path", ["/1.2/track/details", "/1.2/TRACK/Details", "/1.2/track/details/"])
def test_a_path_is_read_in_any_case_and_with_one_trailing_slash(path: str) -> None:
    assert find_endpoint(path) is TRACK_DETAILS


@pytest.mark.parametrize("path", ["/1.2/track/details//", "/1.2/track", "/1.1/track/details", "/", "", "//"])
def test_other_paths_lead_nowhere(path: str) -> None:
    assert find_endpoint(path) is None


@pytest.mark.parametrize("query", ["trackid=5", "trackId=5", "TRACKID=5", "track%49d=5", "track%69d=%35"])
def test_names_are_read_in_any_case_and_percent_decoded(query: str) -> None:
    assert question(query).ids == (5,)


def test_a_name_is_lowered_as_ascii_only() -> None:
    assert refusal("trac%E2%84%AAid=5")[1] == 1001  # the Kelvin sign, which Unicode lowers to k


def test_unknown_parameters_are_ignored() -> None:
    assert question("trackid=5&foo=bar&oauth_nonce=1&&=x&y") == question("trackid=5")


def test_the_first_value_of_a_repeated_parameter_wins() -> None:
    assert question("TrackId=5&trackid=6").ids == (5,)


def test_a_first_value_that_is_empty_is_absent_and_still_the_first() -> None:
    assert refusal("trackid=&trackid=6")[1] == 1001


def test_the_query_comes_before_the_body() -> None:
    assert question("trackid=5", b"trackid=6&usageTypes=subscriptionstreaming") == question(
        "trackid=5&usagetypes=subscriptionstreaming"
    )


def test_a_form_body_may_hold_all_but_what_is_read_from_the_query_whatever_the_verb() -> None:
    form = b"trackid=6&country=US&shopid=55&userid=1&imagesize=100"
    assert question("", form) == question("trackid=6&imagesize=100")


@pytest.mark.parametrize(("text", "id"), [("1", 1), ("007", 7), ("0", 0), ("9" * 18, 10**18 - 1), ("0" * 17 + "1", 1)])
def test_an_id_has_1_to_18_digits_and_loses_leading_zeros(text: str, id: int) -> None:
    assert question(f"trackid={text}").ids == (id,)


@pytest.mark.parametrize(
    "value", ["abc", "1" * 19, "0" * 19, "-1", "+1", " 1", "1 ", "1_000", "1.0", "١٢٣", "²", "1,2", "1,", "0x10", "\n"]
)
def test_another_id_is_malformed_and_named_as_it_was_sent(value: str) -> None:
    encoded = "".join(f"%{byte:02X}" for byte in value.encode())
    assert refusal(f"trackid={encoded}") == (400, 1002, f"Value of parameter trackId is not valid: {value}")


def test_a_missing_id_is_named() -> None:
    assert refusal("country=GB") == (400, 1001, "Missing parameter trackId.")


def test_an_echo_is_percent_decoded_with_plus_as_a_space() -> None:
    assert refusal("trackid=a%20b+c%2Cd")[2].endswith("not valid: a b c,d")


def test_an_echo_has_bad_utf_8_as_replacement_characters() -> None:
    assert refusal("trackid=a%ff%C3b")[2].endswith("not valid: a\ufffd\ufffdb")


def test_an_echo_keeps_a_percent_sign_that_encodes_nothing() -> None:
    assert refusal("trackid=100%&country=GB")[2].endswith("not valid: 100%")


def test_an_echo_drops_what_xml_forbids() -> None:
    sent = "a%00b%0Bc%1Fd%EF%BF%BEe%EF%BF%BFf%09g%0Ah%0Di%7F%C2%85"
    assert refusal(f"trackid={sent}")[2].endswith("not valid: abcdef\tg\nh\ri\x7f\x85")


def test_an_echo_is_cut_at_100_characters_counted_after_the_drop() -> None:
    assert refusal(f"trackid=%00{'é' * 150}")[2].endswith("not valid: " + "é" * 100)


@pytest.mark.parametrize(("sent", "territory"), [("gb", "GB"), ("US", "US"), ("uk", "GB"), ("UK", "GB"), ("zz", "ZZ")])
def test_a_country_is_two_letters_in_any_case_and_uk_is_gb(sent: str, territory: str) -> None:
    assert question(f"trackid=1&country={sent}").territory == territory


@pytest.mark.parametrize("value", ["G", "GBR", "12", "G1", "éé", "ßß", " GB"])
def test_another_country_is_malformed(value: str) -> None:
    expected = f"Value of parameter country is not valid: {value}"
    assert refusal(f"trackid=1&country={value}") == (400, 1002, expected)


def test_without_a_country_the_keys_default_territory_counts() -> None:
    assert question("trackid=1", default_territory="DE").territory == "DE"
    assert question("trackid=1&country=", default_territory="DE").territory == "DE"
    assert question("trackid=1&country=FR", default_territory="DE").territory == "FR"


def test_a_shop_beats_country_and_default() -> None:
    answer = question("trackid=1&shopId=55&country=FR", default_territory="DE")
    assert (answer.shop, answer.territory) == (55, "US")


def test_shop_34_is_the_uk_store_and_known_to_every_key() -> None:
    answer = question("trackid=1&shopid=034", default_territory="DE")
    assert (answer.shop, answer.territory) == (34, "GB")


@pytest.mark.parametrize("value", ["56", "-55", "abc", "5 5", "1" * 19, "55,7"])
def test_a_shop_that_the_key_does_not_know_or_that_is_malformed_is_refused_in_plain_text(value: str) -> None:
    assert find_shop(read_parameters(f"shopid={value}".encode()), SHOPS) == ACCESS_DENIED
    assert (ACCESS_DENIED.status, ACCESS_DENIED.code, ACCESS_DENIED.message) == (401, None, "Access to resource denied")


def test_a_shop_is_checked_before_every_parameter() -> None:
    assert refusal("trackid=abc&country=1&shopid=56")[0] == 401


def test_a_country_is_checked_even_where_the_shop_beats_it() -> None:
    assert refusal("trackid=1&shopid=55&country=1")[1] == 1002


@pytest.mark.parametrize(
    ("sent", "usage_types"),
    [
        ("download", ("download",)),
        ("SubscriptionStreaming", ("subscriptionstreaming",)),
        (
            "adsupportedstreaming,download,subscriptionstreaming",
            ("download", "subscriptionstreaming", "adsupportedstreaming"),
        ),
        ("adsupportedstreaming%2Cdownload", ("download", "adsupportedstreaming")),
        ("download,DOWNLOAD,,download", ("download",)),
        ("", ("download",)),
        (",,", ("download",)),
    ],
)
def test_usage_types_are_a_set_in_the_contracts_order(sent: str, usage_types: tuple[str, ...]) -> None:
    assert question(f"trackid=1&usageTypes={sent}").usage_types == usage_types


@pytest.mark.parametrize(
    ("sent", "named"), [("abc", "abc"), ("download,Abc,def", "Abc"), ("preview", "preview"), ("download, x", " x")]
)
def test_the_first_unknown_usage_type_is_named(sent: str, named: str) -> None:
    expected = f"Value of parameter usageTypes is not valid: {named}"
    assert refusal(f"trackid=1&usagetypes={sent}") == (400, 1006, expected)


@pytest.mark.parametrize(
    ("sent", "release", "artist"),
    [("33", 33, 150), ("350", 350, 150), ("200", 200, 200), ("150", 50, 150), ("300", 50, 300), ("0100", 100, 150)],
)
def test_an_image_size_that_fits_one_kind_leaves_the_other_at_its_default(sent: str, release: int, artist: int) -> None:
    answer = question(f"trackid=1&imageSize={sent}")
    assert (answer.release_image, answer.artist_image) == (release, artist)


@pytest.mark.parametrize("value", ["51", "0", "-50", "abc", "50px", "50,100", "9" * 19])
def test_an_image_size_of_neither_kind_is_malformed(value: str) -> None:
    expected = f"Value of parameter imageSize is not valid: {value}"
    assert refusal(f"trackid=1&imagesize={value}") == (400, 1002, expected)


def test_the_checks_stand_in_the_contracts_order() -> None:
    wrong = {"trackid": "x", "country": "x", "usagetypes": "x", "imagesize": "x"}
    right = {"trackid": "1", "country": "GB", "usagetypes": "download", "imagesize": "50"}
    named = []
    for name in wrong:
        named.append(refusal("&".join(f"{each}={value}" for each, value in wrong.items()))[2].split()[3])
        wrong[name] = right[name]
    assert named == ["trackId", "country", "usageTypes", "imageSize"]


def test_questions_that_ask_the_same_are_equal_and_can_be_keys() -> None:
    one = question("trackid=0012&country=uk&usagetypes=adsupportedstreaming,DOWNLOAD&imagesize=50")
    other = question("UsageTypes=download%2Cadsupportedstreaming&TRACKID=12")
    assert one == other
    assert hash(one) == hash(other)


def test_the_accept_header_chooses_the_format() -> None:
    assert question("trackid=1", accept="application/json").format == "json"
