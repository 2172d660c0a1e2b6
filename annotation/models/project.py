"""A dataset being annotated: what is shown, what is asked, and how answers are routed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from annotation.questions import Question, parse_questions

if TYPE_CHECKING:
    from .user import User


class Lifecycle(models.TextChoices):
    """The stage of a language model's life that the dataset serves (arXiv 2410.12896, §4)."""

    PRE_TRAINING = "pre_training", "Pre-training"
    FINE_TUNING = "fine_tuning", "Fine-tuning"
    INSTRUCTION_TUNING = "instruction_tuning", "Instruction tuning"
    PREFERENCE_ALIGNMENT = "preference_alignment", "Preference alignment"
    EVALUATION = "evaluation", "Evaluation"


# The fields of a project's routing policy (DESIGN §6).
POLICY = (
    "overlap",
    "min_human",
    "accept_threshold",
    "target_accuracy",
    "audit_share",
    "blind_first",
    "gold_rate",
    "gold_feedback",
    "qualification_items",
    "qualification_mark",
)


class ProjectQuerySet(models.QuerySet["Project"]):
    def visible_to(self, user: User) -> ProjectQuerySet:
        """The projects that `user` is a member of; administrators see what they belong to, like everyone."""
        return self.filter(memberships__user=user)


class Project(models.Model):
    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=80, unique=True)
    guidelines = models.TextField(blank=True, help_text="Markdown, shown beside every item.")
    guidelines_version = models.PositiveIntegerField(default=1)
    fields = models.JSONField(help_text="What an item shows: a list of {name, type, title}.")
    questions = models.JSONField(help_text="What is asked: a list of {name, type, title, options…}.")
    schema_version = models.PositiveIntegerField(default=1)
    shape_version = models.PositiveIntegerField(
        default=1, help_text="The schema version since which answers have the shape they have now."
    )
    lifecycle = models.CharField(max_length=30, choices=Lifecycle, default=Lifecycle.FINE_TUNING)

    # The routing policy: POLICY.
    overlap = models.PositiveSmallIntegerField(
        "people per item", default=1, validators=[MinValueValidator(1), MaxValueValidator(50)]
    )
    min_human = models.PositiveSmallIntegerField("answers before an item may settle early", default=1)
    accept_threshold = models.FloatField(
        "posterior at which an item settles", default=0.8, validators=[MinValueValidator(0.5), MaxValueValidator(1)]
    )
    target_accuracy = models.FloatField(
        "accuracy that labels accepted from models must have",
        default=0.95,
        validators=[MinValueValidator(0.5), MaxValueValidator(0.999)],
    )
    audit_share = models.FloatField(
        "share of items that always goes to people, blind",
        default=0.1,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
    )
    blind_first = models.BooleanField("show suggestions only after the answer", default=False)
    gold_rate = models.FloatField(
        "share of a person’s items that are hidden checks",
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(0.5)],
    )
    gold_feedback = models.BooleanField("say after a check what the known answer is", default=False)
    qualification_items = models.PositiveSmallIntegerField(
        "checks that a newcomer answers first", default=0, validators=[MaxValueValidator(200)]
    )
    qualification_mark = models.FloatField(
        "share of them that has to be right", default=0.8, validators=[MinValueValidator(0), MaxValueValidator(1)]
    )
    licensed = models.BooleanField(
        default=False, help_text="Blind audits show that confident models reach the target accuracy."
    )

    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=Q(overlap__gte=1, overlap__lte=50), name="project_overlap_1_to_50"),
            models.CheckConstraint(condition=Q(min_human__lte=F("overlap")), name="project_min_human_within_overlap"),
            models.CheckConstraint(
                condition=Q(accept_threshold__gte=0.5, accept_threshold__lte=1), name="project_accept_threshold_range"
            ),
            models.CheckConstraint(
                condition=Q(target_accuracy__gte=0.5, target_accuracy__lte=0.999), name="project_target_accuracy_range"
            ),
            models.CheckConstraint(
                condition=Q(audit_share__gte=0, audit_share__lte=1), name="project_audit_share_range"
            ),
            models.CheckConstraint(condition=Q(gold_rate__gte=0, gold_rate__lte=0.5), name="project_gold_rate_range"),
            models.CheckConstraint(
                condition=Q(qualification_mark__gte=0, qualification_mark__lte=1, qualification_items__lte=200),
                name="project_qualification_range",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def policy(self) -> dict[str, Any]:
        """The routing policy as JSON."""
        return {key: getattr(self, key) for key in POLICY}

    @property
    def question_list(self) -> tuple[Question, ...]:
        return parse_questions(self.questions)

    @property
    def field_names(self) -> list[str]:
        return [field["name"] for field in self.fields]


class ProjectRevision(models.Model):
    """An earlier or current version of a project's guidelines and schema, so that old annotations stay readable."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="revisions")
    guidelines_version = models.PositiveIntegerField()
    schema_version = models.PositiveIntegerField()
    guidelines = models.TextField(blank=True)
    fields = models.JSONField()
    questions = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "guidelines_version", "schema_version"], name="revision_once_per_version"
            )
        ]
