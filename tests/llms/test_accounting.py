"""Money: every token is charged, and no budget is exceeded."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from annotation.llms import Endpoint, Retryable
from annotation.llms.accounting import Account, accounting
from tests.endpoints import KEY, answers
from tests.llms.remote import Serve, ask, model_at, only


def test_every_token_read_or_written_is_charged_samples_included(serve: Serve) -> None:
    server = serve(lambda asked: answers("refund", usage=(1_000, 100)))
    charged: list[Decimal] = []
    model = model_at(server, samples=3, price_in=Decimal("2"), price_out=Decimal("10"))
    with accounting(lambda amount: charged.append(amount)) as account:
        ask(model, "one", "two")
    assert account.cost == sum(charged) == Decimal("0.018")


def test_a_server_that_does_not_count_is_charged_by_length(serve: Serve) -> None:
    server = serve(lambda asked: answers("refund", usage=None))
    reply = only(ask(model_at(server), "word " * 400))
    assert 400 < reply.tokens_in < 700
    assert reply.tokens_out == 5


def test_a_budget_is_not_exceeded_once_the_price_of_a_reply_is_known(serve: Serve) -> None:
    """L11: one in flight at a time costs not a cent more than the budget; four cost at most what was in flight."""
    for concurrency, most in ((1, 10), (4, 10)):
        left = Decimal("0.10")

        def charge(amount: Decimal) -> Decimal:
            nonlocal left
            left -= amount
            return left

        server = serve(lambda asked: answers("refund", usage=(1_000, 0)))
        with accounting(charge) as account:
            results = ask(model_at(server, concurrency=concurrency, price_in=Decimal("10")), *map(str, range(40)))
        assert account.exhausted
        assert len(server.asked) == most
        unsent = [result for result in results if isinstance(result, Retryable)]
        assert len(unsent) == 30


def test_an_account_carries_what_is_less_than_can_be_booked() -> None:
    booked: list[Decimal] = []
    account = Account(lambda amount: booked.append(amount))
    for _ in range(10):
        account.charge(Decimal("0.00000025"))
    assert sum(booked) == Decimal("0.000002")


def test_settings_that_change_no_reply_change_no_digest() -> None:
    endpoint = Endpoint("a", "http://one/v1", "m")
    assert replace(endpoint, key="new", price_in=Decimal(1), deadline=1.0).digest == endpoint.digest
    assert replace(endpoint, model="n").digest != endpoint.digest
    assert KEY not in repr(replace(endpoint, key=KEY))
