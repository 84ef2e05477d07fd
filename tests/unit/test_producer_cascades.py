"""Foreign keys that change rows unseen: which they are, and which tables' changes have to lead to a sweep."""

import pytest

from services.producer.binlog_rows import Kind
from services.producer.cascades import Cascade, Watch, parse_cascades, watches, with_watched
from services.producer.routes import Route, Sql

QUERY = Sql("q.sql", "SELECT :values")
TRACK = Route("track", "album", "release_id", None)
RELEASE = Route("release", "album", "release_id", None)
PRICE = Route("price", "album", "track_id", QUERY)

TRACK_TO_RELEASE = Cascade("track", ("release_id",), "release", ("release_id",), "ON DELETE CASCADE")
TRACK_TO_ARTIST = Cascade("track", ("artist_id",), "artist", ("artist_id",), "ON DELETE SET NULL ON UPDATE CASCADE")

INSERT = Kind(is_version_2=True)
UPDATE = Kind(is_version_2=True, is_update=True)
DELETE = Kind(is_version_2=True, is_delete=True)


def test_only_foreign_keys_that_change_rows_themselves_cascade() -> None:
    definition = """CREATE TABLE `track` (
  `id` int NOT NULL COMMENT 'ON DELETE CASCADE',
  CONSTRAINT `a` FOREIGN KEY (`release_id`) REFERENCES `release` (`id`) ON DELETE CASCADE ON UPDATE SET NULL,
  CONSTRAINT `b` FOREIGN KEY (`artist_id`) REFERENCES `artist` (`id`),
  CONSTRAINT `c` FOREIGN KEY (`x`) REFERENCES `artist` (`id`) ON DELETE RESTRICT ON UPDATE NO ACTION,
  CONSTRAINT `d` FOREIGN KEY (`x`, `y`) REFERENCES `other`.`odd``name` (`u`, `v`) ON UPDATE CASCADE
) ENGINE=InnoDB"""

    assert parse_cascades("track", definition) == [
        Cascade("track", ("release_id",), "release", ("id",), "ON DELETE CASCADE ON UPDATE SET NULL"),
        Cascade("track", ("x", "y"), "other.odd`name", ("u", "v"), "ON UPDATE CASCADE"),
    ]


def test_the_parent_of_a_table_of_another_schema_is_in_that_schema() -> None:
    [found] = parse_cascades(
        "other.child", "  CONSTRAINT `a` FOREIGN KEY (`p`) REFERENCES `p` (`id`) ON UPDATE CASCADE"
    )
    assert found.parent == "other.p"


@pytest.mark.parametrize("verb", ["DELETE", "UPDATE"])
def test_a_rule_is_told_by_its_verb(verb: str) -> None:
    other = {"DELETE": "UPDATE", "UPDATE": "DELETE"}[verb]
    cascade = Cascade("a", ("b",), "c", ("d",), f"ON {verb} SET NULL ON {other} RESTRICT")
    assert (cascade.is_on(verb), cascade.is_on(other)) == (True, False)


def test_a_parent_whose_own_row_tells_the_same_documents_needs_no_sweep() -> None:
    of_prices = Cascade("price", ("track_id",), "track", ("track_id",), "ON DELETE CASCADE")
    assert watches([TRACK_TO_RELEASE, of_prices], [TRACK, RELEASE, PRICE]) == {}


def test_a_parent_whose_id_is_computed_tells_the_same_documents_as_well() -> None:
    computed = Route("release", "album", "code", None, Sql("x", "SUBSTRING(:value, 3)"))
    assert watches([TRACK_TO_RELEASE], [TRACK, computed]) == {}


@pytest.mark.parametrize(
    ("cascade", "routes", "why"),
    [
        (TRACK_TO_RELEASE, [TRACK], "the parent is not mapped"),
        (TRACK_TO_RELEASE, [TRACK, Route("release", "album", "release_id", QUERY)], "a query comes too late"),
        (TRACK_TO_RELEASE, [RELEASE], "what the child leads to is not known"),
        (TRACK_TO_RELEASE, [TRACK, Route("release", "artist", "artist_id", None)], "the parent tells other documents"),
        (
            Cascade("release", ("part_of",), "release", ("release_id",), "ON DELETE CASCADE"),
            [RELEASE],
            "the parent tells its own document and not the child's",
        ),
    ],
)
def test_any_other_parent_is_watched(cascade: Cascade, routes: list[Route], why: str) -> None:
    assert watches([cascade], routes) == {"release": Watch(True, frozenset(), frozenset({cascade.table}))}, why


def test_several_keys_of_a_parent_are_watched_together() -> None:
    of_covers = Cascade("cover", ("painter",), "Artist", ("Painter_Id",), "ON UPDATE SET NULL")
    assert watches([TRACK_TO_ARTIST, of_covers], [TRACK]) == {
        "artist": Watch(True, frozenset({"artist_id", "painter_id"}), frozenset({"track", "cover"}))
    }


@pytest.mark.parametrize(
    ("kind", "images", "is_met"),
    [
        (INSERT, [{"Id": {1}}], False),
        (DELETE, [{"Id": {1}}], True),
        (UPDATE, [{"Id": {1}, "name": {"x"}}, {"Id": {1}, "name": {"y"}}], False),
        (UPDATE, [{"Id": {1}, "name": {"x"}}, {"Id": {2}, "name": {"x"}}], True),
    ],
)
def test_a_watch_is_met_by_deletions_and_by_new_keys(
    kind: Kind, images: list[dict[str, set[object]]], is_met: bool
) -> None:
    assert Watch(True, frozenset({"id"}), frozenset()).is_met(kind, images) == is_met  # type: ignore[arg-type]


def test_a_deletion_that_cascades_nowhere_is_not_watched() -> None:
    assert not Watch(False, frozenset({"id"}), frozenset()).is_met(DELETE, [{"id": {1}}])


def test_the_columns_that_are_watched_are_read_beside_those_that_lead_to_documents() -> None:
    watched = {
        "artist": Watch(True, frozenset({"artist_id", "code"}), frozenset()),
        "shop": Watch(True, frozenset(), frozenset()),
    }
    assert with_watched({"Artist": ["Artist_ID"]}, watched) == {"Artist": ("Artist_ID", "code"), "shop": ()}
