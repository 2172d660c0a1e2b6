"""Models behind OpenAI-compatible addresses: vLLM, Ollama, llama.cpp, TGI, `transformers serve`, the hosted ones."""

from __future__ import annotations

import asyncio
import json
import logging
import random
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import openai

from .accounting import current_account
from .background import submit
from .base import ModelError, Permanent, Prompt, Reply, Retryable, Sampling, Schema, Scores
from .completions import Completion, cut_completion, most_consistent, read_completion
from .endpoints import Endpoint
from .refusals import Misconfigured, refusal
from .speaking import GREEDY, MANNERS, Wanted, body_of, options_of
from .transport import ReplyTooLong, http_client

# Short pauses are waited out here; longer ones are left to the rows, which wait without a worker.
TRIES = 3
FIRST_PAUSE = 0.5
PATIENCE = 5.0
# So many failures in a row, and the rest of a batch is not sent: the endpoint is down.
FAILURES_IN_A_ROW = 3
OUTAGE_PAUSE = 15.0
TEMPERATURE = 0.7
# Shorter ones could be part of any text.
SECRET_CHARACTERS = 6

# OPENAI_LOG=debug would write every item's text to the log, and the transport writes every address.
for chatty in ("openai", "httpx2", "httpcore2"):
    logging.getLogger(chatty).setLevel(logging.WARNING)


@dataclass(slots=True)
class Answered:
    """How one prompt ended, and every token that it took."""

    result: Reply | ModelError
    tokens_in: int = 0
    tokens_out: int = 0


