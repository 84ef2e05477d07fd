"""Two answers are equal only byte for byte, and every difference is named by its place."""

from dataclasses import replace

import pytest

from crossfade.comparison.difference import Answer, Field, Outcome, Silence, compared
from crossfade.comparison.questions import Question

QUESTION = Question(17, "xml", "2026-11-24T07:30:00Z")
XML = Answer(
    url="http://london/1.2/track/details?trackid=17",
    status=200,
    content_type="application/xml; charset=utf-8",
    cache_control="private, max-age=60",
    body=b'<response status="ok"><track id="17"><title>A</title><download><packages>'
    b'<package id="2"><price>0.99</price></package><package id="9"><price>1.49</price></package>'
    b"</packages></download></track></response>",
)
JSON = replace(
    XML,
    content_type="application/json; charset=utf-8",
    body=b'{"status":"ok","track":{"id":17,"packages":[{"id":2,"price":"0.99"},{"id":9,"price":null}]}}',
)


def fields(london: Outcome, region: Outcome) -> list[Field]:
    return list(compared(QUESTION, london, region).fields)


def changed(answer: Answer, old: bytes, new: bytes) -> Answer:
    assert answer.body.count(old) == 1
    return replace(answer, body=answer.body.replace(old, new))


@pytest.mark.parametrize("answer", [XML, JSON, replace(XML, status=404), replace(XML, status=400)])
def test_an_answer_equals_itself(answer: Answer) -> None:
    comparison = compared(QUESTION, answer, replace(answer, url="http://region/"))
    assert (comparison.verdict, comparison.fields) == ("equal", ())


def test_another_status_is_the_whole_difference() -> None:
    region = replace(XML, status=404, body=b"<response />", content_type=JSON.content_type, cache_control="")
    assert fields(XML, region) == [Field("status", "200", "404")]


def test_another_content_type_differs_to_the_letter() -> None:
    region = replace(XML, content_type="application/xml;charset=utf-8")
    assert fields(XML, region) == [Field("content-type", XML.content_type, region.content_type)]


@pytest.mark.parametrize(("region", "theirs"), [("max-age=59, private", "59"), ("private", None), ("", None)])
def test_another_max_age_differs_on_a_200(region: str, theirs: str | None) -> None:
    assert fields(XML, replace(XML, cache_control=region)) == [Field("cache-control: max-age", "60", theirs)]


def test_the_rest_of_cache_control_and_any_of_it_on_an_error_is_not_compared() -> None:
    assert fields(XML, replace(XML, cache_control="max-age=60")) == []
    assert fields(replace(XML, status=404), replace(XML, status=404, cache_control="")) == []


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        (b"0.99", b"0.98", Field("track/download/packages/package/price", "0.99", "0.98")),
        (b"1.49", b"1.5", Field("track/download/packages/package[2]/price", "1.49", "1.5")),
        (b'"17"', b'"18"', Field("track/@id", "17", "18")),
        (b'"ok"', b'"error"', Field("@status", "ok", "error")),
        (b"<title>A</title>", b"", Field("track/title", "A", None)),
        (b"<download>", b"<pline>P</pline><download>", Field("track/pline", None, "P")),
    ],
)
def test_a_value_that_differs_in_xml_is_named_by_its_path(old: bytes, new: bytes, field: Field) -> None:
    assert fields(XML, changed(XML, old, new)) == [field]


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        (b'"0.99"', b"0.99", Field("track/packages/price", '"0.99"', "0.99")),
        (b"null", b'""', Field("track/packages[2]/price", "null", '""')),
        (b'"id":17,', b"", Field("track/id", "17", None)),
    ],
)
def test_a_value_that_differs_in_json_is_named_by_its_path(old: bytes, new: bytes, field: Field) -> None:
    assert fields(JSON, changed(JSON, old, new)) == [field]


def test_a_block_that_one_side_lacks_is_one_difference() -> None:
    start, end = XML.body.index(b"<download>"), XML.body.index(b"</track>")
    without = replace(XML, body=XML.body[:start] + XML.body[end:])
    [found] = fields(XML, without)
    assert (found.name, found.region) == ("track/download", None)
    assert found.london is not None and found.london.startswith('{"packages": {"package": {"@id": "2"')


def test_all_values_that_differ_are_named() -> None:
    region = changed(changed(XML, b"0.99", b"1"), b">A<", b">B<")
    assert [field.name for field in fields(XML, region)] == ["track/title", "track/download/packages/package/price"]


@pytest.mark.parametrize(
    ("answer", "old", "new"),
    [
        (XML, b"<title>A</title>", b"<title >A</title>"),
        (XML, b"</packages></", b"</packages> </"),
        (XML, b'<track id="17">', b"<track id='17'>"),
        (JSON, b'"status":"ok"', b'"status": "ok"'),
        (JSON, b'{"id":9,"price":null}', b'{"price":null,"id":9}'),
    ],
)
def test_equal_values_in_other_bytes_differ_at_their_first_other_byte(answer: Answer, old: bytes, new: bytes) -> None:
    region = changed(answer, old, new)
    first = next(at for at, (ours, theirs) in enumerate(zip(answer.body, region.body, strict=False)) if ours != theirs)
    [found] = fields(answer, region)
    assert found.name == f"byte {first}"
    assert found.london is not None and found.london.encode() in answer.body
    assert found.region is not None and found.region.encode() in region.body


@pytest.mark.parametrize("body", [b"", b"<response", b"\xff\xfe", XML.body + b"\n"])
def test_a_body_that_cannot_be_read_or_goes_on_differs_at_a_byte(body: bytes) -> None:
    assert [field.name.split()[0] for field in fields(XML, replace(XML, body=body))] == ["byte"]


@pytest.mark.parametrize(
    "outcome",
    [
        Silence("http://region/", "no answer within 10 s"),
        replace(XML, status=500),
        replace(XML, status=504),
        replace(XML, status=429),
        replace(XML, status=401, content_type="text/plain; charset=utf-8", body=b"Access to resource denied"),
        replace(XML, status=404, content_type="text/plain; charset=utf-8", body=b"Resource not found"),
        replace(XML, content_type="text/html"),
    ],
)
def test_what_is_no_answer_about_a_track_is_never_equal_not_even_to_itself(outcome: Outcome) -> None:
    for london, region in ((XML, outcome), (outcome, XML), (outcome, outcome)):
        comparison = compared(QUESTION, london, region)
        assert comparison.verdict == "unanswered"
        assert [field.name for field in comparison.fields] == ["answer"]
