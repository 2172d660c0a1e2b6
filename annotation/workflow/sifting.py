"""What becomes of a recipe's outcomes: items, or the reason why not; every one of them is a row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotation.exchange import BadRow, ImportedItem, Row, to_item
from annotation.exchange import Mapping as Columns
from annotation.models import Candidate, Fate, Item, JobState, Project, Source, SynthesisRun
from annotation.questions import InvalidAnswer, type_of
from annotation.synthesis.base import Candidate as Proposed
from annotation.synthesis.base import Recipe, Seed, Unparsed, Verdict, Work
from annotation.synthesis.filters.base import Company
from annotation.synthesis.filters.registry import FILTERS
from annotation.synthesis.texts import shown_text

from .errors import Refused
from .jobs import LEASE, Overtaken
from .storing import store_items

# Outcomes that are written in one transaction.
BATCH = 200
RAW_CHARACTERS = 20_000
OPERATION_LENGTH = 100

FAMILIES = """
UPDATE annotation_item item SET family = made.family
FROM unnest(%s::bigint[], %s::bigint[]) AS made (id, family) WHERE item.id = made.id
"""
PARENTS = """
INSERT INTO annotation_item_parents (from_item_id, to_item_id)
SELECT made.child, parent.id FROM unnest(%s::bigint[], %s::bigint[]) AS made (child, parent)
JOIN annotation_item parent ON parent.id = made.parent
ON CONFLICT DO NOTHING
"""

Outcome = Proposed | Unparsed


@dataclass(slots=True)
class Sieve:
    """Takes a run's outcomes in their order, those of a replay included, and writes those that are new in batches."""

    run: SynthesisRun
    recipe: Recipe
    company: Company
    seeds: Mapping[int, Seed]
    known: dict[int, Mapping[str, Any]]
    """The fields of the candidates that were kept before, by number: on a replay they are not judged again."""
    number: int = 0
    kept: int = 0
    waiting: list[Outcome] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        """Whether as many items were made as were wanted."""
        return self.run.amount is not None and self.kept >= self.run.amount

    def take(self, outcome: Outcome) -> None:
        """The next outcome. Raises Overtaken."""
        if self.number < self.run.outcomes:
            if self.number in self.known:
                self.company.pool.append(shown_text(self.company.fields, self.known.pop(self.number)))
            self.number += 1
            return
        self.waiting.append(outcome)
        # Towards the end one by one, so that nothing is asked for items that nobody wants any more.
        if len(self.waiting) >= BATCH or (self.run.amount and self.kept + len(self.waiting) >= self.run.amount):
            self.flush()

    def flush(self) -> None:
        """Judge and write what waits: rows, items and counters in one transaction. Raises Overtaken and Refused."""
        if not self.waiting:
            return
        outcomes, self.waiting = self.waiting, []
        with transaction.atomic():
            self._write(outcomes)

    def _write(self, outcomes: Sequence[Outcome]) -> None:
        prepared = [self._prepare(outcome) for outcome in outcomes]
        there = self._there([item.content_hash for _row, item in prepared if item])
        rows: list[Candidate] = []
        items: dict[bytes, tuple[Candidate, ImportedItem]] = {}
        for outcome, (row, item) in zip(outcomes, prepared, strict=True):
            if self.run.amount is not None and self.kept >= self.run.amount:
                break
            row.number = self.number
            self.number += 1
            rows.append(row)
            if item is None or not isinstance(outcome, Proposed) or not self._passes(row, outcome):
                continue
            if item.content_hash in there or item.content_hash in items:
                _is_duplicate(row, there.get(item.content_hash))
                continue
            items[item.content_hash] = row, item
            self.company.pool.append(shown_text(self.company.fields, item.fields))
            self.kept += 1
        self._hold(rows)
        created = store_items(self.run.project, [item for _row, item in items.values()])
        # Whoever changes the questions waits until these are written, and finds them, or was first.
        check_questions(self.run)
        for key, (row, _item) in items.items():
            if key in created:
                row.item_id = created[key]
            else:
                # It came in another way this very moment.
                _is_duplicate(row, self._there([key]).get(key))
                self.kept -= 1
        Candidate.objects.bulk_create(rows)
        self._relate([row for row in rows if row.item_id])
        self._count(rows)

    def _prepare(self, outcome: Outcome) -> tuple[Candidate, ImportedItem | None]:
        """The row of an outcome, and the item it would be; a candidate that is no item of the project is unparsed."""
        parents = [pk for pk in outcome.parents if pk in self.seeds]
        row = Candidate(
            run=self.run,
            fate=Fate.UNPARSED,
            operation=_clean(outcome.operation)[:OPERATION_LENGTH],
            parents=parents,
            family=self.seeds[parents[0]].family if parents else None,
            requests=list(outcome.requests),
        )
        if isinstance(outcome, Unparsed):
            row.reason, row.raw = _clean(outcome.reason), _clean(outcome.raw)[:RAW_CHARACTERS]
            return row, None
        row.rationale, row.hinted = _clean(outcome.rationale), outcome.hinted
        names = {each["name"] for each in self.company.fields}
        values = {name: value for name, value in outcome.fields.items() if name in names}
        metadata = {**outcome.metadata, **self._marks()}
        read = to_item(
            Row(0, {**{f"fields.{name}": value for name, value in values.items()}, **metadata}),
            Columns(fields={name: f"fields.{name}" for name in names}, metadata=list(metadata)),
            list(self.company.fields),
            list(self.company.questions),
        )
        if isinstance(read, BadRow):
            row.reason, row.raw = read.reason, _clean(str(values))[:RAW_CHARACTERS]
            return row, None
        row.fields, row.metadata = read.fields, dict(outcome.metadata)
        try:
            row.answers = self._answers(outcome, read.fields)
        except InvalidAnswer as error:
            row.reason = _("It was made to be something that is no answer: %(error)s") % {"error": error}
            return row, None
        return row, replace(read, source=Source.RECIPE.value)

    def _marks(self) -> dict[str, str]:
        """What an item's metadata says of where it comes from, for filters and exports."""
        marks = {"recipe": self.run.recipe, "synthesis_run": str(self.run.pk)}
        return marks | ({"licence": self.run.licence} if self.run.licence else {})

    def _answers(self, outcome: Proposed, fields: Mapping[str, Any]) -> dict[str, Any]:
        questions = {each.name: each for each in self.company.questions}
        unknown = [name for name in outcome.answers if name not in questions]
        if unknown:
            raise InvalidAnswer(unknown[0], _("There is no such question."))
        return {
            name: type_of(questions[name]).clean(questions[name], raw, fields) for name, raw in outcome.answers.items()
        }

    def _passes(self, row: Candidate, outcome: Proposed) -> bool:
        """The recipe's own verdicts come first, then its filters; the first that says no ends it."""
        verdicts = list(outcome.verdicts)
        if all(verdict.passed for verdict in verdicts):
            for name in self.recipe.filters:
                verdicts.append(FILTERS[name].judge(outcome, self.company))
                if not verdicts[-1].passed:
                    break
        row.verdicts = [_verdict(each) for each in verdicts]
        failed = next((each for each in verdicts if not each.passed), None)
        if failed is None:
            row.fate = Fate.KEPT
            return True
        row.fate, row.dropped_by, row.reason = Fate.FILTERED, failed.filter[:50], _clean(failed.reason)
        return False

    def _there(self, hashes: Sequence[bytes]) -> dict[bytes, int]:
        rows = Item.objects.filter(project=self.run.project_id, content_hash__in=hashes)
        return {bytes(content_hash): pk for content_hash, pk in rows.values_list("content_hash", "pk")}

    def _hold(self, rows: Sequence[Candidate]) -> None:
        # First, and conditional on how much was recorded: a worker that was overtaken writes nothing.
        held = SynthesisRun.objects.filter(pk=self.run.pk, state=JobState.RUNNING, outcomes=self.run.outcomes).update(
            outcomes=F("outcomes") + len(rows), leased_until=Now() + LEASE, attempts=1, error=""
        )
        if not held:
            raise Overtaken
        self.run.outcomes += len(rows)

    def _relate(self, made: Sequence[Candidate]) -> None:
        pairs = [(row.item_id, parent) for row in made for parent in row.parents]
        rooted = [(row.item_id, row.family) for row in made if row.family is not None]
        with connection.cursor() as cursor:
            cursor.execute(PARENTS, [[child for child, _ in pairs], [parent for _, parent in pairs]])
            cursor.execute(FAMILIES, [[child for child, _ in rooted], [family for _, family in rooted]])

    def _count(self, rows: Sequence[Candidate]) -> None:
        fates = Counter(row.fate for row in rows)
        dropped = Counter(self.run.filtered)
        dropped.update(row.dropped_by for row in rows if row.fate == Fate.FILTERED)
        self.run.filtered = dict(dropped)
        SynthesisRun.objects.filter(pk=self.run.pk).update(
            kept=F("kept") + fates[Fate.KEPT],
            duplicates=F("duplicates") + fates[Fate.DUPLICATE],
            unparsed=F("unparsed") + fates[Fate.UNPARSED],
            filtered=self.run.filtered,
        )


