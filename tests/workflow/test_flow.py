"""C6: people at work against a plain model, in whatever order things happen to them.

More examples than the suite can afford: `FLOW_EXAMPLES=2000 pytest tests/workflow/test_flow.py`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from annotation.models import Annotation, Annotator, Assignment, Item, Project, Stage, User
from annotation.workflow.adding import add_items
from annotation.workflow.annotating import find_undoable, submit, undo
from annotation.workflow.drafting import save_draft
from annotation.workflow.errors import AssignmentClosed, Conflict, KeyReused
from annotation.workflow.people import add_member, create_user
from annotation.workflow.queueing import claim, claim_ahead, find_open, release, release_overdue, reopen, skip
from annotation.workflow.reviewing import resolve
from annotation.workflow.sweeping import sweep
from tests.cast import Cast

EXAMPLES = int(os.environ.get("FLOW_EXAMPLES", "25"))
OVERLAP = 2
HOLDS_SLOT = ("open", "overdue", "answered")
WHO = st.integers(0, 2)
PICK = st.integers(0, 10**6)
VALUE = st.sampled_from(["refund", "delivery"])


@dataclass
class Lease:
    """What the model knows of an assignment. `order` is when its answer was given; `drafted`: somebody's work."""

    pk: int
    who: int
    item: int
    state: str = "open"
    value: str = ""
    order: int = 0
    drafted: bool = False


@dataclass
class Plain:
    """The flow without a database: leases and decisions, and what follows from them."""

    items: list[int] = field(default_factory=list)
    leases: dict[int, Lease] = field(default_factory=dict)
    decided: dict[int, str] = field(default_factory=dict)
    clock: int = 0

    def on(self, item: int, *states: str) -> list[Lease]:
        return [lease for lease in self.leases.values() if lease.item == item and lease.state in states]

    def taken(self, item: int) -> int:
        return len(self.on(item, *HOLDS_SLOT))

    def stage(self, item: int) -> Stage:
        values = {lease.value for lease in self.on(item, "answered")}
        people = len(self.on(item, "answered"))
        if item in self.decided:
            return Stage.SETTLED
        if people == OVERLAP:
            return Stage.SETTLED if len(values) == 1 else Stage.DISPUTED
        if len(self.on(item, "skipped")) >= 2:
            return Stage.REVIEW
        return Stage.HUMAN if people else Stage.NEW

    def claimable(self, who: int) -> set[int]:
        mine = {lease.item for lease in self.leases.values() if lease.who == who and lease.state != "expired"}
        open_items = [item for item in self.items if self.stage(item) in (Stage.NEW, Stage.HUMAN)]
        return {item for item in open_items if self.taken(item) < OVERLAP and item not in mine}

    def live(self, who: int) -> list[int]:
        return sorted(pk for pk, lease in self.leases.items() if lease.who == who and lease.state == "open")

    def expire_overdue(self) -> None:
        for lease in self.leases.values():
            if lease.state == "overdue":
                lease.state = "expired"


