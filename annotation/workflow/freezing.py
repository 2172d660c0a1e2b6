"""Read a project at one point in time into the records of a snapshot, and the manifest that says what they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.db.models import OuterRef, QuerySet, Subquery

from annotation.exchange import Shape, canonical_json
from annotation.exchange.base import Sink
from annotation.exchange.frozen import Freezer
from annotation.models import Consensus, Item, Project, Snapshot, Source, Stage
from annotation.models.consensus import AMBIGUOUS
from annotation.questions import Question, parse_questions, type_of
from annotation.questions import Shape as AnswerShape
from annotation.reports.recipes_used import origins_of, recipes_of
from annotation.reports.snapshots import figures_of, models_of
from annotation.synthesis.texts import shown_text

from .assembling import METADATA_KEYS, PAGE, Assembled, Record, assemble, items_to_export
from .descending import ancestors_of
from .splitting import Drawn, Strata, is_held_out, split_of
from .stepping import Steps
from .terms import Terms, parse_stored
from .version import SOFTWARE
from .withholding import Candidate, Gate

# Of more annotators the busiest are named in the manifest.
NAMED = 500


@transaction.atomic
def freeze(snapshot: Snapshot, target: Sink, steps: Steps) -> dict[str, Any]:
    """Write the records into `target` and answer the manifest. Raises Stopped, and Refused for filters that are none.

    One read-only REPEATABLE READ transaction: pages read under READ COMMITTED would tear what changes together.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT now()")
        taken_at: datetime = cursor.fetchone()[0]
    project = snapshot.project
    # The manifest's questions and policy are those of this moment too.
    project.refresh_from_db()
    freezing = Freezing(project, snapshot, steps)
    freezer = Freezer(target)
    # While the database answers for one page, a thread spells and squeezes the one before.
    with ThreadPoolExecutor(1) as pool:
        before = pool.submit(_add, freezer, ())
        for page in freezing.pages():
            before.result()
            before = pool.submit(_add, freezer, page)
        before.result()
    freezer.close()
    return freezing.manifest(taken_at)


def _add(freezer: Freezer, records: Iterable[Record]) -> None:
    for record in records:
        freezer.add(record)


@dataclass(slots=True)
class Tally:
    """What the records come to, counted on the way."""

    stages: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    splits: Counter[str] = field(default_factory=Counter)
    decided: Counter[str] = field(default_factory=Counter)
    labels: dict[str, Counter[str]] = field(default_factory=dict)
    labelled: Counter[str] = field(default_factory=Counter)
    ambiguous: Counter[str] = field(default_factory=Counter)
    believed: dict[str, float] = field(default_factory=dict)
    voters: Counter[tuple[str, str]] = field(default_factory=Counter)
    metadata: set[str] = field(default_factory=set)
    left_out: Counter[str] = field(default_factory=Counter)
    withheld: Counter[str] = field(default_factory=Counter)
    made: Counter[tuple[int, str]] = field(default_factory=Counter)

    def count(self, record: Record, votes: Sequence[Record], questions: Sequence[Question]) -> None:
        self.stages[record["stage"]] += 1
        self.sources[record["source"]] += 1
        self.splits[record["split"]] += 1
        for each in votes:
            self.voters[each["kind"], each["annotator"]] += 1
        self.metadata.update(record["metadata"])
        if len(self.metadata) > 4 * METADATA_KEYS:
            # The first by name are kept; what is dropped here can never be among them again.
            self.metadata = set(sorted(self.metadata)[:METADATA_KEYS])
        for question in questions:
            if label := record["labels"].get(question.name):
                self._count_label(question, label)

    def _count_label(self, question: Question, label: Record) -> None:
        name = question.name
        self.decided[label["decided_by"]] += 1
        self.labelled[name] += 1
        self.believed[name] = self.believed.get(name, 0.0) + label["posterior"]
        if label["method"] == AMBIGUOUS:
            self.ambiguous[name] += 1
        self.labels.setdefault(name, Counter()).update(type_of(question).keys(question, label["value"]))

    def told(self, questions: Sequence[Question]) -> dict[str, Any]:
        """What the manifest says of the records by themselves."""
        return {
            "stages": _sorted(self.stages),
            "sources": _sorted(self.sources),
            "split_rows": _sorted(self.splits),
            "decided_by": _sorted(self.decided),
            "labels": {question.name: self.of_labels(question) for question in questions},
            "metadata": sorted(self.metadata)[:METADATA_KEYS],
        }

    def of_labels(self, question: Question) -> dict[str, Any]:
        """What the manifest says of one question's labels."""
        name, items = question.name, self.labelled[question.name]
        return {
            "items": items,
            "ambiguous": self.ambiguous[name],
            "mean_posterior": round(self.believed.get(name, 0.0) / max(1, items), 6),
            "counts": _sorted(self.labels.get(name, Counter())),
        }


