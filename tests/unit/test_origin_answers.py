"""Golden answers, byte for byte, written from sections 2 to 4 of the public API contract."""

import dataclasses
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from demo.origin import errors
from demo.origin.accept import Form
from demo.origin.answers import image, track_answer
from demo.origin.catalogue import Artist, Company, Format, Package, Release, Track
from demo.origin.errors import ApiError
from demo.origin.questions import Question
from demo.origin.rendering import failure, success
from demo.origin.rules import Availability

SINCE = datetime(2009, 2, 9, 0, 0, 0, tzinfo=UTC)
PREVIEWED = datetime(2009, 1, 31, 23, 59, 59, tzinfo=UTC)

TRACK = Track(
    track_id=12345,
    title="Drums & Bass <Live>",
    version="Radio Edit",
    artist=Artist(1, 'The Sun\'s "Own"', "The Sun feat. Möön", "the-suns-own", False),
    track_number=13,
    duration=241,
    explicit_content=True,
    isrc="GBAAA0900001",
    p_line="(P) 2009 A Label",
    type="Audio",
    release=Release(
        release_id=4256469,
        title="日本 🎵",
        version="Deluxe",
        type="Album",
        barcode="00602517",
        artist=Artist(2, "Various", "", "various", True),
        slug="nihon",
        label=Company(21, "A & B"),
        licensor=Company(1, "Universal"),
    ),
    disc_number=2,
    number=3,
)
PACKAGES = (
    Package(2, "standard", "GBP", Decimal("0.99"), Decimal("1.2"), (Format(17, "MP3 320"), Format(33, "AAC 320"))),
    Package(9, "premium", "GBP", None, Decimal(0), (Format(45, "FLAC 16-bit 44.1kHz"),)),
    Package(12, "", "", None, None, (Format(10, ""),)),
)
QUESTION = Question(12345, "GB", ("download", "subscriptionstreaming", "adsupportedstreaming"), 350, 150)
EVERYTHING = Availability(
    {"download": SINCE, "subscriptionstreaming": SINCE, "adsupportedstreaming": SINCE}, preview_date=PREVIEWED
)

BARE_TRACK = Track(
    track_id=7,
    title="",
    version="",
    artist=Artist(3, "", "", "", False),
    track_number=1,
    duration=None,
    explicit_content=False,
    isrc="",
    p_line="",
    type="",
    release=Release(8, "", "", "", "", Artist(3, "", "", "", False), "", None, None),
    disc_number=1,
    number=1,
)
STREAMING = Availability({"adsupportedstreaming": SINCE}, preview_date=PREVIEWED)
PLAIN_QUESTION = Question(7, "GB", ("adsupportedstreaming",), 50, 150)

XML_START = (
    '<?xml version="1.0" encoding="utf-8"?><response xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" status="{status}" version="1.2" '
    'xsi:noNamespaceSchemaLocation="http://api.7digital.com/1.2/static/7digitalAPI.xsd">'
)

FULL_XML = (
    XML_START.format(status="ok") + '<track id="12345"><title>Drums &amp; Bass &lt;Live&gt;</title>'
    "<version>Radio Edit</version>"
    '<artist id="1"><name>The Sun\'s "Own"</name><appearsAs>The Sun feat. Möön</appearsAs><slug>the-suns-own</slug>'
    "<image>http://cdn.7static.com/static/img/artistimages/00/000/000/0000000001_150.jpg</image>"
    "<isPlaceholderImage>false</isPlaceholderImage></artist>"
    "<trackNumber>13</trackNumber><duration>241</duration><explicitContent>true</explicitContent>"
    "<isrc>GBAAA0900001</isrc><pline>(P) 2009 A Label</pline><type>audio</type>"
    '<release id="4256469"><title>日本 🎵</title><version>Deluxe</version><type>Album</type><barcode>00602517</barcode>'
    '<artist id="2"><name>Various</name><appearsAs>Various</appearsAs><slug>various</slug>'
    "<image>http://cdn.7static.com/static/img/artistimages/00/000/000/0000000000_150.jpg</image>"
    "<isPlaceholderImage>true</isPlaceholderImage></artist><slug>nihon</slug>"
    "<image>http://cdn.7static.com/static/img/sleeveart/00/042/564/0004256469_350.jpg</image>"
    '<label id="21"><name>A &amp; B</name></label><licensor id="1"><name>Universal</name></licensor></release>'
    "<discNumber>2</discNumber><number>3</number>"
    "<download><releaseDate>2009-02-09T00:00:00Z</releaseDate><previewDate>2009-01-31T23:59:59Z</previewDate><packages>"
    '<package id="2"><description>standard</description><price><currencyCode>GBP</currencyCode>'
    "<sevendigitalPrice>0.99</sevendigitalPrice><recommendedRetailPrice>1.20</recommendedRetailPrice></price><formats>"
    '<format id="17"><description>MP3 320</description></format>'
    '<format id="33"><description>AAC 320</description></format></formats></package>'
    '<package id="9"><description>premium</description><price><currencyCode>GBP</currencyCode>'
    '<sevendigitalPrice xsi:nil="true" /><recommendedRetailPrice>0.00</recommendedRetailPrice></price><formats>'
    '<format id="45"><description>FLAC 16-bit 44.1kHz</description></format></formats></package>'
    '<package id="12"><description /><price><currencyCode />'
    '<sevendigitalPrice xsi:nil="true" /><recommendedRetailPrice xsi:nil="true" /></price><formats>'
    '<format id="10"><description /></format></formats></package>'
    "</packages></download>"
    "<subscriptionStreaming><releaseDate>2009-02-09T00:00:00Z</releaseDate></subscriptionStreaming>"
    "<adSupportedStreaming><releaseDate>2009-02-09T00:00:00Z</releaseDate></adSupportedStreaming>"
    "</track></response>"
)

