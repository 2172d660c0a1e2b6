"""Ask the models of a recipe's run: what was asked before is answered from the cache, every reply is kept at once."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from annotation.exchange import canonical_json
from annotation.labelers.config import model_of
from annotation.llms import Endpoint, LanguageModel, ModelError, Permanent, Reply, Retryable
from annotation.llms.accounting import Account, accounting, current_account
from annotation.llms.base import Sampling
from annotation.models import Asking, JobState, ModelCall, SynthesisRun
from annotation.synthesis.base import Request

from .connecting import reachable
from .jobs import LEASE, Overtaken

# Requests that are looked up, asked and recorded together. A model on this machine reads them side by side: more at
# once would be faster by little, and keep whoever cancels waiting.
SLICE = 8
# So many times over an endpoint's slots are filled by one slice, so that they seldom stand empty at its end.
ROUNDS = 4
# What may pass is tried so often, and so many failures in a row are an outage.
TRIES = 3
FAILURES_IN_A_ROW = 4
PAUSE = 15.0
# A pause that is asked for is waited out in place where it is shorter.
PATIENCE = 5.0


class Halted(Exception):
    """Nothing more may be asked: the money is spent, or the model is set up wrongly. The message says so."""


class Outage(Exception):
    """The model gives no replies for now. `seconds`: how long to leave it alone."""

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Named:
    """A model with what it is called here. `slots`: requests it takes at a time, 0 where it reads a batch itself."""

    name: str
    model: LanguageModel
    slots: int = 0


@dataclass(slots=True)
class Answered:
    """One request with what came of it. `call` is None where it failed."""

    place: int
    request: Request
    result: Reply | ModelError
    call: ModelCall | None = None
    cached: bool = False
    recorded: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """A reply as it came from a thread, what it cost, and why no further request may be sent, where that is so."""

    result: Reply | ModelError
    cost: Decimal
    stopped: str


@dataclass(slots=True)
class Requester:
    """The one who asks for a run. `place`: of the next request, counted from the run's beginning, as in a replay."""

    run: SynthesisRun
    models: dict[str, Named]
    place: int = 0
    recorded: int = field(init=False)

    def __post_init__(self) -> None:
        self.recorded = self.run.requested

    def ask(self, requests: Sequence[Request]) -> Iterator[Reply | ModelError]:
        """A reply or an error for each, in order; slice by slice, each of them recorded when it is over.

        No transaction is open while a model is asked. Raises Halted, Outage or Overtaken.
        """
        slots = max(named.slots for named in self.models.values())
        size = max(SLICE, ROUNDS * slots)
        for start in range(0, len(requests), size):
            some = requests[start : start + size]
            answered = self._slice(some)
            self._record(answered)
            self.place += len(some)
            yield from (each.result for each in answered)

    def _slice(self, requests: Sequence[Request]) -> list[Answered]:
        waiting = {self.place + offset: request for offset, request in enumerate(requests)}
        keys = {place: self.key_of(request) for place, request in waiting.items()}
        found = self._known(waiting, keys)
        missing = {place: request for place, request in waiting.items() if place not in found}
        # Two requests that are equal are one: the second is answered by the first's reply.
        first: dict[bytes, int] = {}
        for place in missing:
            first.setdefault(keys[place], place)
        asked = {place: missing[place] for place in first.values()}
        for name, places in groupby(sorted(asked, key=lambda each: (asked[each].role, each)), lambda p: asked[p].role):
            group = {place: asked[place] for place in places}
            named = self.named(name)
            answers = self._side_by_side(named, group, keys) if named.slots else self._together(named, group, keys)
            found |= {each.place: each for each in answers}
        for place, request in missing.items():
            if place not in found:
                twin = found[first[keys[place]]]
                found[place] = Answered(place, request, twin.result, twin.call, cached=twin.call is not None)
        return [found[place] for place in sorted(waiting)]

    def named(self, role: str) -> Named:
        """The role's model; a role that has none of its own asks the first one's."""
        return self.models.get(role) or next(iter(self.models.values()))

    def key_of(self, request: Request) -> bytes:
        """A fingerprint of all that decides the reply: the model, the prompt, and how it is drawn."""
        named = self.named(request.role)
        return hashlib.sha256(
            canonical_json([named.model.digest, asdict(request.prompt), _sampling(self.run, request)])
        ).digest()

    def _known(self, waiting: Mapping[int, Request], keys: Mapping[int, bytes]) -> dict[int, Answered]:
        """Those that this run has asked already, failures included, and those that any run of the project has."""
        found: dict[int, Answered] = {}
        rows = Asking.objects.filter(run=self.run, place__in=list(waiting)).select_related("call")
        for row in rows:
            if row.call is None:
                error = Permanent(row.error)
                found[row.place] = Answered(row.place, waiting[row.place], error, recorded=True)
            elif bytes(row.call.key) == keys[row.place]:
                request = waiting[row.place]
                found[row.place] = Answered(row.place, request, _reply(row.call), row.call, row.cached, recorded=True)
        calls = ModelCall.objects.filter(project=self.run.project_id, key__in=set(keys.values()))
        by_key = {bytes(call.key): call for call in calls}
        for place, request in waiting.items():
            if place not in found and keys[place] in by_key:
                call = by_key[keys[place]]
                # What this very run paid for, and was killed before it had written down where.
                found[place] = Answered(place, request, _reply(call), call, cached=call.run_id != self.run.pk)
        return found

    def _together(self, named: Named, asked: Mapping[int, Request], keys: Mapping[int, bytes]) -> Iterator[Answered]:
        """A model that reads many at a time: those that are drawn alike, in one go."""
        alike: dict[bytes, list[int]] = {}
        for place, request in asked.items():
            alike.setdefault(canonical_json(_sampling(self.run, request)), []).append(place)
        for places in alike.values():
            try:
                replies = _generate(named.model, self.run, [asked[place] for place in places])
            except Retryable as error:
                raise Outage(str(error), error.retry_after or PAUSE) from error
            except Permanent as error:
                raise Halted(str(error)) from error
            for place, result in zip(places, replies, strict=True):
                call = self._keep(named, asked[place], keys[place], result, Decimal(0))
                yield Answered(place, asked[place], result, call)

    def _side_by_side(
        self, named: Named, asked: Mapping[int, Request], keys: Mapping[int, bytes]
    ) -> Iterator[Answered]:
        """A model behind an endpoint: one request a thread, kept as it comes, by this thread alone."""
        account = current_account()
        unsent = deque((place, 1) for place in asked)
        flying: dict[Future[Heard], tuple[int, int]] = {}
        failures = 0
        outage: Outage | None = None
        with ThreadPoolExecutor(named.slots) as pool:
            while unsent or flying:
                while unsent and outage is None and len(flying) < named.slots and account.allows(len(flying)):
                    place, attempt = unsent.popleft()
                    flying[pool.submit(_hear, named.model, self.run, asked[place])] = place, attempt
                if not flying:
                    break
                for future in wait(flying, return_when=FIRST_COMPLETED).done:
                    place, attempt = flying.pop(future)
                    heard = future.result()
                    call = self._keep(named, asked[place], keys[place], heard.result, heard.cost)
                    account.charge(heard.cost)
                    if heard.stopped:
                        account.stop(heard.stopped)
                        continue
                    failures = failures + 1 if isinstance(heard.result, Retryable) else 0
                    if not isinstance(heard.result, Retryable) or attempt == TRIES:
                        yield Answered(place, asked[place], heard.result, call)
                        continue
                    pause = heard.result.retry_after or 0.0
                    if pause > PATIENCE or failures >= max(FAILURES_IN_A_ROW, named.slots):
                        outage = Outage(str(heard.result), pause or PAUSE)
                    unsent.append((place, attempt + 1))
        if outage is not None:
            raise outage
        _check(account)

    def _keep(
        self, named: Named, request: Request, key: bytes, result: Reply | ModelError, cost: Decimal
    ) -> ModelCall | None:
        """The reply as a row of its own, before anything else is done with it."""
        if not isinstance(result, Reply):
            return None
        call = ModelCall(
            project_id=self.run.project_id,
            run_id=self.run.pk,
            key=key,
            llm=named.name,
            digest=named.model.digest,
            prompt=asdict(request.prompt),
            sampling=_sampling(self.run, request),
            reply=result.text.replace("\0", "\ufffd"),
            confidence=result.confidence,
            shares=None if result.shares is None else dict(result.shares),
            tokens_in=result.tokens_in,
            tokens_out=result.tokens_out,
            cost=cost,
        )
        # Another run may have asked the same meanwhile: the first reply stands.
        ModelCall.objects.bulk_create([call], ignore_conflicts=True)
        return ModelCall.objects.get(project=self.run.project_id, key=key)

    @transaction.atomic
    def _record(self, answered: Sequence[Answered]) -> None:
        """Write down what was asked where; conditional on how much was recorded, so that nothing is counted twice."""
        for each in answered:
            if each.call is not None:
                each.result = _reply(each.call)
        new = [each for each in answered if not each.recorded]
        if not new:
            return
        fresh = [each.call for each in new if each.call is not None and not each.cached]
        held = SynthesisRun.objects.filter(pk=self.run.pk, state=JobState.RUNNING, requested=self.recorded).update(
            requested=F("requested") + len(new),
            cached=F("cached") + sum(each.cached for each in new),
            failed=F("failed") + sum(each.call is None for each in new),
            tokens_in=F("tokens_in") + sum(call.tokens_in for call in fresh),
            tokens_out=F("tokens_out") + sum(call.tokens_out for call in fresh),
            leased_until=Now() + LEASE,
            attempts=1,
            error="",
        )
        if not held:
            raise Overtaken
        Asking.objects.filter(run=self.run, place__in=[each.place for each in new]).delete()
        Asking.objects.bulk_create(
            Asking(
                run=self.run,
                place=each.place,
                role=each.request.role,
                parents=list(each.request.parents),
                call=each.call,
                cached=each.cached,
                error="" if each.call else str(each.result) or type(each.result).__name__,
            )
            for each in new
        )
        self.recorded += len(new)