class Freezing:
    """One snapshot's way through the rows."""

    def __init__(self, project: Project, snapshot: Snapshot, steps: Steps) -> None:
        self.project, self.snapshot, self.steps = project, snapshot, steps
        self.terms = Terms.of(snapshot.options)
        self.splits: dict[str, float] = snapshot.splits
        self.questions = [
            each for each in project.question_list if self.terms.questions is None or each.name in self.terms.questions
        ]
        self.tally = Tally()

    def pages(self) -> Iterator[list[Record]]:
        """The records in the order of their ids; nobody changes them any more."""
        items = items_to_export(self.project, self.snapshot.filters)
        self.steps.figures["total"] = items.order_by().count()
        drawn = self._drawn(items) if self.splits and self.terms.stratify else None
        self.gate = Gate(self.project, self.terms, partial(self._held_out, drawn))
        for page in assemble(self.project, items, self.terms):
            candidates = self._put_in_splits(page, drawn)
            let_through = list(self.steps.count(self._let_through(page, candidates), "rows"))
            for item in let_through:
                self.tally.count(item.record, item.votes, self.questions)
            yield [item.record for item in let_through]

    def _drawn(self, items: QuerySet[Item]) -> Drawn:
        """A first walk over all items: which share of a stratum has come cannot be told before its end."""
        label = Consensus.objects.filter(item=OuterRef("pk"), question=self.terms.stratify).values("value")
        rows = items.order_by("pk").values_list("pk", "family", "content_hash", "stage", Subquery(label))
        strata = Strata(self.terms.seed)
        page: list[Any] = []

        def add() -> None:
            roots = self._roots({family for _pk, family, *_rest in page if family})
            for pk, family, content_hash, stage, value in page:
                content = roots[family][0] if family in roots else bytes(content_hash)
                settled = stage == Stage.SETTLED and value is not None
                strata.add(family or pk, content, canonical_json(value).decode() if settled else None)
            page.clear()

        for row in rows.iterator(chunk_size=PAGE):
            page.append(row)
            if len(page) == PAGE:
                add()
        add()
        return strata.drawn(self.splits)

    def _put_in_splits(self, page: Sequence[Assembled], drawn: Drawn | None) -> list[Candidate]:
        """Write into each record which split it is in; what the rules want to know of each."""
        roots = self._roots({item.family for item in page if item.family != item.item})
        ancestors = ancestors_of([item.item for item in page if item.source == Source.RECIPE])
        distant = self._roots(set().union(*ancestors.values()))
        placed = dict(zip(distant, self._placed(distant, drawn), strict=True))
        if drawn is not None:
            chosen = drawn.splits_of(item.family for item in page)
        elif self.splits:
            contents = [roots[item.family][0] if item.family in roots else item.content_hash for item in page]
            chosen = [split_of(content, self.splits, self.terms.seed) for content in contents]
        else:
            chosen = [item.record["split"] for item in page]
        candidates = []
        for item, split in zip(page, chosen, strict=True):
            came_with = roots[item.family][1] if item.family in roots else item.record["split"]
            if self.splits and self.terms.keep_splits:
                # A family keeps together here, too: where its root came with a split, all of it is there.
                split = came_with or split
            item.record["split"] = split
            candidates.append(
                Candidate(
                    item.item,
                    item.family,
                    item.source,
                    item.record["stage"],
                    split,
                    split if self.splits else came_with,
                    frozenset(placed[each] for each in ancestors.get(item.item, ()) if each in placed),
                )
            )
        return candidates

    def _placed(self, roots: Mapping[int, tuple[bytes, str]], drawn: Drawn | None) -> list[str]:
        """Which split each root is in, whether or not the filters let it into the snapshot."""
        came_with = [split for _content, split in roots.values()]
        if not self.splits:
            return came_with
        if drawn is not None:
            chosen = drawn.splits_of(roots)
        else:
            chosen = [split_of(content, self.splits, self.terms.seed) for content, _split in roots.values()]
        kept = self.terms.keep_splits
        return [came if kept and came else split for came, split in zip(came_with, chosen, strict=True)]

    def _held_out(self, drawn: Drawn | None) -> Iterator[str]:
        """The texts of the project's items that are in a test split here, or came in with one."""
        rows = Item.objects.filter(project=self.project).exclude(source=Source.RECIPE).order_by("pk")
        if not self.splits:
            rows = rows.exclude(split="")
        found = rows.values_list("pk", "content_hash", "split", "fields").iterator(chunk_size=PAGE)
        while page := list(islice(found, PAGE)):
            roots = {pk: (bytes(content), split) for pk, content, split, _fields in page}
            for (_pk, _content, split, fields), placed in zip(page, self._placed(roots, drawn), strict=True):
                if is_held_out(placed) or is_held_out(split):
                    yield shown_text(self.project.fields, fields)

    def _let_through(self, page: Sequence[Assembled], candidates: Sequence[Candidate]) -> Iterator[Assembled]:
        withheld = self.gate.withheld(candidates)
        generated = [(item.item, item.record["stage"]) for item in page if item.source == Source.RECIPE]
        origins = origins_of(generated) if generated else {}
        for item in page:
            if reason := withheld.get(item.item):
                self.tally.withheld[reason] += 1
            elif self._keeps_a_label(item):
                if item.item in origins:
                    self.tally.made[origins[item.item]] += 1
                yield item

    def _keeps_a_label(self, item: Assembled) -> bool:
        """Drop the labels that are not wanted. False where an item had some and has none left."""
        labels: Record = item.record["labels"]
        if not labels or not self.terms.chooses_labels:
            return True
        for question in self.questions:
            label = labels.get(question.name)
            if label and (reason := self._unwanted(question, label, item)):
                self.tally.left_out[reason] += 1
                del labels[question.name]
        if not labels:
            self.tally.left_out["items"] += 1
        return bool(labels)

    def _unwanted(self, question: Question, label: Record, item: Assembled) -> str:
        terms = self.terms
        if terms.decided_by is not None and label["decided_by"] not in terms.decided_by:
            return "decided_by"
        if label["posterior"] < terms.posterior_from:
            return "posterior"
        if not terms.ambiguous and _is_tie(question, label):
            return "ambiguous"
        if terms.agreement_from and _agreement(question, label, item.votes) < terms.agreement_from:
            return "agreement"
        return ""

    def _roots(self, families: set[int]) -> dict[int, tuple[bytes, str]]:
        """{root: its content, the split it came with}; without those that were deleted, or are no roots."""
        if not families:
            return {}
        found = Item.objects.filter(project=self.project, pk__in=families, family=None).values_list(
            "pk", "content_hash", "split"
        )
        return {pk: (bytes(content), split) for pk, content, split in found}

    def manifest(self, taken_at: datetime) -> dict[str, Any]:
        project, tally = self.project, self.tally
        shown = [each for each in project.fields if self.terms.fields is None or each["name"] in self.terms.fields]
        asked = {question.name for question in self.questions}
        return {
            "project": project.slug,
            "name": project.name,
            "snapshot": self.snapshot.number,
            "taken_at": taken_at.isoformat(),
            "software": SOFTWARE,
            "filters": self.snapshot.filters,
            "splits": self.splits,
            "options": self.snapshot.options,
            "rows": self.steps.figures["rows"],
            **tally.told(self.questions),
            "annotators": annotators_of(project, tally),
            "left_out": _sorted(tally.left_out),
            "withheld": _sorted(tally.withheld),
            "recipes": recipes_of(tally.made),
            "figures": figures_of(project, parse_stored(self.snapshot.filters, project), asked),
            "lifecycle": project.lifecycle,
            "schema_version": project.schema_version,
            "guidelines_version": project.guidelines_version,
            "guidelines": project.guidelines,
            "fields": shown,
            "questions": [each for each in project.questions if each["name"] in asked],
            "policy": project.policy,
        }


