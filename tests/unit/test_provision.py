"""Topics and accounts as they are to be made."""

import pytest

from deploy.provision.main import Part, script
from deploy.provision.statements import fill, placeholder, split, template
from deploy.provision.topics import Topic, as_command, differences, topics
from shared.errors import Unusable

ALBUMS = "catalogue.albums"


def by_name(partitions: int, brokers: int) -> dict[str, Topic]:
    return {topic.name: topic for topic in topics(partitions, brokers)}


@pytest.mark.parametrize("name", ["catalogue.albums", "catalogue.artists", "catalogue.dead-letters"])
def test_documents_and_dead_letters_are_kept_for_ever(name: str) -> None:
    config = by_name(12, 3)[name].config
    assert (config["cleanup.policy"], config["retention.ms"]) == ("delete", "-1")


def test_of_clients_only_the_newest_is_kept_so_that_a_secret_can_disappear() -> None:
    config = by_name(12, 3)["gateway.clients"].config
    assert config["cleanup.policy"] == "compact"
    assert int(config["max.compaction.lag.ms"]) <= 24 * 3600 * 1000


def test_positions_have_one_partition_whose_holder_follows() -> None:
    assert by_name(12, 3)["catalogue.positions"].partitions == 1
    assert by_name(12, 3)[ALBUMS].partitions == 12


@pytest.mark.parametrize(("brokers", "replicas", "insync"), [(1, 1, "1"), (2, 1, "1"), (3, 3, "2"), (7, 3, "2")])
def test_three_brokers_hold_three_copies_of_which_two_must_be_written(brokers: int, replicas: int, insync: str) -> None:
    topic = by_name(12, brokers)[ALBUMS]
    assert (topic.replicas, topic.config["min.insync.replicas"]) == (replicas, insync)


def test_a_topic_takes_the_largest_record_with_what_is_around_it() -> None:
    assert by_name(12, 3)[ALBUMS].config["max.message.bytes"] == str(9 * 1024 * 1024)


def test_a_topic_that_is_set_otherwise_is_told_with_what_it_needs() -> None:
    topic = by_name(12, 1)[ALBUMS]
    found = {ALBUMS: {**topic.config, "retention.ms": "604800000"}}
    assert differences([topic], found) == [f"{ALBUMS} has retention.ms=604800000 and needs -1"]


def test_the_command_that_makes_a_topic_says_all_of_it() -> None:
    command = as_command(Topic("t", 4, 3, {"retention.ms": "-1"}))
    assert command.endswith("--topic t --partitions 4 --replication-factor 3 --config retention.ms=-1")


def test_a_template_is_filled_with_database_hosts_and_passwords() -> None:
    text = "GRANT SELECT ON `<database>`.t TO 'u'@'<hosts>' IDENTIFIED BY '<password of u>';"
    filled = fill(text, database="my_db", hosts="10.%", password=lambda account: f"secret-of-{account}")
    assert filled == "GRANT SELECT ON `my_db`.t TO 'u'@'10.%' IDENTIFIED BY 'secret-of-u';"


def test_a_right_on_a_whole_database_is_not_one_on_others_of_similar_names() -> None:
    assert fill("ON `<database>`.* TO", database="my_db", hosts="", password=placeholder) == "ON `my\\_db`.* TO"


@pytest.mark.parametrize("password", ["it's", "back\\slash", "", "pässword", "two\nlines"])
def test_a_password_that_quotes_cannot_hold_is_refused_without_being_told(password: str) -> None:
    with pytest.raises(Unusable, match="the password of u must be printable ASCII") as refusal:
        fill("'<password of u>'", database="", hosts="", password=lambda _: password)
    assert not password or password not in str(refusal.value)


def test_statements_end_at_the_end_of_a_line() -> None:
    assert split("-- a comment; two\nSELECT ';' AS a,\n  2;\n\nSELECT 3;\n") == ["SELECT ';' AS a,\n  2", "SELECT 3"]


@pytest.mark.parametrize("name", ["region", "london", "origin"])
def test_each_template_makes_accounts_and_nothing_else(name: str) -> None:
    assert {statement.split()[0] for statement in split(template(name))} == {"CREATE", "ALTER", "GRANT"}


@pytest.mark.parametrize("part", Part)
def test_what_is_shown_holds_no_password_and_leaves_only_their_places(part: Part) -> None:
    shown = script(part)
    assert "<database>" not in shown
    assert "<hosts>" not in shown
    assert part is Part.TOPICS or "IDENTIFIED BY '<password of crossfade_" in shown
