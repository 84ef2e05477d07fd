"""Records of a CSV file: what one broken line may cost."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from demo.feed_csv import MOST_LINES_OF_A_RECORD, Fault, FeedRefused, opened, records


def read(text: bytes) -> list[tuple[int, list[str] | str]]:
    return [
        (number, record.reason if isinstance(record, Fault) else record)
        for number, record in records(iter(text.splitlines(keepends=True)))
    ]


def test_a_record_is_numbered_by_its_first_line() -> None:
    assert read(b'a,b\n1,"x\ny"\n2,z\n') == [(1, ["a", "b"]), (2, ["1", "x\ny"]), (4, ["2", "z"])]


def test_quotes_commas_and_line_ends_stand_in_quoted_fields() -> None:
    assert read(b'"a ""b"", c\r\nd",e\r\n') == [(1, ['a "b", c\r\nd', "e"])]


def test_a_quote_inside_an_unquoted_field_is_text() -> None:
    assert read(b'1,12" Mix\n2,7" Mix\n') == [(1, ["1", '12" Mix']), (2, ["2", '7" Mix'])]


def test_blank_lines_are_no_records() -> None:
    assert read(b"a\n\n\nb\n") == [(1, ["a"]), (4, ["b"])]


def test_a_quote_that_is_never_closed_costs_its_own_line_only() -> None:
    [broken, *rest] = read(b'1,"open\n2,b\n3,c\n')
    assert broken[0] == 1
    assert "no CSV" in broken[1]
    assert rest == [(2, ["2", "b"]), (3, ["3", "c"])]


def test_a_quote_that_closes_far_below_is_not_looked_for() -> None:
    lines = b'1,"open\n' + b"2,b\n" * MOST_LINES_OF_A_RECORD + b'3,c"\n'
    assert len(read(lines)) == MOST_LINES_OF_A_RECORD + 2


def test_text_after_a_closing_quote_costs_its_own_line_only() -> None:
    [first, second] = read(b'"a"b,c\nd,e\n')
    assert "no CSV" in first[1]
    assert second == (2, ["d", "e"])


def test_bytes_that_are_no_utf_8_cost_their_own_line_only() -> None:
    assert read(b"a\n\xff\nb\n") == [(1, ["a"]), (2, "is not UTF-8: invalid start byte at byte 0"), (3, ["b"])]


def test_a_gzipped_file_is_told_by_its_bytes_not_its_name(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(gzip.compress(b"a,b\n"))
    with opened(file) as lines:
        assert list(records(lines)) == [(1, ["a", "b"])]


def test_a_gzipped_file_that_ends_early_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    file = tmp_path / "x.csv.gz"
    file.write_bytes(gzip.compress(b"".join(b"%d,line\n" % number for number in range(20_000)))[:-2_000])
    with opened(file) as lines:
        *whole, (number, broken) = records(lines)
    assert isinstance(broken, Fault)
    assert "cannot be read further" in broken.reason
    assert len(whole) == number - 1 > 100


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FeedRefused, match=r"x\.csv: No such file"), opened(tmp_path / "x.csv"):
        pass
