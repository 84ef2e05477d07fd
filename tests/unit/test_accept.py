"""Which format an Accept header chooses."""

import pytest

from shared.accept import negotiate


@pytest.mark.parametrize(
    "accept",
    [
        "application/json",
        "text/json",
        "Application/JSON; charset=utf-8",
        "application/json, text/html",
        "application/json, application/xml;q=0.9",
        "application/xml;q=0.8,application/json;q=0.801",
        "application/json;q=0.5, */*;q=0.1",
        "application/json;q=0.001",
        "application/json ; q=0.7 , text/xml ; q=0.6",
        "application/xml;q=0, */*",
        "text/json;q=1.000",
        "application/json, application/xml;q=7",
    ],
)
def test_json_is_chosen_where_it_is_preferred(accept: str) -> None:
    assert negotiate(accept) == "json"


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        "text/html",
        "application/*",
        "text/*",
        "nonsense",
        ",;,",
        "application/xml",
        "application/json, application/xml",
        "application/json;q=0.5, text/xml;q=0.5",
        "application/json, text/plain, */*",
        "application/json;q=0.4, text/*;q=0.5",
        "application/json;q=0.5, */*",
    ],
)
def test_unknown_ranges_wildcards_and_ties_are_xml(accept: str) -> None:
    assert negotiate(accept) == "xml"


@pytest.mark.parametrize(
    "accept", ["application/json;q=0", "application/json;q=0, */*", "*/*;q=0", "application/xml;q=0"]
)
def test_q_0_excludes_and_leaves_xml_when_nothing_remains(accept: str) -> None:
    assert negotiate(accept) == "xml"


@pytest.mark.parametrize("quality", ["2", "-1", "abc", "", "0.1234", ".5", "1.001"])
def test_a_range_with_a_malformed_quality_counts_as_absent(quality: str) -> None:
    assert negotiate(f"application/json;q={quality}") == "xml"
