"""Let several judges argue about disputed items, and keep every turn as soon as it was taken."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from decimal import Decimal

from annotation.labelers import Dispute, Failure, Prediction
from annotation.labelers.bench import Bench, Call
from annotation.labelers.bench import Turn as Taken
from annotation.llms.accounting import accounting, current_account
from annotation.models import Labeler, Run, Turn

TOO_DEAR = "What models may cost for one item was spent before a round was over."


@dataclass(slots=True)
class Table:
    """One item's debate: what was said so far, and what is being said."""

    dispute: Dispute
    turns: list[Taken] = field(default_factory=list)
    costs: list[Decimal] = field(default_factory=list)
    asked: set[Call] = field(default_factory=set)
    failure: Failure | None = None
    began: float = field(default_factory=time.perf_counter)

    def is_too_dear(self, limit: float) -> bool:
        """Whether one more call, as dear as the dearest so far, would cost more than the item may."""
        dearest = max(self.costs, default=Decimal(0))
        return bool(limit) and float(sum(self.costs) + dearest * (len(self.asked) + 1)) > limit


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of one call, what it cost, and why no further one may be sent, where that is so."""

    result: Taken | Failure
    cost: Decimal
    stopped: str


def debate(run: Run, bench: Bench, disputes: Sequence[Dispute]) -> list[Prediction | Failure]:
    """A verdict or a failure for every item whose debate is over; none for one that money or a cancellation cut short.

    Turns that this run has taken already are not taken again, whoever took them. Models are asked side by side, in
    threads; rows are written by this one alone, and no transaction is open while a model is asked.
    """
    account = current_account()
    tables = {dispute.item.id: Table(dispute) for dispute in disputes}
    for row in Turn.objects.filter(run=run, item__in=tables):
        tables[row.item_id].turns.append(_taken(row))
        tables[row.item_id].costs.append(row.cost)
    seats = _seats(run)
    limit = run.project.dispute_budget
    busy: Counter[str] = Counter()
    flying: dict[Future[Heard], tuple[Table, Call]] = {}
    slots = {speaker.llm: speaker.slots for speaker in bench.speakers}
    with ThreadPoolExecutor(max_workers=sum(slots.values())) as pool:
        while True:
            for table, call in _open_calls(bench, tables.values(), limit):
                llm = bench.speakers[call.speaker].llm
                if busy[llm] >= slots[llm] or table.is_too_dear(limit):
                    continue
                if not account.allows(len(flying)):
                    break
                table.asked.add(call)
                busy[llm] += 1
                flying[pool.submit(_hear, bench, call, table.dispute, tuple(table.turns))] = table, call
            if not flying:
                break
            for future in wait(flying, return_when=FIRST_COMPLETED).done:
                table, call = flying.pop(future)
                busy[bench.speakers[call.speaker].llm] -= 1
                heard = future.result()
                if isinstance(heard.result, Failure):
                    table.failure = heard.result
                else:
                    _keep(run, table, heard.result, heard.cost, seats[call.speaker])
                table.asked.discard(call)
                account.charge(heard.cost)
                if heard.stopped:
                    account.stop(heard.stopped)
    return [result for table in tables.values() if (result := _result(bench, table, limit)) is not None]


def _open_calls(bench: Bench, tables: Iterable[Table], limit: float) -> list[tuple[Table, Call]]:
    """What could be asked now, table by table in their order, so that one debate ends before the next one begins."""
    return [
        (table, call)
        for table in tables
        if table.failure is None and not table.is_too_dear(limit)
        for call in bench.pending(table.turns)
        if call not in table.asked
    ]


def _hear(bench: Bench, call: Call, dispute: Dispute, turns: tuple[Taken, ...]) -> Heard:
    """One call, on an account of its own: what it costs belongs to its turn."""
    with accounting(lambda amount: None) as own:
        result = bench.ask(call, dispute, turns)
    return Heard(result, own.cost, own.stopped)


def _keep(run: Run, table: Table, taken: Taken, cost: Decimal, speaker: int | None) -> None:
    table.turns.append(taken)
    table.costs.append(cost)
    row = Turn(
        item_id=table.dispute.item.id,
        run=run,
        speaker_id=speaker,
        place=taken.call.speaker,
        round=taken.call.round,
        question=taken.call.question,
        order=taken.call.order,
        seed=taken.seed,
        answer=taken.answer,
        distribution=taken.distribution or {},
        confidence=taken.confidence,
        rationale=taken.rationale,
        raw_reply=taken.raw_reply,
        failure=taken.failure,
        tokens=taken.tokens,
        cost=cost,
    )
    # Whoever held the lease before may have taken the same turn: theirs stands.
    Turn.objects.bulk_create([row], ignore_conflicts=True)


def _taken(row: Turn) -> Taken:
    return Taken(
        Call(row.round, row.place, row.question, row.order),
        row.seed,
        answer=row.answer,
        distribution=row.distribution,
        confidence=row.confidence,
        rationale=row.rationale,
        raw_reply=row.raw_reply,
        tokens=row.tokens,
        failure=row.failure,
    )


def _seats(run: Run) -> list[int | None]:
    """The judges by their places at the table."""
    known = {str(judge): judge.pk for judge in Labeler.objects.filter(project=run.project_id, kind="judge")}
    return [known.get(judge.get("name", "")) for judge in run.labeler.config["judges"]]


def _result(bench: Bench, table: Table, limit: float) -> Prediction | Failure | None:
    item = table.dispute.item.id
    if table.failure is not None:
        return table.failure
    cut = bool(bench.pending(table.turns))
    if cut and not table.is_too_dear(limit):
        return None
    verdict = bench.verdict(table.dispute, table.turns, seconds=time.perf_counter() - table.began)
    if cut and isinstance(verdict, Failure):
        return Failure(item, TOO_DEAR, verdict.raw_reply, False, verdict.tokens)
    return verdict
