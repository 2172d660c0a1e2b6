"""A dataset being annotated: what is shown, what is asked, and how answers are routed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from annotation.questions import Question, parse_questions

if TYPE_CHECKING:
    from .user import User


class Lifecycle(models.TextChoices):
    """The stage of a language model's life that the dataset serves (arXiv 2410.12896, §4)."""

    PRE_TRAINING = "pre_training", _("Pre-training")
    FINE_TUNING = "fine_tuning", _("Fine-tuning")
    INSTRUCTION_TUNING = "instruction_tuning", _("Instruction tuning")
    PREFERENCE_ALIGNMENT = "preference_alignment", _("Preference alignment")
    EVALUATION = "evaluation", _("Evaluation")


class Fusion(models.TextChoices):
    """How votes become one. AUTO: majority while there is little to go by, then anchored confusion matrices."""

    AUTO = "auto", _("Automatically")
    MAJORITY = "majority", _("Majority")
    WAWA = "wawa", _("Majority, weighted by agreement")
    DAWID_SKENE = "dawid_skene", "Dawid–Skene"
    ANCHORED = "anchored", _("Dawid–Skene, anchored on known answers")
    EBCC = "ebcc", _("EBCC: annotators that err together")
    MACE = "mace", _("MACE: annotators that guess")
    TRUST_ONE = "trust_one", _("Trust one annotator")


class Ruling(models.TextChoices):
    """Who looks at an item on which people differ, before a reviewer does."""

    NONE = "none", _("Nobody; reviewers decide")
    JUDGE = "judge", _("One judge")
    PANEL = "panel", _("A panel: all judges vote, each by itself")
    DEBATE = "debate", _("A debate: all judges argue, nameless, until they agree")


class Settling(models.TextChoices):
    """What a verdict is worth."""

    ADVISE = "advise", _("It is advice to the reviewer")
    SETTLE = "settle", _("It settles the item, once tests against people allow that")


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
    "fusion",
    "trusted",
    "accept_by_class",
    "review_share",
    "anonymous_review",
    "resolution",
    "debate_rounds",
    "dispute_budget",
    "judge_settles",
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
        _("people per item"), default=1, validators=[MinValueValidator(1), MaxValueValidator(50)]
    )
    min_human = models.PositiveSmallIntegerField(_("answers before an item may settle early"), default=1)
    accept_threshold = models.FloatField(
        _("posterior at which an item settles"), default=0.8, validators=[MinValueValidator(0.5), MaxValueValidator(1)]
    )
    target_accuracy = models.FloatField(
        _("accuracy that labels accepted from models must have"),
        default=0.95,
        validators=[MinValueValidator(0.5), MaxValueValidator(0.999)],
    )
    audit_share = models.FloatField(
        _("share of items that always goes to people, blind"),
        default=0.1,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
    )
    blind_first = models.BooleanField(_("show suggestions only after the answer"), default=False)
    gold_rate = models.FloatField(
        _("share of a person’s items that are hidden checks"),
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(0.5)],
    )
    gold_feedback = models.BooleanField(_("say after a check what the known answer is"), default=False)
    qualification_items = models.PositiveSmallIntegerField(
        _("checks that a newcomer answers first"), default=0, validators=[MaxValueValidator(200)]
    )
    qualification_mark = models.FloatField(
        _("share of them that has to be right"), default=0.8, validators=[MinValueValidator(0), MaxValueValidator(1)]
    )
    fusion = models.CharField(_("how votes are fused"), max_length=20, choices=Fusion, default=Fusion.AUTO)
    trusted = models.CharField(
        _("who is trusted"),
        max_length=200,
        blank=True,
        default="",
        help_text="An annotator's name; empty: by known answers.",
    )
    accept_by_class = models.BooleanField(_("a licence of its own for each answer"), default=False)
    review_share = models.FloatField(
        _("share of what people settle that a reviewer looks at"),
        default=0,
        db_default=0,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
    )
    anonymous_review = models.BooleanField(_("reviewers do not see who answered"), default=False, db_default=False)
    resolution = models.CharField(
        _("who looks at disputes first"), max_length=10, choices=Ruling, default=Ruling.JUDGE, db_default=Ruling.JUDGE
    )
    debate_rounds = models.PositiveSmallIntegerField(
        _("rounds of a debate at most"),
        default=3,
        db_default=3,
        validators=[MinValueValidator(1), MaxValueValidator(5)],
    )
    dispute_budget = models.FloatField(
        _("what models may cost per disputed item"),
        default=0,
        db_default=0,
        validators=[MinValueValidator(0), MaxValueValidator(1_000)],
    )
    judge_settles = models.CharField(
        _("what a verdict is worth"),
        max_length=10,
        choices=Settling,
        default=Settling.ADVISE,
        db_default=Settling.ADVISE,
    )

    # What routing asks of every item, kept here by the verbs that decide it.
    licensed = models.BooleanField(
        default=False, help_text="Blind audits show that confident models reach the target accuracy."
    )
    licence_thresholds = models.JSONField(
        default=dict, help_text="{answer, or “” for all: the posterior from which on models settle alone}"
    )
    licence_standing = models.JSONField(default=list, help_text="What the audits prove so far, as leads are shown it.")
    fitting = models.ForeignKey(
        "Fitting", models.SET_NULL, null=True, related_name="+", help_text="Whose fits apply; null where none does."
    )

    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ProjectQuerySet.as_manager()

    # The list that was parsed last, and what it gave.
    _parsed: tuple[object, tuple[Question, ...]] | None = None

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
        """`questions` parsed, once per list: who changes what is asked assigns another list."""
        if self._parsed is None or self._parsed[0] is not self.questions:
            self._parsed = (self.questions, parse_questions(self.questions))
        return self._parsed[1]

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