class EndpointModel:
    """One prompt per request, `concurrency` requests at a time; a reply belongs to the request that it came back on.

    Errors are told in our own words: neither what the endpoint said about them nor its key is in any message.
    """

    scores_options = False

    def __init__(self, endpoint: Endpoint) -> None:
        self.digest = endpoint.digest
        self._endpoint = endpoint
        self._client: openai.AsyncOpenAI | None = None
        self._manner = 0
        self._understood: set[int] = set()
        self._resting_until = 0.0

    def choose(self, prompts: Sequence[Prompt], options: Sequence[str]) -> Scores:
        raise Permanent("A model behind an endpoint answers with text; use generate.")

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        raise Permanent("Texts are not sent to an endpoint to be embedded.")

    def generate(
        self,
        prompts: Sequence[Prompt],
        *,
        schema: Schema | None = None,
        max_tokens: int = 256,
        sampling: Sampling | None = None,
    ) -> list[Reply | ModelError]:
        """Replies with the probability of their answer, where the schema has one.

        Money is charged to the current account reply by reply. Once nothing more may be sent, what was not sent
        yields Retryable, so that it stays to be done.
        """
        account, wanted = current_account(), Wanted(schema, max_tokens, sampling or GREEDY, sampling is None)
        results: list[Reply | ModelError] = [Retryable("It was not sent to the model.")] * len(prompts)
        unsent, flying = deque(range(len(prompts))), dict[Future[Answered], int]()
        verdict: ModelError | None = None
        failures = 0
        try:
            while unsent or flying:
                while unsent and not verdict and len(flying) < self._endpoint.concurrency:
                    if not account.allows(len(flying)):
                        break
                    position = unsent.popleft()
                    flying[submit(self._answer(prompts[position], wanted))] = position
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

    def _verdict(self, result: Reply | ModelError, failures: int) -> ModelError | None:
        """What the rest of the batch gets without being sent, where sending it would be in vain."""
        if isinstance(result, Misconfigured):
            return result
        if not isinstance(result, Retryable):
            return None
        if (result.retry_after or 0) > PATIENCE:
            return Retryable(f"{self._name} asked for a pause.", result.retry_after)
        if failures >= max(FAILURES_IN_A_ROW, self._endpoint.concurrency):
            return Retryable(f"{self._name} is out of order.", OUTAGE_PAUSE)
        return None

    async def _answer(self, prompt: Prompt, wanted: Wanted) -> Answered:
        said: list[Completion] = []
        try:
            said.append(await self._within_deadline(prompt, wanted))
            text, probability, shares = said[0].text, said[0].probability, said[0].shares
            if wanted.confidence and wanted.schema is not None and probability is None and self._endpoint.samples > 1:
                for number in range(1, self._endpoint.samples):
                    varied = replace(wanted, sampling=Sampling(TEMPERATURE, number))
                    said.append(await self._within_deadline(prompt, varied))
                text, probability = most_consistent(said)
        except ModelError as error:
            return Answered(error, sum(each.tokens_in for each in said), sum(each.tokens_out for each in said))
        tokens_in, tokens_out = sum(each.tokens_in for each in said), sum(each.tokens_out for each in said)
        reply = Reply(self._without_key(text), tokens_in, tokens_out, probability, shares)
        return Answered(reply, tokens_in, tokens_out)

    async def _within_deadline(self, prompt: Prompt, wanted: Wanted) -> Completion:
        """One completion, further tries and pauses included in the deadline. Raises ModelError."""
        until = time.monotonic() + self._endpoint.deadline
        try:
            async with asyncio.timeout(self._endpoint.deadline):
                for attempt in range(TRIES):
                    await self._rest(until)
                    result = await self._speak(prompt, wanted)
                    if isinstance(result, Completion):
                        return result
                    if not isinstance(result, Retryable):
                        raise result
                    pause = self._pause(attempt, result)
                    if attempt == TRIES - 1 or pause > min(PATIENCE, until - time.monotonic()):
                        raise result
                    await asyncio.sleep(pause)
        except TimeoutError:
            pass
        raise Retryable(f"{self._name} gave no whole reply within {self._endpoint.deadline:g} seconds.")

    async def _rest(self, until: float) -> None:
        """Wait where the endpoint asked for it on behalf of another prompt. Raises Retryable where that is too long."""
        rest = self._resting_until - time.monotonic()
        if rest > min(PATIENCE, until - time.monotonic()):
            raise Retryable(f"{self._name} asked for a pause.", rest)
        if rest > 0:
            await asyncio.sleep(rest)

    def _pause(self, attempt: int, error: Retryable) -> float:
        """Seconds; never less than the endpoint asked for, and not the same for all that were turned away at once."""
        if error.retry_after is None:
            return FIRST_PAUSE * 2**attempt * random.uniform(0.5, 1.5)
        pause = error.retry_after * random.uniform(1.0, 1.1)
        self._resting_until = max(self._resting_until, time.monotonic() + pause)
        return pause

    async def _speak(self, prompt: Prompt, wanted: Wanted) -> Completion | ModelError:
        """Ask in the manner that this endpoint is known to understand, or try one after the other."""
        while True:
            tried = self._manner
            manner = MANNERS[tried]
            body = body_of(prompt, wanted, manner, self._endpoint.model)
            result = await self._send(body, options_of(wanted.schema))
            # Free text asks nothing of the manner, and tells nothing about it.
            if wanted.schema is None:
                return result
            if isinstance(result, Completion):
                self._understood.add(tried)
                self._manner = min(self._manner, tried)
                return result
            # Whoever understood this manner once has something against this text, not against the manner.
            if not getattr(result, "misunderstood", False) or tried in self._understood:
                return result
            if tried + 1 == len(MANNERS):
                self._manner = 0
                return result
            self._manner = max(self._manner, tried + 1)

    async def _send(self, body: dict[str, Any], options: Sequence[str]) -> Completion | ModelError:
        # Errors are made outside the handlers, so that no traceback carries the endpoint's words along.
        asked = len(json.dumps(body["messages"], ensure_ascii=False).encode(errors="replace"))
        try:
            complete = self._connected().chat.completions.with_raw_response.create
            response = await complete(**body)
            return read_completion(response.http_response.content, asked, options)
        except openai.APIStatusError as error:
            status, response = error.status_code, error.response
        except openai.APIConnectionError as error:
            status, cause = 0, error.__cause__
            if isinstance(cause, ReplyTooLong):
                status = cause.status
                if status == 200:
                    return cut_completion(cause.start, asked)
            response = None
        return refusal(self._endpoint, status, response)

    def _connected(self) -> openai.AsyncOpenAI:
        if self._client is None:
            self._client = openai.AsyncOpenAI(
                api_key="sent by the transport",
                base_url=self._endpoint.base_url,
                max_retries=0,
                http_client=http_client(self._endpoint),
            )
        return self._client

    def _without_key(self, text: str) -> str:
        key = self._endpoint.key
        return text.replace(key, "•••") if len(key) >= SECRET_CHARACTERS else text

    @property
    def _name(self) -> str:
        return f"The endpoint “{self._endpoint.name}”"