FULL_JSON = (
    '{"status":"ok","version":"1.2","track":{"id":12345,"title":"Drums & Bass <Live>","version":"Radio Edit",'
    '"artist":{"id":1,"name":"The Sun\'s \\"Own\\"","appearsAs":"The Sun feat. Möön","slug":"the-suns-own",'
    '"image":"http://cdn.7static.com/static/img/artistimages/00/000/000/0000000001_150.jpg",'
    '"isPlaceholderImage":false},"trackNumber":13,"duration":241,"explicitContent":true,"isrc":"GBAAA0900001",'
    '"pline":"(P) 2009 A Label","type":"audio",'
    '"release":{"id":4256469,"title":"日本 🎵","version":"Deluxe","type":"Album","barcode":"00602517",'
    '"artist":{"id":2,"name":"Various","appearsAs":"Various","slug":"various",'
    '"image":"http://cdn.7static.com/static/img/artistimages/00/000/000/0000000000_150.jpg",'
    '"isPlaceholderImage":true},"slug":"nihon",'
    '"image":"http://cdn.7static.com/static/img/sleeveart/00/042/564/0004256469_350.jpg",'
    '"label":{"id":21,"name":"A & B"},"licensor":{"id":1,"name":"Universal"}},"discNumber":2,"number":3,'
    '"download":{"releaseDate":"2009-02-09T00:00:00Z","previewDate":"2009-01-31T23:59:59Z","packages":['
    '{"id":2,"description":"standard","price":{"currencyCode":"GBP","sevendigitalPrice":"0.99",'
    '"recommendedRetailPrice":"1.20"},"formats":[{"id":17,"description":"MP3 320"},'
    '{"id":33,"description":"AAC 320"}]},'
    '{"id":9,"description":"premium","price":{"currencyCode":"GBP","sevendigitalPrice":null,'
    '"recommendedRetailPrice":"0.00"},"formats":[{"id":45,"description":"FLAC 16-bit 44.1kHz"}]},'
    '{"id":12,"description":"","price":{"currencyCode":"","sevendigitalPrice":null,'
    '"recommendedRetailPrice":null},"formats":[{"id":10,"description":""}]}]},'
    '"subscriptionStreaming":{"releaseDate":"2009-02-09T00:00:00Z"},'
    '"adSupportedStreaming":{"releaseDate":"2009-02-09T00:00:00Z"}}}'
)

BARE_XML = (
    XML_START.format(status="ok") + '<track id="7"><title /><version />'
    '<artist id="3"><name /><appearsAs /><slug />'
    "<image>http://cdn.7static.com/static/img/artistimages/00/000/000/0000000003_150.jpg</image>"
    "<isPlaceholderImage>false</isPlaceholderImage></artist>"
    "<trackNumber>1</trackNumber><duration /><explicitContent>false</explicitContent><isrc /><type />"
    '<release id="8"><title /><version /><type /><barcode />'
    '<artist id="3"><name /><appearsAs /><slug />'
    "<image>http://cdn.7static.com/static/img/artistimages/00/000/000/0000000003_150.jpg</image>"
    "<isPlaceholderImage>false</isPlaceholderImage></artist><slug />"
    "<image>http://cdn.7static.com/static/img/sleeveart/00/000/000/0000000008_50.jpg</image>"
    "<label /><licensor /></release><discNumber>1</discNumber><number>1</number>"
    "<adSupportedStreaming><releaseDate>2009-02-09T00:00:00Z</releaseDate></adSupportedStreaming></track></response>"
)

