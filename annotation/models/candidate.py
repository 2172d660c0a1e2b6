"""What a recipe proposed: every candidate, whatever became of it, and every reply that is none."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .item import Item
from .synthesis_run import SynthesisRun


class Fate(models.TextChoices):
    KEPT = "kept", gettext_lazy("Became items")
    FILTERED = "filtered", gettext_lazy("Filtered out")
    DUPLICATE = "duplicate", gettext_lazy("Duplicates")
    UNPARSED = "unparsed", gettext_lazy("Not understood")


class Vetting(models.TextChoices):
    """How it is seen to that the items of a group are what they were made to be."""

    SAMPLED = "sampled", gettext_lazy("Drawn as a sample of its group")
    WAITING = "waiting", gettext_lazy("Waits for the sample of its group")
    OPENED = "opened", gettext_lazy("Reviewed by itself")
    ACCEPTED = "accepted", gettext_lazy("Accepted with its group")


class Candidate(models.Model):
    """`number` counts a run's outcomes from 0. `item` is the item that it became; it may be gone."""

    run = models.ForeignKey(SynthesisRun, models.CASCADE, related_name="candidates")
    number = models.PositiveIntegerField()
    fate = models.CharField(max_length=10, choices=Fate)
    reason = models.TextField(blank=True, help_text="Why it is no item.")
    dropped_by = models.CharField(max_length=50, blank=True, help_text="The filter that left it out.")
    operation = models.CharField(max_length=100, blank=True)
    fields = models.JSONField(null=True)
    answers = models.JSONField(
        default=dict, help_text="What it was made to be. A secret from whoever answers or reviews it."
    )
    metadata = models.JSONField(default=dict)
    rationale = models.TextField(blank=True)
    hinted = models.BooleanField(default=False, help_text="The rationale's writer had been told the answer.")
    parents = ArrayField(models.BigIntegerField(), default=list, help_text="Ids of its seeds, in their order.")
    family = models.BigIntegerField(null=True, help_text="The imported item that it comes from in the end.")
    requests = ArrayField(models.IntegerField(), default=list, help_text="Places of the requests it is made of.")
    verdicts = models.JSONField(default=list, help_text="[{filter, passed, value, reason}], in the order of asking.")
    raw = models.TextField(blank=True, help_text="The reply that was not understood.")
    duplicate_of = models.BigIntegerField(null=True, help_text="The item that has the same content.")
    # Without a constraint: an item that is deleted, and brought back, finds its candidate again.
    item = models.OneToOneField(Item, models.DO_NOTHING, null=True, related_name="candidate", db_constraint=False)
    label = models.TextField(
        blank=True, default="", db_default="", help_text="Its answers that can be checked, as JSON: its group's."
    )
    vetting = models.CharField(
        max_length=10, choices=Vetting, blank=True, default="", db_default="", help_text="Empty until its run is over."
    )
    steps = models.JSONField(
        default=list, db_default=[], help_text="Of its rationale, in order: true where a person found it right."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="candidate_once_per_outcome")]
        indexes = [
            models.Index(fields=["run", "fate", "id"], name="candidate_by_fate"),
            models.Index(fields=["run", "vetting", "id"], name="candidate_by_vetting"),
            models.Index(
                F("run"), F("hinted").desc(), F("id"), condition=~Q(rationale=""), name="candidate_by_rationale"
            ),
        ]

    def __str__(self) -> str:
        return _("candidate %(number)s of run %(run)s") % {"number": self.number, "run": self.run_id}
