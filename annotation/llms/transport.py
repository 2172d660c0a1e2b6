"""HTTP to an endpoint: no redirects, no proxies, no more of a reply than we read, and nothing of our environment."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator

import httpx2

from .endpoints import ML_BACKEND, Endpoint

REPLY_BYTES = 1 << 20
CONNECT_SECONDS = 10.0
IDLE_SECONDS = 20.0
# The client adds more: what it found in OPENAI_… variables, and which system it runs on.
SENT_HEADERS = ("host", "accept", "connection", "content-type", "content-length")
USER_AGENT = "SynthWeb"


class ReplyTooLong(httpx2.ReadError):
    """The rest was not read. `start` is what was."""

    def __init__(self, status: int, start: bytes) -> None:
        super().__init__(f"The reply has more than {REPLY_BYTES:,} bytes.")
        self.status = status
        self.start = start


class Bounded(httpx2.AsyncBaseTransport):
    """Speaks to one endpoint, with its key and no other header than those a chat completion needs."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._authorization = _authorization(endpoint)
        limits = httpx2.Limits(
            max_connections=endpoint.concurrency,
            max_keepalive_connections=endpoint.concurrency,
            keepalive_expiry=IDLE_SECONDS,
        )
        self._inner = httpx2.AsyncHTTPTransport(trust_env=False, limits=limits)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        headers = {name: request.headers[name] for name in SENT_HEADERS if name in request.headers}
        # A compressed reply could be small on the wire and endless in memory.
        headers |= {"accept-encoding": "identity", "user-agent": USER_AGENT}
        if self._authorization:
            headers["authorization"] = self._authorization
        # A request of its own: the client reads its marks from the one it made.
        bare = httpx2.Request(
            request.method, request.url, headers=headers, stream=request.stream, extensions=request.extensions
        )
        response = await self._inner.handle_async_request(bare)
        if response.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
            await response.aclose()
            raise httpx2.ReadError("The reply is compressed, although that was not asked for.")
        response.stream = _Counted(response)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


class _Counted(httpx2.AsyncByteStream):
    """A response's stream that ends with ReplyTooLong, so that its connection is dropped."""

    def __init__(self, response: httpx2.Response) -> None:
        self._status = response.status_code
        self._stream = response.stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        start = bytearray()
        assert isinstance(self._stream, httpx2.AsyncByteStream)
        async for chunk in self._stream:
            start += chunk
            if len(start) > REPLY_BYTES:
                raise ReplyTooLong(self._status, bytes(start[:REPLY_BYTES]))
            yield chunk

    async def aclose(self) -> None:
        assert isinstance(self._stream, httpx2.AsyncByteStream)
        await self._stream.aclose()


def _authorization(endpoint: Endpoint) -> str:
    """A key, or the `name:password` that Label Studio's ML back ends are protected with."""
    if endpoint.kind == ML_BACKEND and ":" in endpoint.key:
        return f"Basic {b64encode(endpoint.key.encode()).decode()}"
    return f"Bearer {endpoint.key}" if endpoint.key else ""


def http_client(endpoint: Endpoint) -> httpx2.AsyncClient:
    """For the event loop that it is first used in. The whole reply's deadline is the caller's to keep."""
    return httpx2.AsyncClient(
        transport=Bounded(endpoint),
        follow_redirects=False,
        trust_env=False,
        timeout=httpx2.Timeout(None, connect=CONNECT_SECONDS),
    )
