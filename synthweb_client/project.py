"""One project: its items, models, answers and exports."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Any, cast

from .jobs import Import, Job, Run, Snapshot
from .problems import SynthWebError
from .rows import (
    AnnotationRow,
    Answers,
    ClaimRow,
    ItemRow,
    LabelerRow,
    MemberRow,
    NewItem,
    ProjectRow,
    ReviewRow,
    SubmittedRow,
)
from .speaking import Speaker

BATCH = 1_000
PAGE = 500


@dataclass(slots=True)
class Added:
    """What became of added items. `rejected`: [(place in what was given, from 0; reason)]."""

    created: int = 0
    duplicates: int = 0
    rejected: list[tuple[int, str]] = field(default_factory=list)


class Project:
    """A project by its slug; nothing is fetched until it is asked for.

    `get`, `post`, `patch`, `put`, `delete` and `pages` reach whatever has no method here, by its address below the
    project, such as `project.get("figures/")`.
    """

    def __init__(self, speaker: Speaker, slug: str, row: ProjectRow | None = None) -> None:
        if not slug or "/" in slug:
            raise SynthWebError(f"“{slug}” is no project’s slug.")
        self.slug = slug
        self._speaker, self._row = speaker, row

    def __repr__(self) -> str:
        return f"<project {self.slug}>"

    @property
    def row(self) -> ProjectRow:
        """Name, guidelines, fields, questions, policy, your role."""
        if self._row is None:
            self._row = cast(ProjectRow, self.get(""))
        return self._row

    def change(self, *, guidelines: str | None = None, policy: Mapping[str, Any] | None = None) -> ProjectRow:
        """Change the guidelines, which become a new version, or what the policy names."""
        given = {"guidelines": guidelines, "policy": None if policy is None else dict(policy)}
        self._row = cast(ProjectRow, self.patch("", {name: each for name, each in given.items() if each is not None}))
        return self._row

    def report(self) -> dict[str, Any]:
        """Progress, agreement, quality and cost."""
        return cast(dict[str, Any], self.get("report/"))

    def members(self) -> Iterator[MemberRow]:
        return self.pages("members/")

    def add_member(self, username: str, role: str = "annotator") -> MemberRow:
        """`role`: manager, reviewer or annotator."""
        return cast(MemberRow, self.post("members/", {"username": username, "role": role}))

    def items(self, **filters: Any) -> Iterator[ItemRow]:
        """Items that fit all filters of the item list (`stage`, `label`, `search`, `order` …), fetched as needed."""
        # The nearest by meaning come on one page.
        limit = {} if "near" in filters or "like" in filters else {"limit": PAGE}
        return self.pages("items/", **limit, **filters)

    def item(self, pk: int) -> ItemRow:
        return cast(ItemRow, self.get(f"items/{pk:d}/"))

    def add_items(self, items: Iterable[NewItem], *, batch: int = BATCH) -> Added:
        """Add items as they are made, `batch` at a time (10,000 at most). Good ones come in whatever others are like.

        Items that are there already gain the annotations of annotators that they have none of.
        """
        added, rest, start = Added(), iter(items), 0
        while several := list(islice(rest, batch)):
            answer = self.post("items/", several)
            added.created += answer["created"]
            added.duplicates += answer["duplicates"]
            added.rejected += [(start + each["index"], each["reason"]) for each in answer["rejected"]]
            start += len(several)
        return added

    def import_file(
        self,
        file: str | os.PathLike[str] | IO[bytes],
        *,
        name: str = "",
        format: str = "",
        mapping: Mapping[str, Any] | None = None,
    ) -> Import:
        """Upload a file, however large, and start its import; `wait` for it.

        `format` and `mapping` ({"fields": {field: column}, "external_id"?, "gold"?, "metadata"?, "answers"?, …}) are
        found out where they are not given.
        """
        form = {"format": format} if format else {}
        if mapping is not None:
            form["mapping"] = json.dumps(mapping)
        if isinstance(file, str | os.PathLike):
            path = Path(file)
            with path.open("rb") as opened:
                row = self._speaker.upload(self._at("imports/"), opened, name or path.name, form)
        else:
            row = self._speaker.upload(self._at("imports/"), file, name or "data", form)
        return Import(self._speaker, self._at(f"imports/{row['id']}/"), row)

    def labelers(self) -> Iterator[LabelerRow]:
        """The model annotators, retired versions too."""
        return self.pages("labelers/")

    def add_labeler(self, name: str, *, kind: str = "prompted", **config: Any) -> LabelerRow:
        """A model annotator, or a new version of the one with this name: `add_labeler("GPT", llm="team-vllm")`."""
        return cast(LabelerRow, self.post("labelers/", {"name": name, "kind": kind, "config": config}))

    def run(self, labeler: str | int | LabelerRow, *, budget: float | None = None) -> Run:
        """Ask a model annotator, by name, number or row, for its vote on every open item."""
        number = self._labeler(labeler)
        row = self.post(f"labelers/{number}/runs/", {} if budget is None else {"budget": budget})
        return Run(self._speaker, self._at(f"runs/{row['id']}/"), row)

    def claim(self) -> ClaimRow | None:
        """Lease the item where your answer is worth most; None when nothing is left for you."""
        return cast(ClaimRow | None, self.post("claims/"))

    def submit(
        self,
        claim: ClaimRow | int,
        answers: Answers,
        *,
        seconds: float | None = None,
        claim_next: bool = False,
        key: str | None = None,
    ) -> SubmittedRow:
        """Answer a claimed item: once, however often it is sent. Raises Conflict where the lease was lost."""
        assignment = claim if isinstance(claim, int) else claim["assignment"]
        body = {"assignment": assignment, "answers": answers}
        if seconds is not None:
            body["seconds"] = seconds
        if claim_next:
            body["claim_next"] = True
        return cast(SubmittedRow, self.post("annotations/", body, key=key))

    def skip(self, claim: ClaimRow | int, reason: str = "") -> None:
        assignment = claim if isinstance(claim, int) else claim["assignment"]
        self.delete(f"claims/{assignment}/", {"reason": reason} if reason else None)

    def annotations(self, *, mine: bool = False) -> Iterator[AnnotationRow]:
        """Current answers, the newest first; annotators get their own."""
        return self.pages("annotations/", limit=PAGE, **({"mine": True} if mine else {}))

    def reviews(self, **filters: Any) -> Iterator[ReviewRow]:
        """Items that need a reviewer."""
        return self.pages("reviews/", **filters)

    def resolve(self, item: int, answers: Answers, *, version: int, comment: str = "") -> dict[str, Any]:
        """Decide on an item. Raises Conflict where somebody answered or decided since `version`."""
        body = {"answers": answers, "version": version, **({"comment": comment} if comment else {})}
        return cast(dict[str, Any], self.post(f"items/{item:d}/resolution/", body))

    def snapshots(self) -> Iterator[Snapshot]:
        """The newest first."""
        for row in self.pages("snapshots/"):
            yield Snapshot(self._speaker, self._at(f"snapshots/{row['id']}/"), row)

    def snapshot(
        self,
        format: str = "jsonl",
        *,
        splits: Mapping[str, float] | None = None,
        options: Mapping[str, Any] | None = None,
        settings: Mapping[str, str] | None = None,
        **filters: Any,
    ) -> Snapshot:
        """Freeze the dataset, or the items that fit the filters, as it is now; `wait` for it, then `download` it."""
        body: dict[str, Any] = {"format": format}
        given = {"splits": splits, "options": options, "settings": settings, "filters": _filters(filters)}
        body |= {name: dict(value) for name, value in given.items() if value}
        row = self.post("snapshots/", body)
        return Snapshot(self._speaker, self._at(f"snapshots/{row['id']}/"), row)

    def export(self, target: str | os.PathLike[str], *, format: str = "jsonl", **wanted: Any) -> Path:
        """A snapshot, waited for and downloaded to `target`. `wanted` as `snapshot` takes it."""
        return self.snapshot(format, **wanted).wait().download(Path(target))

    def job(self, address: str, body: Any = None) -> Job:
        """Start a job that has no method here, such as `job("changes/", {...})` or `job("syntheses/", {...})`."""
        row = self.post(address, body)
        return Job(self._speaker, self._at(f"{address}{row['id']}/"), row)

    def get(self, address: str, **query: Any) -> Any:
        return self._speaker.get(self._at(address), query)

    def pages(self, address: str, **query: Any) -> Iterator[Any]:
        """Every row of a list."""
        return self._speaker.pages(self._at(address), query)

    def post(self, address: str, body: Any = None, *, key: str | None = None) -> Any:
        """`key`: an idempotency key of your own, for a request that another process may send again."""
        return self._speaker.send("POST", self._at(address), body, key=key)

    def patch(self, address: str, body: Any, *, if_match: str | None = None) -> Any:
        return self._speaker.send("PATCH", self._at(address), body, if_match=if_match)

    def put(self, address: str, body: Any, *, if_match: str | None = None) -> Any:
        return self._speaker.send("PUT", self._at(address), body, if_match=if_match)

    def delete(self, address: str, body: Any = None) -> Any:
        return self._speaker.send("DELETE", self._at(address), body)

    def _at(self, address: str) -> str:
        return f"projects/{self.slug}/{address}"

    def _labeler(self, labeler: str | int | LabelerRow) -> int:
        if isinstance(labeler, int):
            return labeler
        if not isinstance(labeler, str):
            return labeler["id"]
        rows = list(self.labelers())
        found = [each["id"] for each in rows if each["active"] and each["name"] == labeler]
        if not found:
            known = ", ".join(sorted({each["name"] for each in rows if each["active"]})) or "none"
            raise SynthWebError(f"{self.slug} has no active model annotator “{labeler}”; it has: {known}.")
        return found[0]


def _filters(given: Mapping[str, Any]) -> dict[str, Any]:
    """As a body has them: text, or a list of texts."""
    return {name: _filter(value) for name, value in given.items() if value is not None}


def _filter(value: Any) -> str | list[str]:
    if isinstance(value, list | tuple):
        return [str(each) for each in value]
    return str(value).lower() if isinstance(value, bool) else str(value)