BARE_JSON = (
    '{"status":"ok","version":"1.2","track":{"id":7,"title":"","version":"",'
    '"artist":{"id":3,"name":"","appearsAs":"","slug":"",'
    '"image":"http://cdn.7static.com/static/img/artistimages/00/000/000/0000000003_150.jpg",'
    '"isPlaceholderImage":false},"trackNumber":1,"duration":null,"explicitContent":false,"isrc":"","pline":"",'
    '"type":"","release":{"id":8,"title":"","version":"","type":"","barcode":"",'
    '"artist":{"id":3,"name":"","appearsAs":"","slug":"",'
    '"image":"http://cdn.7static.com/static/img/artistimages/00/000/000/0000000003_150.jpg",'
    '"isPlaceholderImage":false},"slug":"",'
    '"image":"http://cdn.7static.com/static/img/sleeveart/00/000/000/0000000008_50.jpg",'
    '"label":null,"licensor":null},"discNumber":1,"number":1,'
    '"adSupportedStreaming":{"releaseDate":"2009-02-09T00:00:00Z"}}}'
)


@pytest.mark.parametrize(("form", "expected"), [("xml", FULL_XML), ("json", FULL_JSON)])
def test_a_track_with_everything(form: Form, expected: str) -> None:
    assert success(track_answer(TRACK, PACKAGES, EVERYTHING, QUESTION), form).decode() == expected


@pytest.mark.parametrize(("form", "expected"), [("xml", BARE_XML), ("json", BARE_JSON)])
def test_a_track_of_which_london_knows_next_to_nothing(form: Form, expected: str) -> None:
    assert success(track_answer(BARE_TRACK, (), STREAMING, PLAIN_QUESTION), form).decode() == expected


def test_a_download_block_without_preview_and_packages() -> None:
    answer = track_answer(BARE_TRACK, (), Availability({"download": SINCE}, None), PLAIN_QUESTION)
    assert (
        success(answer, "xml")
        .decode()
        .endswith(
            "<number>1</number><download><releaseDate>2009-02-09T00:00:00Z</releaseDate><packages /></download>"
            "</track></response>"
        )
    )
    assert (
        success(answer, "json")
        .decode()
        .endswith('"number":1,"download":{"releaseDate":"2009-02-09T00:00:00Z","packages":[]}}}')
    )


def test_text_escapes_three_characters_and_keeps_white_space() -> None:
    track = dataclasses.replace(TRACK, title="&<>\"'\t\n\r\u0085")
    answer = track_answer(track, (), STREAMING, QUESTION)
    assert b"<title>&amp;&lt;&gt;\"'\t\n\r\xc2\x85</title>" in success(answer, "xml")
    assert b'"title":"&<>\\"\'\\t\\n\\r\xc2\x85"' in success(answer, "json")


def test_both_kinds_of_art_take_their_own_size() -> None:
    question = dataclasses.replace(QUESTION, release_size=800, artist_size=300)
    answer = success(track_answer(TRACK, (), STREAMING, question), "json")
    assert (answer.count(b"_800.jpg"), answer.count(b"_300.jpg")) == (1, 2)


def test_an_image_address_splits_the_first_eight_of_ten_digits() -> None:
    assert image("sleeveart", 4256469, 50) == (
        "http://cdn.7static.com/static/img/sleeveart/00/042/564/0004256469_50.jpg"
    )
    assert image("artistimages", 4294967295, 150) == (
        "http://cdn.7static.com/static/img/artistimages/42/949/672/4294967295_150.jpg"
    )


def test_a_year_before_1000_keeps_its_four_digits() -> None:
    answer = track_answer(BARE_TRACK, (), Availability({"download": datetime(987, 1, 2, tzinfo=UTC)}, None), QUESTION)
    assert b'"releaseDate":"0987-01-02T00:00:00Z"' in success(answer, "json")


@pytest.mark.parametrize(
    ("error", "status", "code", "message"),
    [
        (errors.missing("trackId"), 400, 1001, "Missing parameter trackId."),
        (errors.malformed("trackId", "abc"), 400, 1002, "Value of parameter trackId is not valid: abc"),
        (errors.not_in_list("usageTypes", "abc"), 400, 1006, "Value of parameter usageTypes is not valid: abc"),
        (errors.not_found("Track"), 404, 2001, "Track not found"),
        (
            errors.not_available("Track", ["download", "adsupportedstreaming"]),
            404,
            2002,
            "Track not available for download, adsupportedstreaming",
        ),
        (errors.unexpected(), 500, 9001, "Unexpected server error"),
    ],
)
def test_every_error_has_its_status_code_and_text(error: ApiError, status: int, code: int, message: str) -> None:
    assert error.status == status
    assert failure(error, "xml").decode() == (
        XML_START.format(status="error")
        + f'<error code="{code}"><errorMessage>{message}</errorMessage></error></response>'
    )
    assert failure(error, "json").decode() == (
        '{"status":"error","version":"1.2","error":'
        f'{{"code":{code},"message":"{message}","errorMessage":"{message}"}}}}'
    )


def test_an_echoed_value_is_escaped() -> None:
    error = errors.malformed("trackId", '<a href="x">&é\ufffd')
    assert 'not valid: &lt;a href="x"&gt;&amp;é\ufffd</errorMessage>' in failure(error, "xml").decode()
    assert 'not valid: <a href=\\"x\\">&é\ufffd"}}' in failure(error, "json").decode()
