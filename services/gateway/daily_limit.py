"""The daily limits of a gateway's clients: who waits for the database, and when it is asked."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic

from services.gateway.lease_store import LeaseStore
from services.gateway.quota import Figures, Ledger, Policy, Told, Verdict
from shared import metrics
from shared.errors import CrossfadeError, Deadlock
from shared.lifecycle import Life

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Account:
    """A client's ledger, its requests that wait for the next exchange, oldest first, and the exchange under way."""

    client_id: int
    ledger: Ledger
    waiting: deque[asyncio.Future[Verdict]] = field(default_factory=deque)
    exchanging: asyncio.Task[None] | None = None
    looking: asyncio.Lock = field(default_factory=asyncio.Lock)
    failing: bool = False

    def release(self, now: float) -> None:
        """Answers those that wait, as far as the ledger can."""
        while self.waiting:
            # Done already: its request was given up.
            if self.waiting[0].done():
                self.waiting.popleft()
            elif verdict := self.ledger.verdict(now):
                self.waiting.popleft().set_result(verdict)
            else:
                return

    def fail(self, error: Exception) -> None:
        """The database could not be asked; told once until it can be again."""
        self.ledger.fail(monotonic())
        if not self.failing:
            trace = None if isinstance(error, CrossfadeError) else error
            about = {"client_id": self.client_id, "reason": str(error)}
            logger.warning("a daily limit cannot be asked for", extra=about, exc_info=trace)
        self.failing = True

    def told(self, told: Told) -> None:
        self.ledger.told(told, monotonic())
        self.failing = False


class DailyLimits:
    """At most one exchange per client is under way; requests meanwhile wait for its outcome."""

    def __init__(self, store: LeaseStore, policy: Policy) -> None:
        self._store = store
        self._policy = policy
        self._accounts: dict[int, Account] = {}

    async def admit(self, client_id: int) -> Verdict:
        """The verdict on one request of a client that has a limit; ADMITTED has counted it, for good."""
        account = self._account(client_id)
        if verdict := account.ledger.arrive(monotonic()):
            return verdict
        if len(account.waiting) >= self._policy.most_waiting:
            return Verdict.UNAVAILABLE
        return await self._wait(account)

    async def figures(self, client_id: int) -> Figures | None:
        """The client's day for its customer, at most a second old while the database answers; None when it has no
        limit, or the database was never heard."""
        account = self._account(client_id)
        async with account.looking:
            if account.ledger.stale(monotonic()):
                await self._look([account])
        return account.ledger.figures(monotonic())

    async def recall(self, life: Life) -> None:
        """Gives back, until the process stops, what is held in excess of its share."""
        while not life.stopping.is_set():
            await life.sleep(self._policy.poll_s)
            await self._recall()

    async def give_back(self) -> None:
        """Stops admitting and gives back all that is held; tries until it went through."""
        for account in self._accounts.values():
            account.ledger.stop()
        await asyncio.gather(*(self._give_back(account) for account in self._accounts.values()))

    def _account(self, client_id: int) -> Account:
        if client_id not in self._accounts:
            self._accounts[client_id] = Account(client_id, Ledger(self._policy))
        return self._accounts[client_id]

    async def _wait(self, account: Account) -> Verdict:
        verdict: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        account.waiting.append(verdict)
        self._begin(account)
        return await verdict

    def _begin(self, account: Account) -> asyncio.Task[None]:
        if account.exchanging is None:
            exchanging = self._exchange_until_served(account)
            account.exchanging = asyncio.create_task(exchanging, name=f"daily limit of client {account.client_id}")
        return account.exchanging

    async def _exchange_until_served(self, account: Account) -> None:
        try:
            await self._exchange(account)
            while account.waiting:
                await asyncio.sleep(account.ledger.pause_s)
                await self._exchange(account)
        finally:
            account.exchanging = None

    async def _exchange(self, account: Account) -> None:
        try:
            told = await self._ask(account)
        except Deadlock:
            outcome = "deadlock"
        except Exception as error:
            outcome = "failed"
            account.fail(error)
        else:
            outcome = "full" if told.today.full else "granted"
            account.told(told)
        metrics.QUOTA_EXCHANGES.labels(outcome).inc()
        account.release(monotonic())

    async def _ask(self, account: Account) -> Told:
        ask = account.ledger.ask(monotonic(), len(account.waiting))
        if ask is None:
            return await self._store.read(account.client_id)
        return await self._store.exchange(account.client_id, ask)

    async def _recall(self) -> None:
        if holders := [account for account in self._accounts.values() if account.ledger.held]:
            await self._look(holders)
        for account in self._accounts.values():
            if account.ledger.due:
                self._begin(account)

    async def _look(self, accounts: Iterable[Account]) -> None:
        by_id = {account.client_id: account for account in accounts}
        try:
            days = await self._store.look(by_id)
        except CrossfadeError as error:
            for account in by_id.values():
                account.fail(error)
        else:
            for client_id, today in days.items():
                by_id[client_id].ledger.seen(today, monotonic())

    async def _give_back(self, account: Account) -> None:
        while account.ledger.owes:
            await asyncio.wait({self._begin(account)})
            if account.ledger.owes:
                await asyncio.sleep(self._policy.retry_s)


@asynccontextmanager
async def daily_limits(store: LeaseStore, policy: Policy, deadline_s: float) -> AsyncIterator[DailyLimits]:
    """Daily limits until the block ends; what they then hold is given back within `deadline_s`."""
    limits = DailyLimits(store, policy)
    try:
        yield limits
    finally:
        await _give_back_within(limits, deadline_s)


async def _give_back_within(limits: DailyLimits, deadline_s: float) -> None:
    try:
        async with asyncio.timeout(deadline_s):
            await limits.give_back()
    except TimeoutError:
        logger.warning("leases could not be given back within the deadline; they count as used")