class Flow(RuleBasedStateMachine):
    """Every rule does one thing in both worlds; the invariant compares them."""

    project: Project
    lead: User
    people: list[User]

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.savepoint()
        self.plain = Plain()
        self.imported = 0
        self.bring(3)

    def teardown(self) -> None:
        transaction.savepoint_rollback(self.savepoint)

    # What people and the clock do

    @rule(who=WHO)
    def claims(self, who: int) -> None:
        lease = claim(self.annotator(who))
        self.follow_release()
        if lease is None:
            assert self.plain.claimable(who) == set()
        else:
            assert lease.item_id in self.plain.claimable(who)
            self.plain.leases[lease.pk] = Lease(lease.pk, who, lease.item_id)

    @rule(who=WHO)
    def prefetches(self, who: int) -> None:
        annotator, live = self.annotator(who), self.plain.live(who)
        beside = live[0] if live else None
        ahead = claim_ahead(annotator, beside=beside)
        self.follow_release()
        held = live[1:]
        if held:
            assert ahead is not None and ahead.pk == held[0], "a person who holds something gets no more"
        elif ahead is None:
            assert self.plain.claimable(who) == set()
        else:
            assert ahead.item_id in self.plain.claimable(who)
            self.plain.leases[ahead.pk] = Lease(ahead.pk, who, ahead.item_id)

    @precondition(lambda self: self.plain.leases)
    @rule(pick=PICK, value=VALUE)
    def submits(self, pick: int, value: str) -> None:
        lease = self.pick(pick)
        rivals = [other for other in self.plain.on(lease.item, *HOLDS_SLOT, "skipped") if other.who == lease.who]
        late = lease.state == "expired" and not rivals and self.plain.taken(lease.item) < OVERLAP
        fits = lease.state in ("open", "overdue") or late
        self.plain.clock += 1
        try:
            submit(assignment=self.row(lease), answers={"intent": value}, idempotency_key=f"key {self.plain.clock}")
        except AssignmentClosed:
            assert not fits
            assert Assignment.objects.get(pk=lease.pk).draft == {"intent": value}
            lease.drafted = True
        else:
            assert fits
            lease.state, lease.value, lease.order, lease.drafted = "answered", value, self.plain.clock, False

    @precondition(lambda self: any(lease.order for lease in self.plain.leases.values()))
    @rule(pick=PICK)
    def sends_the_same_again(self, pick: int) -> None:
        sent = [lease for lease in self.plain.leases.values() if lease.order]
        lease = sent[pick % len(sent)]
        try:
            _, new = submit(
                assignment=self.row(lease), answers={"intent": lease.value}, idempotency_key=f"key {lease.order}"
            )
        except KeyReused:
            assert lease.state != "answered"
        except AssignmentClosed:
            raise AssertionError("a repeated answer was called late") from None
        else:
            assert lease.state == "answered" and not new

    @precondition(lambda self: self.plain.leases)
    @rule(pick=PICK)
    def skips(self, pick: int) -> None:
        lease = self.pick(pick)
        try:
            skip(self.row(lease))
        except AssignmentClosed:
            assert lease.state not in ("open", "overdue")
        else:
            assert lease.state in ("open", "overdue")
            lease.state = "skipped"

    @precondition(lambda self: self.plain.leases)
    @rule(pick=PICK)
    def takes_up_again(self, pick: int) -> None:
        lease = self.pick(pick)
        free = self.plain.taken(lease.item) < OVERLAP and self.plain.stage(lease.item) != Stage.SETTLED
        try:
            reopen(self.row(lease))
        except Conflict:
            assert lease.state != "skipped" or not free
        else:
            assert lease.state == "skipped" and free
            lease.state = "open"

    @precondition(lambda self: self.plain.leases)
    @rule(pick=PICK)
    def gives_back_unused(self, pick: int) -> None:
        lease = self.pick(pick)
        unused = lease.state in ("open", "overdue") and not lease.drafted
        assert release(self.row(lease)) == unused
        if unused:
            lease.state = "expired"

    @precondition(lambda self: self.plain.leases)
    @rule(pick=PICK)
    def leaves_a_draft(self, pick: int) -> None:
        lease = self.pick(pick)
        try:
            save_draft(self.row(lease), {"intent": "refund"})
        except AssignmentClosed:
            assert lease.state in ("answered", "skipped")
        else:
            lease.drafted = True

    @rule(who=WHO)
    def takes_back(self, who: int) -> None:
        mine = [lease for lease in self.plain.leases.values() if lease.who == who and lease.state == "answered"]
        newest = max(mine, key=lambda lease: lease.order, default=None)
        found = find_undoable(self.annotator(who).pk)
        if newest is None or newest.item in self.plain.decided:
            assert found is None
            return
        assert found is not None and found.assignment_id == newest.pk
        assert undo(found).draft == {"intent": newest.value}
        newest.state, newest.drafted = "open", True

    @precondition(lambda self: self.plain.leases)
    @rule(pick=PICK)
    def time_passes_for(self, pick: int) -> None:
        lease = self.pick(pick)
        if lease.state == "open":
            Assignment.objects.filter(pk=lease.pk).update(expires_at=Now() - timedelta(seconds=1))
            lease.state = "overdue"

    @rule()
    def sweeps(self) -> None:
        sweep()
        self.plain.expire_overdue()
        assert release_overdue() == 0

    @rule(pick=PICK, value=VALUE)
    def decides(self, pick: int, value: str) -> None:
        item = Item.objects.get(pk=self.plain.items[pick % len(self.plain.items)])
        resolve(item=item, reviewer=self.lead, answers={"intent": value}, version=item.version)
        self.plain.decided[item.pk] = value

    @rule(count=st.integers(1, 2))
    def imports(self, count: int) -> None:
        self.bring(count)

    # What is true after each of them

    @invariant()
    def both_worlds_are_the_same(self) -> None:
        rows = {item.pk: item for item in Item.objects.filter(project=self.project)}
        assert sorted(rows) == self.plain.items
        for pk, item in rows.items():
            assert (item.taken, item.stage) == (self.plain.taken(pk), self.plain.stage(pk)), pk
        answers = Annotation.objects.current().filter(project=self.project).values_list("assignment", "answers")
        assert {pk: given["intent"] for pk, given in answers} == {
            lease.pk: lease.value for lease in self.plain.leases.values() if lease.state == "answered"
        }
        states = dict(Assignment.objects.filter(project=self.project).values_list("pk", "state"))
        known = {pk: lease.state.replace("overdue", "open") for pk, lease in self.plain.leases.items()}
        assert states == known
        for who in range(3):
            live = self.plain.live(who)
            found = find_open(self.annotator(who))
            assert (found.pk if found else None) == (live[0] if live else None)

    # Between the worlds

    def bring(self, count: int) -> None:
        texts = [f"message {self.imported + number}" for number in range(count)]
        self.imported += count
        add_items(self.project, [{"fields": {"text": text}} for text in texts])
        self.plain.items = sorted(Item.objects.filter(project=self.project).values_list("pk", flat=True))

    def annotator(self, who: int) -> Annotator:
        return Annotator.objects.select_related("project").get(project=self.project, user=self.people[who])

    def pick(self, number: int) -> Lease:
        leases = list(self.plain.leases.values())
        return leases[number % len(leases)]

    def row(self, lease: Lease) -> Assignment:
        return Assignment.objects.select_related("item", "annotator", "project").get(pk=lease.pk)

    def follow_release(self) -> None:
        """A claim that went round has swept the project's overdue leases; one that did not, none of them."""
        overdue = [pk for pk, lease in self.plain.leases.items() if lease.state == "overdue"]
        left = Assignment.objects.overdue().filter(pk__in=overdue).count()
        assert left in (0, len(overdue))
        if not left:
            self.plain.expire_overdue()


def test_whatever_people_do_in_whatever_order_the_rows_are_what_a_plain_model_says(cast: Cast) -> None:
    cast.policy(overlap=OVERLAP)
    add_member(cast.project, create_user("third"), "annotator", by=cast.lead)

    class Here(Flow):
        project = cast.project
        lead = cast.lead
        people = [cast.annotator, cast.second, User.objects.get(username="third")]

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
