"""What models cost while somebody keeps the account, and why they must stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import ROUND_DOWN, Decimal

CENT = Decimal("0.000001")
# Replies that cost nothing are no reason to keep on working for somebody who has cancelled.
ENQUIRY_SECONDS = 1.0

Charge = Callable[[Decimal], Decimal | None]
"""Books an amount; answers how much may still be spent, None where there is no limit. Raises Stop."""


class Stop(Exception):
    """No further request may be sent; the message says why."""


class Account:
    """Back ends that cost something charge every reply to it, and ask it before every request.

    `stopped` is a sentence as soon as nothing more may be sent: the work was cancelled, or the back end is set up
    wrongly. `exhausted`: the money does not reach for another request. What is in flight by then is still read,
    because it is paid for.
    """

    def __init__(self, charge: Charge) -> None:
        self.stopped = ""
        self.exhausted = False
        self.cost = Decimal(0)
        self._charge = charge
        self._replies = 0
        self._unbooked = Decimal(0)
        self._left: Decimal | None = None
        self._enquire(Decimal(0))

    def charge(self, amount: Decimal) -> None:
        """A reply came, and cost this much."""
        self.cost += amount
        self._replies += 1
        self._unbooked += amount
        booked = self._unbooked.quantize(CENT, rounding=ROUND_DOWN)
        if booked or time.monotonic() - self._enquired > ENQUIRY_SECONDS:
            self._unbooked -= booked
            self._enquire(booked)

    def allows(self, in_flight: int) -> bool:
        """Whether one more request may be sent beside those in flight, if it costs what the others did on average."""
        if self.stopped:
            return False
        mean = self.cost / self._replies if self._replies else Decimal(0)
        if self._left is None or (self._left > 0 and self._left >= mean * (in_flight + 1)):
            return True
        self.exhausted = self.exhausted or in_flight == 0
        return False

    def stop(self, reason: str) -> None:
        self.stopped = self.stopped or reason

    def _enquire(self, amount: Decimal) -> None:
        self._enquired = time.monotonic()
        try:
            self._left = self._charge(amount)
        except Stop as stop:
            self.stop(str(stop))


_current: ContextVar[Account | None] = ContextVar("account", default=None)


@contextmanager
def accounting(charge: Charge) -> Iterator[Account]:
    """Everything that models cost inside the block, in this thread, goes to one account."""
    account = Account(charge)
    token = _current.set(account)
    try:
        yield account
    finally:
        _current.reset(token)


def current_account() -> Account:
    """The account that is open, or one that nobody looks at."""
    return _current.get() or Account(lambda amount: None)
