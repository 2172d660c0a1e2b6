"""A SynthWeb server, and the person whose token is used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from .project import Project
from .speaking import Speaker, setting


class SynthWeb:
    """A client for one server. One object may be used by several threads; close it, or use it in a `with`.

    `url` and `token` default to the environment's SYNTHWEB_URL and SYNTHWEB_TOKEN. `timeout`: seconds without a byte.
    A request that may be repeated is sent up to `retries` times more, as late as the server asks for; its pauses take
    at most `patience` seconds together.
    """

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        timeout: float = 60.0,
        retries: int = 6,
        patience: float = 150.0,
    ) -> None:
        address = setting(url, "SYNTHWEB_URL", "the server’s address")
        secret = setting(token, "SYNTHWEB_TOKEN", "a token")
        self._speaker = Speaker(address, secret, timeout=timeout, retries=retries, patience=patience)

    def __repr__(self) -> str:
        return f"<SynthWeb at {self._speaker.url}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._speaker.close()

    def me(self) -> dict[str, Any]:
        """Whose token this is."""
        return dict(self.get("me/"))

    def projects(self) -> Iterator[Project]:
        """Those that you belong to, the newest first."""
        for row in self.pages("projects/"):
            yield Project(self._speaker, row["slug"], row)

    def project(self, slug: str) -> Project:
        """Nothing is fetched yet, so a slug that is none shows with the first request."""
        return Project(self._speaker, slug)

    def create_project(
        self,
        name: str,
        *,
        questions: Sequence[Mapping[str, Any]],
        fields: Sequence[Mapping[str, Any]] = ({"name": "text", "type": "text"},),
        guidelines: str = "",
        policy: Mapping[str, Any] | None = None,
        key: str | None = None,
    ) -> Project:
        """A new project that you manage: `questions=[{"name": "intent", "type": "choice", "options": […]}]`."""
        body: dict[str, Any] = {"name": name, "fields": list(fields), "questions": list(questions)}
        body |= {"guidelines": guidelines} if guidelines else {}
        body |= {"policy": dict(policy)} if policy else {}
        row = self.post("projects/", body, key=key)
        return Project(self._speaker, row["slug"], row)

    def get(self, address: str, **query: Any) -> Any:
        """The JSON at an address below /api/v1/."""
        return self._speaker.get(address, query)

    def pages(self, address: str, **query: Any) -> Iterator[Any]:
        """Every row of a list."""
        return self._speaker.pages(address, query)

    def post(self, address: str, body: Any = None, *, key: str | None = None) -> Any:
        return self._speaker.send("POST", address, body, key=key)

    def patch(self, address: str, body: Any) -> Any:
        return self._speaker.send("PATCH", address, body)

    def delete(self, address: str) -> Any:
        return self._speaker.send("DELETE", address)
