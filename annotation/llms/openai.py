"""Models behind OpenAI-compatible addresses: vLLM, Ollama, llama.cpp, TGI, `transformers serve`, the hosted ones."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import openai

from .base import ModelError, Permanent, Prompt, Reply, Sampling, Schema, Scores
from .completions import Completion, cut_completion, most_consistent, read_completion
from .dispatching import Answered, Dispatcher
from .endpoints import Endpoint
from .refusals import refusal
from .speaking import GREEDY, MANNERS, Wanted, body_of, options_of
from .transport import ReplyTooLong, http_client

TEMPERATURE = 0.7

# OPENAI_LOG=debug would write every item's text to the log, and the transport writes every address.
for chatty in ("openai", "httpx2", "httpcore2"):
    logging.getLogger(chatty).setLevel(logging.WARNING)


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
        self._dispatcher = Dispatcher(endpoint)

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
        wanted = Wanted(schema, max_tokens, sampling or GREEDY, sampling is None)
        return self._dispatcher.each([partial(self._answer, prompt, wanted) for prompt in prompts])

    async def _answer(self, prompt: Prompt, wanted: Wanted) -> Answered[Reply]:
        said: list[Completion] = []
        try:
            said.append(await self._complete(prompt, wanted))
            text, probability, shares = said[0].text, said[0].probability, said[0].shares
            if wanted.confidence and wanted.schema is not None and probability is None and self._endpoint.samples > 1:
                for number in range(1, self._endpoint.samples):
                    varied = replace(wanted, sampling=Sampling(TEMPERATURE, number))
                    said.append(await self._complete(prompt, varied))
                text, probability = most_consistent(said)
        except ModelError as error:
            return Answered(error, sum(each.tokens_in for each in said), sum(each.tokens_out for each in said))
        tokens_in, tokens_out = sum(each.tokens_in for each in said), sum(each.tokens_out for each in said)
        reply = Reply(self._endpoint.without_key(text), tokens_in, tokens_out, probability, shares)
        return Answered(reply, tokens_in, tokens_out)

    async def _complete(self, prompt: Prompt, wanted: Wanted) -> Completion:
        """Raises ModelError."""
        return await self._dispatcher.within_deadline(partial(self._speak, prompt, wanted))

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
