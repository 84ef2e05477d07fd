"""Where a producer goes on following, given what it remembers and what London says."""

import pytest

from services.producer.progress import FollowState
from services.producer.resume import begin
from services.producer.source import Instance, Moment
from shared.errors import SourceUnfit
from shared.position import MariaDBPosition, MySQLPosition

NOW = "2021-05-05T05:05:05.000000Z"
EARLIER = "2021-05-05T05:00:00.000000Z"
UUID = "3e11fa47-71ca-11e1-9e33-c80aa9429562"

MARIADB = Instance(is_mariadb=True, version="11.4.5-MariaDB", id="1")
REPLACEMENT = Instance(is_mariadb=True, version="11.4.5-MariaDB", id="2")
MYSQL = Instance(is_mariadb=False, version="8.4.0", id=UUID)

SAVED = FollowState(epoch=3, server="1", position="0-1-100", event_time=5, time=EARLIER, caught_up_time=EARLIER)


def mariadb(text: str) -> Moment:
    return Moment(MariaDBPosition.parse(text), NOW)


def mysql(text: str) -> Moment:
    return Moment(MySQLPosition.parse(text), NOW)


def test_where_london_was_never_followed_it_begins_now_in_epoch_0() -> None:
    assert begin(None, MARIADB, mariadb("0-1-100")) == FollowState(
        epoch=0, server="1", position="0-1-100", event_time=0, time=NOW, caught_up_time=NOW
    )


@pytest.mark.parametrize("position", ["0-1-100", "0-1-101", "0-2-101,1-1-7"])
def test_the_same_server_goes_on_where_it_was(position: str) -> None:
    assert begin(SAVED, MARIADB, mariadb(position)) == SAVED


def test_another_server_that_holds_everything_begins_a_new_epoch_where_it_was() -> None:
    begun = begin(SAVED, REPLACEMENT, mariadb("0-2-101"))
    assert begun == SAVED.model_copy(update={"server": "2", "epoch": 4})


@pytest.mark.parametrize("instance", [MARIADB, REPLACEMENT])
@pytest.mark.parametrize("position", ["0-1-99", "1-1-100", ""])
def test_a_server_that_lacks_a_part_of_what_was_followed_is_refused(instance: Instance, position: str) -> None:
    with pytest.raises(SourceUnfit, match="without all of 0-1-100"):
        begin(SAVED, instance, mariadb(position))


def test_a_server_of_another_kind_is_refused() -> None:
    with pytest.raises(SourceUnfit, match="without all of 0-1-100"):
        begin(SAVED, MYSQL, mysql(f"{UUID}:1-500"))


def test_on_mysql_a_gap_in_what_was_followed_is_refused() -> None:
    saved = SAVED.model_copy(update={"server": UUID, "position": f"{UUID}:1-100"})
    assert begin(saved, MYSQL, mysql(f"{UUID}:1-200")) == saved
    with pytest.raises(SourceUnfit):
        begin(saved, MYSQL, mysql(f"{UUID}:1-50:60-200"))
