"""What must not leave with a dataset: every item passes here on its way into a snapshot, and may be refused.

To add a rule: a class with a `reason` and `refused`, its line in RULES, and in words in WITHHELD
(`reports/dataset_card`). What is refused is counted by reason in the manifest, and the dataset card says so.
The rules are about what recipes made; what came from outside leaves as it was asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Protocol

from annotation.models import Item, Project, Source, Stage
from annotation.questions import as_texts
from annotation.synthesis.filters.base import Company
from annotation.synthesis.filters.contamination import Protected
from annotation.synthesis.filters.pii import Pii
from annotation.synthesis.filters.tokens import tokens_of
from annotation.synthesis.texts import shown_text

from .splitting import is_held_out
from .terms import Terms

HeldOut = Callable[[], Iterable[str]]
PII = Pii()

# Seeds teach by being there, so what is made of them cannot give them away.
CHECKS = """
SELECT id, fields FROM annotation_item
WHERE project_id = %(project)s AND gold IS NOT NULL AND id NOT IN (
    SELECT (drawn.seed ->> 'id')::bigint
    FROM annotation_synthesisrun run, jsonb_array_elements(run.drawn -> 'seeds') AS drawn (seed)
    WHERE run.project_id = %(project)s
)
"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item that would leave. `split` is its own, `family_split` that of its family's root; "" for none.

    `ancestor_splits`: those of everything else that it comes from, however far back. `fields`: all of them, whatever
    the terms leave out; of generated items alone.
    """

    item: int
    family: int
    source: str
    stage: str
    split: str
    family_split: str
    ancestor_splits: frozenset[str] = frozenset()
    fields: Mapping[str, Any] = field(default_factory=dict)


class Rule(Protocol):
    """Made once per snapshot, in the transaction that the snapshot is read in.

    `held_out` reads the texts of the project's items that this snapshot, or their import, puts into a split that models
    are examined on.
    """

    reason: str

    def refused(self, page: Sequence[Candidate]) -> Collection[int]:
        """The items among these generated ones that must stay. Asked a page at a time, so that it may look rows up."""


class DerivedFromTest:
    """Generated items that come, by any of their ancestors, from a split that models are examined on.

    In training they would give its answers away, and in the test they would be examined by what a model wrote.
    """

    reason = "derived_from_test"

    def __init__(self, project: Project, terms: Terms, held_out: HeldOut) -> None:
        pass

    def refused(self, page: Sequence[Candidate]) -> Collection[int]:
        return [
            each.item for each in page if any(map(is_held_out, (each.split, each.family_split, *each.ancestor_splits)))
        ]


class Contaminated:
    """Generated items that share a passage with a test item or a hidden check, wherever they have it from.

    A run looks at that too, but before splits are drawn, and before what was imported or rewritten since.
    """

    reason = "contaminated"

    def __init__(self, project: Project, terms: Terms, held_out: HeldOut) -> None:
        self._project, self._held_out = project, held_out

    def refused(self, page: Sequence[Candidate]) -> Collection[int]:
        fields = self._project.fields
        return [each.item for each in page if self._protected.shared(tokens_of(shown_text(fields, each.fields)))]

    @cached_property
    def _protected(self) -> Protected:
        texts = [*self._held_out(), *self._checks()]
        return Protected(Company(self._project.fields, self._project.question_list, protected=texts))

    def _checks(self) -> Iterator[str]:
        """Hidden checks that no run began with."""
        for item in Item.objects.raw(CHECKS, {"project": self._project.pk}).iterator():
            yield shown_text(self._project.fields, item.fields)


class PersonalData:
    """Generated items that hold what tells who somebody is: a quarantine that ends when the text is rewritten."""

    reason = "personal_data"

    def __init__(self, project: Project, terms: Terms, held_out: HeldOut) -> None:
        self._fields = project.fields

    def refused(self, page: Sequence[Candidate]) -> Collection[int]:
        return [each.item for each in page if any(map(PII.kind_in, as_texts(self._fields, each.fields).values()))]


class Unreviewed:
    """Generated items that nothing vouches for: neither people, nor a sample of their group, nor a licence."""

    reason = "unreviewed"

    def __init__(self, project: Project, terms: Terms, held_out: HeldOut) -> None:
        self._wanted = terms.unreviewed

    def refused(self, page: Sequence[Candidate]) -> Collection[int]:
        return [] if self._wanted else [each.item for each in page if each.stage != Stage.SETTLED]


RULES = (DerivedFromTest, Contaminated, PersonalData, Unreviewed)


class Gate:
    """All rules, for one snapshot."""

    def __init__(self, project: Project, terms: Terms, held_out: HeldOut) -> None:
        self._rules: list[Rule] = [rule(project, terms, held_out) for rule in RULES]

    def withheld(self, page: Sequence[Candidate]) -> dict[int, str]:
        """{item: the reason why it stays}; of several reasons the first."""
        generated = [each for each in page if each.source == Source.RECIPE]
        if not generated:
            return {}
        fields = dict(Item.objects.filter(pk__in=[each.item for each in generated]).values_list("pk", "fields"))
        generated = [replace(each, fields=fields[each.item]) for each in generated]
        found: dict[int, str] = {}
        for rule in self._rules:
            for item in rule.refused(generated):
                found.setdefault(item, rule.reason)
        return found