def reach_models(run: SynthesisRun) -> dict[str, Named]:
    """The run's models by role, loaded. Raises Refused or InvalidConfig where one is not to be had."""
    models = {}
    for role, config in run.roles.items():
        reached = reachable(config)
        llm = reached["llm"]
        slots = llm.concurrency if isinstance(llm, Endpoint) else 0
        models[role] = Named(llm.name if isinstance(llm, Endpoint) else llm, model_of(reached), slots)
    return models


def _check(account: Account) -> None:
    if account.stopped:
        raise Halted(account.stopped)
    if account.exhausted:
        raise Halted("")


def _hear(model: LanguageModel, run: SynthesisRun, request: Request) -> Heard:
    """One request, on an account of its own: what it costs belongs to its reply."""
    with accounting(lambda amount: None) as own:
        try:
            [result] = _generate(model, run, [request])
        except ModelError as error:
            result = error
    return Heard(result, own.cost, own.stopped)


def _generate(model: LanguageModel, run: SynthesisRun, requests: Sequence[Request]) -> list[Reply | ModelError]:
    first = requests[0]
    return model.generate(
        [each.prompt for each in requests],
        schema=first.schema,
        max_tokens=first.max_tokens,
        sampling=Sampling(first.temperature, _draw(run, first)),
    )


def _sampling(run: SynthesisRun, request: Request) -> dict[str, Any]:
    """What of a call decides its reply beside the prompt. The likeliest reply depends on no seed."""
    return {
        "temperature": request.temperature,
        "max_tokens": request.max_tokens,
        "index": request.index,
        "seed": run.seed if request.temperature else 0,
        "schema": request.schema,
    }


def _draw(run: SynthesisRun, request: Request) -> int:
    """The seed of one reply, in 31 bits, as endpoints take it."""
    drawn = hashlib.sha256(f"{run.seed} {request.index}".encode()).digest()
    return int.from_bytes(drawn[:4]) >> 1


def _reply(call: ModelCall) -> Reply:
    return Reply(call.reply, call.tokens_in, call.tokens_out, call.confidence, call.shares)


def waited(seconds: float, attempts: int) -> float:
    """How long a model that is down is left alone: longer every time."""
    return min(seconds * 2 ** max(0, attempts - 1), 600.0)