def sieve_of(run: SynthesisRun, recipe: Recipe, work: Work, protected: Sequence[str]) -> Sieve:
    """At the beginning of a run, or of its replay."""
    seeds = {seed.id: seed for seed in work.seeds}
    company = Company(work.fields, work.questions, seeds, [*work.pool, *recipe.examples], protected)
    kept = run.candidates.filter(fate=Fate.KEPT).values_list("number", "fields")
    known = {number: fields or {} for number, fields in kept}
    return Sieve(run, recipe, company, seeds, known, kept=len(known))


def check_questions(run: SynthesisRun) -> None:
    """Raise Refused where answers have another shape than when the run began."""
    if Project.objects.filter(pk=run.project_id, shape_version__gt=run.schema_version).exists():
        raise Refused(
            _("The questions have changed since this run began. Start a new one: equal requests cost nothing.")
        )


def _is_duplicate(row: Candidate, of: int | None) -> None:
    row.fate, row.duplicate_of = Fate.DUPLICATE, of
    row.reason = _("An item of this project has the same content.") if of else _("The run made the same before.")


def _verdict(verdict: Verdict) -> dict[str, Any]:
    stored = asdict(verdict)
    stored["reason"] = _clean(verdict.reason)
    if isinstance(verdict.value, str):
        stored["value"] = _clean(verdict.value)
    return stored


def _clean(text: str) -> str:
    """What PostgreSQL can store of a text that a model wrote."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
