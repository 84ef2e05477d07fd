"""Lines of feed files: what they state, and why a malformed one states nothing."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from demo.feed_csv import FeedRefused
from demo.feed_lines import (
    RELEASE_COLUMNS,
    TRACK_COLUMNS,
    Deleted,
    Kind,
    Line,
    Malformed,
    ReleaseLine,
    TrackLine,
    find_feeds,
    open_feed,
    read_lines,
)
from demo.feeds import SYNTHETIC

RELEASE = {
    "releaseId": "20", "title": 'Say "Hi", Ålborg 🎷', "version": "", "artistId": "2", "artistAppearsAs": "The Two",
    "barcode": "00008811195021", "type": "Album", "year": "2014", "explicitContent": "false", "trackCount": "12",
    "duration": "2123", "tags": "rock,pop", "licensorId": "1", "image": "", "dateAdded": "2004-05-12T17:37:53.933Z",
    "releaseDate": "1999-10-04T00:00:00Z", "labelId": "14", "labelName": "A Label", "formats": "17,33", "price": "5.49",
    "rrp": "", "url": "http://www.example.com/artist/the-two/release/say-hi-1?h=00",
}  # fmt: skip
TRACK = {
    "trackId": "285", "title": "One", "version": "Live", "type": "Audio", "isrc": "QZAAA0000001",
    "explicitContent": "true", "trackNumber": "10", "discNumber": "2", "artistId": "44", "artistAppearsAs": "The One",
    "releaseId": "20", "duration": "206", "formats": "17", "price": "", "rrp": "0.99",
    "url": "http://www.example.com/artist/the-two/release/say-hi-1?h=10", "popularity": "0.33",
    "streamingReleaseDate": "2002-06-09T12:30:00.987Z", "licensorID": "",
}  # fmt: skip


def write(file: Path, rows: Iterable[dict[str, str]]) -> Path:
    rows = list(rows)
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return file


def read(file: Path, *rows: dict[str, str]) -> list[Line | Malformed]:
    return list(read_lines(open_feed(write(file, rows))))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "feed.csv"


def test_a_release_line_states_its_columns(file: Path) -> None:
    assert read(file, RELEASE) == [
        ReleaseLine(
            id=20,
            title='Say "Hi", Ålborg 🎷',
            version=None,
            artist_id=2,
            appears_as="The Two",
            artist_slug="the-two",
            barcode="00008811195021",
            type="Album",
            year=2014,
            explicit_content=False,
            track_count=12,
            duration=2123,
            licensor_id=1,
            release_date=datetime(1999, 10, 4, tzinfo=UTC),
            label_id=14,
            label_name="A Label",
            format_ids=(17, 33),
            price=Decimal("5.49"),
            recommended=None,
            slug="say-hi-1",
            territory=None,
        )
    ]


def test_a_track_line_states_its_columns_with_fractions_of_a_second_cut(file: Path) -> None:
    assert read(file, TRACK) == [
        TrackLine(
            id=285,
            title="One",
            version="Live",
            type="Audio",
            isrc="QZAAA0000001",
            explicit_content=True,
            number=10,
            disc_number=2,
            artist_id=44,
            appears_as="The One",
            release_id=20,
            duration=206,
            format_ids=(17,),
            price=None,
            recommended=Decimal("0.99"),
            artist_slug="the-two",
            slug="say-hi-1",
            popularity=Decimal("0.33"),
            streaming_date=datetime(2002, 6, 9, 12, 30, tzinfo=UTC),
            licensor_id=None,
            territory=None,
        )
    ]


def test_insert_and_update_both_state_and_delete_needs_only_the_id(file: Path) -> None:
    emptied = dict.fromkeys(TRACK, "") | {"trackId": "285"}
    inserted, updated, deleted = read(file, {"action": "I"} | TRACK, {"action": "U"} | TRACK, {"action": "D"} | emptied)
    assert inserted == updated
    assert isinstance(inserted, TrackLine)
    assert deleted == Deleted(285)


def test_a_territory_is_read_where_there_is_such_a_column(file: Path) -> None:
    (line,) = read(file, TRACK | {"territory": "IE"})
    assert isinstance(line, TrackLine)
    assert line.territory == "IE"


def test_columns_may_come_in_another_order_and_with_more_beside_them(file: Path) -> None:
    reordered = {"colour": "red"} | dict(reversed(RELEASE.items()))
    (line,) = read(file, reordered)
    assert isinstance(line, ReleaseLine)
    assert line.id == 20


MALFORMED_RELEASES = [
    ({"releaseId": ""}, "releaseId", "is empty"),
    ({"releaseId": "abc"}, "releaseId", "'abc' is no whole number"),
    ({"releaseId": "٤٢"}, "releaseId", "'٤٢' is no whole number"),
    ({"releaseId": "0"}, "releaseId", "0 is not between 1 and 4294967295"),
    ({"releaseId": "4294967296"}, "releaseId", "4294967296 is not between 1 and 4294967295"),
    ({"title": " "}, "title", "is empty"),
    ({"title": "x" * 501}, "title", "has 501 characters, 500 fit"),
    ({"artistAppearsAs": ""}, "artistAppearsAs", "is empty"),
    ({"year": "70000"}, "year", "70000 is not between 0 and 65535"),
    ({"explicitContent": "1"}, "explicitContent", "'1' is neither true nor false"),
    ({"releaseDate": "2013-07-08"}, "releaseDate", "'2013-07-08' is no instant such as 2013-07-08T00:00:00Z"),
    ({"releaseDate": "2013-02-30T00:00:00Z"}, "releaseDate", "'2013-02-30T00:00:00Z' is no instant: "),
    ({"price": "1.999"}, "price", "'1.999' is no amount with at most two decimals"),
    ({"price": "NaN"}, "price", "'NaN' is no amount with at most two decimals"),
    ({"price": "1000000"}, "price", "'1000000' is no amount with at most two decimals"),
    ({"formats": "17,,33"}, "formats", "is empty"),
    ({"url": "http://www.example.com/"}, "url", "does not name /artist/SLUG/release/SLUG"),
    ({"territory": "UK"}, "territory", "'UK' is no territory of ISO 3166-1"),
    ({"territory": "gb"}, "territory", "'gb' is no territory of ISO 3166-1"),
]


@pytest.mark.parametrize(("changed", "column", "reason"), MALFORMED_RELEASES)
def test_a_malformed_release_names_line_column_and_reason_and_the_rest_goes_on(
    file: Path, changed: dict[str, str], column: str, reason: str
) -> None:
    with_territory = RELEASE | {"territory": "GB"}
    first, malformed, last = read(file, with_territory, with_territory | changed, with_territory)
    assert isinstance(malformed, Malformed)
    assert malformed[:3] == ("feed.csv", 3, column)
    assert reason in malformed.reason
    assert first == last
    assert isinstance(first, ReleaseLine)


MALFORMED_TRACKS = [
    ({"releaseId": ""}, "releaseId", "is empty"),
    ({"trackNumber": ""}, "trackNumber", "is empty"),
    ({"discNumber": "one"}, "discNumber", "'one' is no whole number"),
    ({"popularity": "1.01"}, "popularity", "is no number from 0 to 1"),
    ({"popularity": ""}, "popularity", "is no number from 0 to 1"),
    ({"action": "X"}, "action", "'X' is none of I, U and D"),
    ({"action": "D", "trackId": ""}, "trackId", "is empty"),
]


@pytest.mark.parametrize(("changed", "column", "reason"), MALFORMED_TRACKS)
def test_a_malformed_track_names_line_column_and_reason(
    file: Path, changed: dict[str, str], column: str, reason: str
) -> None:
    (malformed,) = read(file, {"action": "U"} | TRACK | changed)
    assert isinstance(malformed, Malformed)
    assert malformed[:3] == ("feed.csv", 2, column)
    assert reason in malformed.reason


def test_a_line_with_a_column_too_few_is_malformed_as_a_whole(file: Path) -> None:
    write(file, [TRACK])
    file.write_text(file.read_text("utf-8") + "1,2,3\n", "utf-8")
    _, malformed = read_lines(open_feed(file))
    assert str(malformed) == "feed.csv, line 3: has 3 columns, the header 19"


def test_a_malformed_line_reads_as_a_sentence_for_an_operator() -> None:
    assert str(Malformed("t.csv", 7, "price", "is empty")) == "t.csv, line 7, column price: is empty"


def test_a_file_lacking_a_column_is_refused_whole(file: Path) -> None:
    write(file, [{column: RELEASE[column] for column in RELEASE_COLUMNS if column not in ("barcode", "url")}])
    with pytest.raises(FeedRefused, match=r"feed\.csv, line 1: the header of releases lacks the columns barcode, url"):
        open_feed(file)


def test_a_file_with_a_column_twice_is_refused_whole(file: Path) -> None:
    file.write_text(",".join((*TRACK_COLUMNS, "title")) + "\n")
    with pytest.raises(FeedRefused, match="title more than once"):
        open_feed(file)


def test_an_empty_file_is_refused(file: Path) -> None:
    file.write_bytes(b"")
    with pytest.raises(FeedRefused, match="the file is empty"):
        open_feed(file)


def test_a_byte_order_mark_belongs_to_no_column(file: Path) -> None:
    write(file, [RELEASE])
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert open_feed(file).columns == RELEASE_COLUMNS


def test_files_are_found_by_their_headers_releases_before_tracks(tmp_path: Path) -> None:
    write(tmp_path / "1.csv", [{"action": "U"} | TRACK])
    write(tmp_path / "2.csv", [TRACK])
    write(tmp_path / "3.csv", [{"action": "U"} | RELEASE])
    write(tmp_path / "4.csv", [RELEASE])
    (tmp_path / "5.csv.gz").write_bytes(gzip.compress((tmp_path / "4.csv").read_bytes()))
    (tmp_path / "README.txt").write_text("no feed")
    feeds = find_feeds(tmp_path)
    assert [file.path.name for file in feeds.full] == ["4.csv", "5.csv.gz", "2.csv"]
    assert [file.path.name for file in feeds.updates] == ["3.csv", "1.csv"]
    assert feeds.refused == ()


def test_a_refused_file_does_not_keep_the_others_from_being_found(tmp_path: Path) -> None:
    write(tmp_path / "good.csv", [RELEASE])
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    feeds = find_feeds(tmp_path)
    assert [file.kind for file in feeds.full] == [Kind.RELEASES]
    assert [str(error).split(",")[0] for error in feeds.refused] == ["other.csv"]


@pytest.mark.parametrize("content", [{}, {"other.csv": "a,b\n"}])
def test_a_folder_without_a_feed_file_is_refused(tmp_path: Path, content: dict[str, str]) -> None:
    for name, text in content.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(FeedRefused, match="no feed file"):
        find_feeds(tmp_path)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FeedRefused, match="no feed file"):
        find_feeds(tmp_path / "nowhere")


def test_the_synthetic_feed_has_no_malformed_line() -> None:
    feeds = find_feeds(SYNTHETIC)
    lines = [line for file in (*feeds.full, *feeds.updates) for line in read_lines(file)]
    assert [len(list(read_lines(file))) for file in feeds.full] == [16, 48]
    assert [line for line in lines if isinstance(line, Malformed)] == []
    assert feeds.refused == ()


def test_the_malformed_feed_keeps_its_good_lines() -> None:
    feeds = find_feeds(SYNTHETIC / "malformed")
    lines = [line for file in (*feeds.full, *feeds.updates) for line in read_lines(file)]
    assert [line.id for line in lines if not isinstance(line, Malformed)] == [5101, 5114, 70101, 70113]
    assert sum(isinstance(line, Malformed) for line in lines) == 24
    assert [str(error).split(",")[0] for error in feeds.refused] == ["wrong-header.csv"]
