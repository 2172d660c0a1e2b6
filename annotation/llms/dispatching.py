"""Requests to one endpoint: several at a time, tried again while that helps, stopped where it is in vain."""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from .accounting import current_account
from .background import submit
from .base import ModelError, Retryable
from .endpoints import Endpoint
from .refusals import Misconfigured

# Short pauses are waited out here; longer ones are left to the rows, which wait without a worker.
TRIES = 3
FIRST_PAUSE = 0.5
PATIENCE = 5.0
# So many failures in a row, and the rest of a batch is not sent: the endpoint is down.
FAILURES_IN_A_ROW = 3
OUTAGE_PAUSE = 15.0

T = TypeVar("T")


@dataclass(slots=True)
class Answered(Generic[T]):
    """How one request ended, and every token that it took."""

    result: T | ModelError
    tokens_in: int = 0
    tokens_out: int = 0


class Dispatcher:
    """`concurrency` requests at a time; an answer belongs to the request that it came back on."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._resting_until = 0.0

    def each(self, asks: Sequence[Callable[[], Coroutine[Any, Any, Answered[T]]]]) -> list[T | ModelError]:
        """One result per request, in order.

        Money is charged to the current account reply by reply. Once nothing more may be sent, what was not sent
        yields Retryable, so that it stays to be done.
        """
        account = current_account()
        results: list[T | ModelError] = [Retryable("It was not sent to the model.")] * len(asks)
        unsent, flying = deque(range(len(asks))), dict[Future[Answered[T]], int]()
        verdict: ModelError | None = None
        failures = 0
        try:
            while unsent or flying:
                while unsent and not verdict and len(flying) < self._endpoint.concurrency:
                    if not account.allows(len(flying)):
                        break
                    position = unsent.popleft()
                    flying[submit(asks[position]())] = position
                if not flying:
                    break
                for future in wait(flying, return_when=FIRST_COMPLETED).done:
                    answered = future.result()
                    results[flying.pop(future)] = answered.result
                    account.charge(self._endpoint.cost(answered.tokens_in, answered.tokens_out))
                    failures = failures + 1 if getattr(answered.result, "retryable", False) else 0
                    verdict = verdict or self._verdict(answered.result, failures)
        finally:
            for future in flying:
                future.cancel()
        if isinstance(verdict, Misconfigured):
            account.stop(str(verdict))
        if verdict:
            for position in unsent:
                results[position] = verdict
        return results

    async def within_deadline(self, speak: Callable[[], Awaitable[T | ModelError]]) -> T:
        """One answer, further tries and pauses included in the deadline. Raises ModelError."""
        until = time.monotonic() + self._endpoint.deadline
        try:
            async with asyncio.timeout(self._endpoint.deadline):
                for attempt in range(TRIES):
                    await self._rest(until)
                    result = await speak()
                    if not isinstance(result, ModelError):
                        return result
                    if not isinstance(result, Retryable):
                        raise result
                    pause = self._pause(attempt, result)
                    if attempt == TRIES - 1 or pause > min(PATIENCE, until - time.monotonic()):
                        raise result
                    await asyncio.sleep(pause)
        except TimeoutError:
            pass
        raise Retryable(f"{self._endpoint.called} gave no whole reply within {self._endpoint.deadline:g} seconds.")

    def _verdict(self, result: object, failures: int) -> ModelError | None:
        """What the rest of the batch gets without being sent, where sending it would be in vain."""
        if isinstance(result, Misconfigured):
            return result
        if not isinstance(result, Retryable):
            return None
        if (result.retry_after or 0) > PATIENCE:
            return Retryable(f"{self._endpoint.called} asked for a pause.", result.retry_after)
        if failures >= max(FAILURES_IN_A_ROW, self._endpoint.concurrency):
            return Retryable(f"{self._endpoint.called} is out of order.", OUTAGE_PAUSE)
        return None

    async def _rest(self, until: float) -> None:
        """Wait where the endpoint asked for it on behalf of another one. Raises Retryable where that is too long."""
        rest = self._resting_until - time.monotonic()
        if rest > min(PATIENCE, until - time.monotonic()):
            raise Retryable(f"{self._endpoint.called} asked for a pause.", rest)
        if rest > 0:
            await asyncio.sleep(rest)

    def _pause(self, attempt: int, error: Retryable) -> float:
        """Seconds; never less than the endpoint asked for, and not the same for all that were turned away at once."""
        if error.retry_after is None:
            return FIRST_PAUSE * 2**attempt * random.uniform(0.5, 1.5)
        pause = error.retry_after * random.uniform(1.0, 1.1)
        self._resting_until = max(self._resting_until, time.monotonic() + pause)
        return pause
