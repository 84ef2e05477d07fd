"""The log is the one of the start, or another."""

import pytest

from services.persister.identity import require_same
from services.persister.store import LogIdentity
from shared.errors import CrossfadeError

LOG = LogIdentity("cluster", {"albums": "a", "artists": "b"})


def test_the_same_log_is_fine() -> None:
    require_same(LOG, LogIdentity("cluster", {"artists": "b", "albums": "a"}))


def test_topics_with_another_id_were_made_anew() -> None:
    with pytest.raises(CrossfadeError, match=r"made anew.*: artists$"):
        require_same(LOG, LogIdentity("cluster", {"albums": "a", "artists": "c"}))


def test_another_cluster_is_another_log_whatever_its_topics_are() -> None:
    with pytest.raises(CrossfadeError, match="another cluster now, other and not cluster"):
        require_same(LOG, LogIdentity("other", LOG.topic_ids))
