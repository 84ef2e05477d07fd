"""Where to go on following London, and whether its history is still the one that was followed (docs/convergence.md)."""

from typing import Final

from services.producer.progress import FollowState
from services.producer.replication import commit_time
from services.producer.source import Instance, Moment
from services.producer.source_checks import purged
from shared import mysql
from shared.errors import SourceUnfit, Unusable
from shared.mysql import ServerSettings
from shared.position import PositionError

_WAY_ON: Final = "`crossfade produce snapshot --new-epoch` is the way on"


class Purged(SourceUnfit):
    """London has deleted a part of its binlog that was not followed yet."""


def begin(saved: FollowState | None, instance: Instance, moment: Moment) -> FollowState:
    """Where to go on following; from now where London was never followed.

    Another server that holds everything up to the saved position begins a new epoch, so that its versions are greater.
    Raises SourceUnfit when London's history lacks a part of what was followed.
    """
    if saved is None:
        return FollowState(
            epoch=0,
            server=instance.id,
            position=str(moment.position),
            event="",
            event_time=0,
            time=moment.time,
            caught_up_time=moment.time,
        )
    if not _contains(instance, moment, saved.position):
        raise SourceUnfit(
            f"London stands at {moment.position}, without all of {saved.position}, up to which it was followed: "
            f"it is another server, or was reset or restored; {_WAY_ON}"
        )
    epoch = saved.epoch if saved.server == instance.id else saved.epoch + 1
    return saved.model_copy(update={"server": instance.id, "epoch": epoch})


def _contains(instance: Instance, moment: Moment, position: str) -> bool:
    try:
        return moment.position.contains(instance.parse_position(position))
    except PositionError:
        # A position in the notation of another kind of server.
        return False


async def check_history(server: ServerSettings, instance: Instance, saved: FollowState, server_id: int) -> None:
    """Raises SourceUnfit when going on at the saved position would miss changes: Purged when London has deleted that
    part of its binlog; or it has another history in which transactions have the same numbers, as some time after RESET
    MASTER."""
    position = instance.parse_position(saved.position)
    async with mysql.connection(server) as connection:
        with mysql.translated(server):
            is_purged = await purged(connection, instance, position)
    if is_purged:
        raise Purged(
            f"London has deleted the part of its binlog that follows {position}, up to which it was followed, so "
            f"changes would be missed; {_WAY_ON}"
        )
    if saved.event:
        await _check_event(server, instance, saved, server_id)


async def _check_event(server: ServerSettings, instance: Instance, saved: FollowState, server_id: int) -> None:
    position, event = instance.parse_position(saved.position), instance.parse_position(saved.event)
    try:
        time = await commit_time(server, position, event, server_id)
    except SourceUnfit as error:
        raise SourceUnfit(f"{error}, so London's history is not known again; {_WAY_ON}") from error
    if time != saved.event_time:
        raise SourceUnfit(
            f"London's transaction {event} is not the one that was followed: it is of {time}, and that was of "
            f"{saved.event_time} (in seconds since 1970). London is another server, or was reset or restored; {_WAY_ON}"
        )


async def with_event(server: ServerSettings, instance: Instance, fresh: FollowState, server_id: int) -> FollowState:
    """The state with its position's last transaction, by which London's history is known again; without one where
    the binlog has none or the account may not read it."""
    position = instance.parse_position(fresh.position)
    if (event := position.latest) is None:
        return fresh
    try:
        time = await commit_time(server, position, event, server_id)
    except (SourceUnfit, Unusable):
        return fresh
    return fresh if time is None else fresh.model_copy(update={"event": str(event), "event_time": time})
