"""Tasks that live and die together."""

import asyncio

import pytest

from shared.tasks import first_of, together


class Failure(Exception):
    """What a task of these tests fails with."""


class Watched:
    """A task that waits for ever, and what became of it."""

    def __init__(self) -> None:
        self.started = asyncio.Event()
        self.was_cancelled = False

    async def run(self) -> None:
        self.started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.was_cancelled = True
            raise


async def nothing() -> None:
    return


async def fail_after(event: asyncio.Event) -> None:
    await event.wait()
    raise Failure


async def set_after(event: asyncio.Event, other: asyncio.Event) -> None:
    await event.wait()
    other.set()


async def test_together_returns_when_all_have_ended() -> None:
    one, other = asyncio.Event(), asyncio.Event()
    one.set()
    await together(first=set_after(one, other), second=set_after(other, asyncio.Event()))
    assert other.is_set()


async def test_one_that_has_ended_ends_no_other() -> None:
    watched = Watched()
    running = asyncio.ensure_future(together(short=nothing(), long=watched.run()))
    await watched.started.wait()
    assert not running.done()
    assert not watched.was_cancelled
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_the_first_to_fail_ends_the_others_and_its_error_is_raised_as_it_is() -> None:
    watched = Watched()
    with pytest.raises(Failure):
        await together(waits=watched.run(), fails=fail_after(watched.started))
    assert watched.was_cancelled


async def test_tasks_are_named() -> None:
    names: list[str] = []

    async def note() -> None:
        task = asyncio.current_task()
        assert task
        names.append(task.get_name())

    await together(listen=note(), save=note())
    assert sorted(names) == ["listen", "save"]


async def test_whoever_is_cancelled_while_it_waits_cancels_them_all() -> None:
    one, other = Watched(), Watched()
    running = asyncio.ensure_future(together(one=one.run(), other=other.run()))
    await one.started.wait()
    await other.started.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert one.was_cancelled
    assert other.was_cancelled


async def test_first_of_returns_with_the_first_and_cancels_the_others() -> None:
    watched = Watched()
    await first_of(watched.run(), watched.started.wait())
    assert watched.was_cancelled


async def test_first_of_raises_the_error_of_the_first() -> None:
    watched = Watched()
    with pytest.raises(Failure):
        await first_of(watched.run(), fail_after(watched.started))
    assert watched.was_cancelled


async def test_first_of_that_is_cancelled_cancels_all_it_waits_for() -> None:
    watched = Watched()
    running = asyncio.ensure_future(first_of(watched.run()))
    await watched.started.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert watched.was_cancelled
