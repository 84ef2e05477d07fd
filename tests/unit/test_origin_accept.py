"""XML or JSON by the `Accept` header, as section 3 of the public API contract words it."""

import pytest

from demo.origin.accept import negotiate


@pytest.mark.parametrize(
    "accept",
    [
        "application/json",
        "text/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;q=0.2, application/xml;q=0.1",
        "application/xml;q=0.999,text/json",
        "application/json;q=0.001",
        "text/html, application/json;q=0.9, */*;q=0.8",
        "application/json ; Q=0.5 , text/xml ; q=0.4",
        "application/xml;q=0, */*",
        "application/json, application/*;q=0.9",
        "application/json;q=0, text/json;q=0.1",
    ],
)
def test_json_is_chosen_where_it_weighs_more(accept: str) -> None:
    assert negotiate(accept) == "json"


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        "application/*",
        "text/*",
        "text/html",
        "nonsense",
        ",,;q=1",
        "application/xml",
        "text/xml",
        "application/json, application/xml",
        "application/json, */*",
        "application/json;q=0.5, */*;q=0.8",
        "application/json;q=0.1, application/xml;q=0.2",
        "application/json;q=0.9, text/xml",
    ],
)
def test_a_tie_an_unknown_or_no_preference_is_xml(accept: str) -> None:
    assert negotiate(accept) == "xml"


@pytest.mark.parametrize("accept", ["application/json;q=0", "application/json;q=0.000, */*", "application/*;q=0"])
def test_a_weight_of_zero_excludes(accept: str) -> None:
    assert negotiate(accept) == "xml"


def test_both_excluded_is_xml_and_never_a_refusal() -> None:
    assert negotiate("application/json;q=0, application/xml;q=0") == "xml"


@pytest.mark.parametrize("weight", ["2", "1.5", "-1", "0.1234", "high", ""])
def test_an_item_with_a_weight_that_is_none_is_unknown(weight: str) -> None:
    assert negotiate(f"application/json;q={weight}") == "xml"
