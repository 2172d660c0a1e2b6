"""Label Studio's ML back ends: servers that are told a labelling configuration and predict what is in a task.

The protocol is that of label-studio-ml-backend (`label_studio_ml/api.py`): GET /health, POST /setup, POST /predict.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import httpx2

from .base import ModelError, Permanent
from .dispatching import Answered, Dispatcher
from .endpoints import Endpoint
from .refusals import refusal
from .transport import ReplyTooLong, http_client

Prediction = Mapping[str, Any]
VERSION_CHARACTERS = 200


class MlBackend:
    """One task per request, so that no prediction can be mistaken for another task's.

    Neither our address nor a token of ours is sent along, as Label Studio does: nothing can be fetched from us.
    """

    def __init__(self, endpoint: Endpoint, project: str, config: str) -> None:
        """`project`: what the back end keeps what it knows of this configuration (XML) under."""
        self._endpoint, self._project, self._config = endpoint, project, config
        self._dispatcher = Dispatcher(endpoint)
        self._client: httpx2.AsyncClient | None = None
        self._setting_up: asyncio.Lock | None = None
        self._version: str | None = None

    @property
    def version(self) -> str:
        """What it called its model when it was set up; empty where it has not said."""
        return self._version or ""

    def predict(self, tasks: Sequence[Mapping[str, Any]]) -> list[Prediction | ModelError]:
        """The first prediction for each task, in order. Raises nothing: what failed yields its error."""
        return self._dispatcher.each([partial(self._answer, task) for task in tasks])

    async def _answer(self, task: Mapping[str, Any]) -> Answered[Prediction]:
        try:
            await self._set_up()
            return Answered(await self._dispatcher.within_deadline(partial(self._ask, task)))
        except ModelError as error:
            return Answered(error)

    async def _set_up(self) -> None:
        """Once, before the first task. Raises ModelError."""
        # Made here, because it belongs to the event loop.
        self._setting_up = self._setting_up or asyncio.Lock()
        async with self._setting_up:
            if self._version is None:
                await self._dispatcher.within_deadline(partial(self._send, "GET", "/health", None))
                body = {"project": self._project, "schema": self._config, "hostname": "", "access_token": ""}
                said = await self._dispatcher.within_deadline(partial(self._send, "POST", "/setup", body))
                self._version = str(said.get("model_version") or "")[:VERSION_CHARACTERS]

    async def _ask(self, task: Mapping[str, Any]) -> Prediction | ModelError:
        body = {"tasks": [task], "project": self._project, "label_config": self._config, "params": {}}
        said = await self._send("POST", "/predict", body)
        return said if isinstance(said, ModelError) else _first(said, self._endpoint)

    async def _send(self, method: str, path: str, body: Mapping[str, Any] | None) -> dict[str, Any] | ModelError:
        # Errors are made outside the handlers, so that no traceback carries the endpoint's words along.
        response: httpx2.Response | None = None
        status = 0
        try:
            response = await self._connected().request(method, f"{self._endpoint.base_url}{path}", json=body)
            status = response.status_code
        except ReplyTooLong as error:
            status = error.status
        except (httpx2.HTTPError, httpx2.InvalidURL):
            pass
        if response is None and status == 200:
            return Permanent(f"{self._endpoint.called} gave a reply that is too long.")
        if response is None or status != 200:
            return refusal(self._endpoint, status, response)
        try:
            said = json.loads(self._endpoint.without_key(response.text))
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict):
            return Permanent(f"{self._endpoint.called} gave a reply that is no JSON object.")
        return said

    def _connected(self) -> httpx2.AsyncClient:
        if self._client is None:
            self._client = http_client(self._endpoint)
        return self._client


def _first(said: Mapping[str, Any], endpoint: Endpoint) -> Prediction | ModelError:
    """`results` has one entry a task: a prediction, or a list of them with the best at its head."""
    results = said.get("results")
    if not isinstance(results, list) or len(results) > 1:
        return Permanent(f"{endpoint.called} gave no list with the results of one task.")
    found = results[0] if results else None
    if isinstance(found, list):
        found = found[0] if found else None
    if not isinstance(found, dict):
        return Permanent(f"{endpoint.called} gave no prediction.")
    return found