def annotators_of(project: Project, tally: Tally) -> dict[str, Any]:
    """Who answered how often, as the manifest says it."""
    return {
        "people": _busiest(tally.voters, "human"),
        "models": models_of(project, dict(_busiest(tally.voters, "model"))),
    }


def shape_from(manifest: dict[str, Any], card: str = "") -> Shape:
    """What writers need to know beforehand, of a snapshot that was taken."""
    questions = parse_questions(manifest["questions"])
    return Shape(
        fields=tuple(each["name"] for each in manifest["fields"]),
        questions=tuple(each.name for each in questions),
        metadata=tuple(manifest["metadata"]),
        soft=tuple(each.name for each in questions if manifest["labels"][each.name]["ambiguous"]),
        shown=tuple(manifest["fields"]),
        asked=tuple(questions),
        name=manifest["name"],
        guidelines=manifest["guidelines"],
        card=card,
    )


def _is_tie(question: Question, label: Record) -> bool:
    """No one answer: a reviewer found that nobody can tell, or several options share the first place."""
    order = type_of(question).shape == AnswerShape.ORDER
    return label["method"] == AMBIGUOUS or (order and not type_of(question).keys(question, label["value"]))


def _agreement(question: Question, label: Record, votes: Sequence[Record]) -> float:
    """1 less the mean distance of the votes from the label; 1 where nobody voted."""
    distance = type_of(question).distance
    given = [
        distance(question, vote["answers"][question.name], label["value"])
        for vote in votes
        if question.name in vote["answers"] and not vote["advice"]
    ]
    return 1 - sum(given) / len(given) if given else 1.0


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items()))


def _busiest(voters: Counter[tuple[str, str]], kind: str) -> list[tuple[str, int]]:
    of_kind = [(name, count) for (found, name), count in voters.items() if found == kind]
    return sorted(of_kind, key=lambda entry: (-entry[1], entry[0]))[:NAMED]
