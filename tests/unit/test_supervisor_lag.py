"""How far the region is behind London."""

from deploy.supervisor.lag import Partition, lag_albums, lag_s
from deploy.supervisor.progress import FOLLOW_LAG, find_metric
from shared import metrics

STORED = Partition(topic="catalogue.albums", partition=0, next_offset=7, end_offset=7)
WAITING = Partition(topic="catalogue.albums", partition=1, next_offset=3, end_offset=7, oldest_s=1.5)
OLDER = Partition(topic="catalogue.artists", partition=0, next_offset=0, end_offset=1, oldest_s=9.0)


def test_the_lag_in_albums_counts_the_records_of_albums_that_are_not_stored() -> None:
    assert lag_albums([STORED, WAITING, OLDER]) == 4


def test_a_log_that_was_made_anew_and_is_shorter_leaves_no_negative_lag() -> None:
    assert lag_albums([STORED.model_copy(update={"end_offset": 2})]) == 0


def test_the_lag_in_seconds_is_that_to_the_log_and_that_of_the_oldest_record_in_it() -> None:
    assert lag_s([STORED, WAITING, OLDER], follow_lag_s=0.25) == 9.25


def test_where_all_is_stored_the_lag_is_that_to_the_log() -> None:
    assert lag_s([STORED], follow_lag_s=0.25) == 0.25


def test_while_nobody_follows_the_lag_in_seconds_is_not_known() -> None:
    assert lag_s([STORED, WAITING], follow_lag_s=None) is None


def test_the_lag_to_the_log_is_read_from_the_producers_metrics() -> None:
    text = f"# HELP {FOLLOW_LAG} London's clock\n# TYPE {FOLLOW_LAG} gauge\n{FOLLOW_LAG} 0.75\n"
    assert find_metric(text, FOLLOW_LAG) == 0.75
    assert find_metric(text, "crossfade_other") is None


def test_the_metric_that_is_read_is_one_that_the_producer_has() -> None:
    assert FOLLOW_LAG in {metric.name for metric in metrics.FOLLOW_LAG.collect()}
