"""A new project with one question; its guidelines and its policy afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from annotation.models import POLICY, Annotator, Project
from annotation.workflow.projects import GUIDELINES_LENGTH, Definition

MOST_OPTIONS = 200
NAME_LENGTH = 63

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

GUIDELINES_HELP = _("Markdown, shown beside every item and read by model annotators.")
OVERLAP_HELP = _("With 2 or more, disagreement becomes visible and is resolved. 1 is quickest.")
BLIND_HELP = _("People are not led by a model’s guess, and you can measure how well it does.")


class OptionsField(forms.CharField):
    """One option per line: `value`, or `value: what it means`. Cleans to the options of a question."""

    widget = forms.Textarea(attrs={"rows": 6, "spellcheck": "false"})

    def clean(self, value: Any) -> list[dict[str, str]]:
        lines = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        options = []
        for line in lines:
            name, _colon, description = line.partition(":")
            if not name.strip():
                raise forms.ValidationError(_("“%(line)s” has no option before the colon.") % {"line": line[:80]})
            options.append({"value": name.strip(), "description": description.strip()})
        values = [option["value"] for option in options]
        twice = next((each for each in values if values.count(each) > 1), None)
        if twice is not None:
            raise forms.ValidationError(_("“%(twice)s” is listed twice.") % {"twice": twice[:80]})
        if not 2 <= len(options) <= MOST_OPTIONS:
            raise forms.ValidationError(
                _("List 2 to %(most_options)s options, one per line.") % {"most_options": MOST_OPTIONS}
            )
        return options


class GuidelinesField(forms.CharField):
    """Markdown. Browsers send CRLF; what was saved unchanged must not become a new version."""

    def __init__(self, rows: int, help_text: StrOrPromise = GUIDELINES_HELP) -> None:
        super().__init__(
            label=_("Guidelines"),
            required=False,
            max_length=GUIDELINES_LENGTH,
            strip=False,
            widget=forms.Textarea(attrs={"rows": rows}),
            help_text=help_text,
        )

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n")


class ProjectForm(forms.Form):
    """What is asked of each item, and how. Everything but the question can be changed later."""

    name = forms.CharField(label=_("Name"), max_length=200)
    title = forms.CharField(
        label=_("Question"),
        max_length=200,
        help_text=_("As annotators read it, such as “What does the customer want?”"),
    )
    options = OptionsField(
        label=_("Options"), help_text=_("One per line. A colon adds what it means, such as “refund: wants money back”.")
    )
    field_name = forms.CharField(
        label=_("Name of the text field"),
        initial="text",
        max_length=NAME_LENGTH,
        help_text=_("What your items show. A column with this name is found by itself when you upload."),
    )
    guidelines = GuidelinesField(rows=8)
    overlap = forms.IntegerField(
        label=_("People per item"), min_value=1, max_value=50, initial=1, help_text=OVERLAP_HELP
    )
    blind_first = forms.BooleanField(
        label=_("Show suggestions only after the answer"), required=False, help_text=BLIND_HELP
    )

    # Where the verb names what it refuses differently.
    FIELDS = {"fields": "field_name", "questions": "options"}

    @property
    def definition(self) -> Definition:
        """As `create_project` takes it. Call on a valid form."""
        given = self.cleaned_data
        question = {
            "name": question_name(given["title"]),
            "type": "choice",
            "title": given["title"],
            "options": given["options"],
        }
        return Definition(
            name=given["name"],
            fields=[{"name": given["field_name"], "type": "text"}],
            questions=[question],
            guidelines=given["guidelines"],
            policy={"overlap": given["overlap"], "blind_first": given["blind_first"]},
        )


class GuidelinesForm(forms.Form):
    guidelines = GuidelinesField(
        rows=16,
        help_text=_("Markdown, shown beside every item and read by model annotators. A change makes a new version."),
    )


# The policy as a lead reads it: each part with its keys.
PARTS = (
    (_("People"), ("overlap", "min_human", "accept_threshold", "blind_first")),
    (_("Models"), ("target_accuracy", "audit_share", "accept_by_class")),
    (_("Known answers"), ("gold_rate", "gold_feedback", "qualification_items", "qualification_mark")),
    (_("Fusing votes"), ("fusion", "trusted")),
    (_("Disputes"), ("resolution", "debate_rounds", "dispute_budget", "judge_settles")),
    (_("Review"), ("review_share", "anonymous_review")),
)


class PolicyForm(forms.ModelForm):
    """How answers are routed. Shares are typed as shares, between 0 and 1. Never saved: `change_policy` does that."""

    class Meta:
        model = Project
        # Chosen from a list of people and models, which no model field has.
        fields = [key for key in POLICY if key != "trusted"]
        labels = {
            "overlap": _("People per item"),
            "min_human": _("Answers before an item may settle early"),
            "accept_threshold": _("Share of the votes at which an item settles"),
            "target_accuracy": _("Accuracy that models must prove before they settle items alone"),
            "audit_share": _("Share of items that always goes to people, blind"),
            "blind_first": _("Show suggestions only after the answer"),
            "gold_rate": _("Share of everybody’s items that are hidden checks"),
            "gold_feedback": _("Say after a check what the known answer is"),
            "qualification_items": _("Checks that an annotator answers before anything else"),
            "qualification_mark": _("Share of those that has to be right"),
            "fusion": _("How votes are fused"),
            "accept_by_class": _("Models prove each answer by itself"),
            "review_share": _("Share of what people settle that a reviewer looks at"),
            "anonymous_review": _("Reviewers do not see who answered"),
            "resolution": _("Who looks first at what people differ on"),
            "debate_rounds": _("Rounds of a debate at most"),
            "dispute_budget": _("What a panel or a debate may cost per item"),
            "judge_settles": _("What their verdict is worth"),
        }
        help_texts = {
            "overlap": _("With 2 or more, disagreement becomes visible and is resolved. 1 is quickest. At most 50."),
            "min_human": _("At most the number above. With 0, models may settle items alone once audits license them."),
            "accept_threshold": _("0.5 to 1. Higher asks more people and sends more to review."),
            "target_accuracy": _("0.5 to 0.999, shown with a confidence of 0.95 on the audited items."),
            "audit_share": _("0 to 1. They measure models fairly. Applies to what is uploaded from now on."),
            "blind_first": BLIND_HELP,
            "gold_rate": _(
                "0 to 0.5. Checks are items that were uploaded with a known answer; they take nobody’s place."
            ),
            "gold_feedback": _("People learn from it. The answer to an item with a known answer then stands as it is."),
            "qualification_items": _("0 for none, at most 200. Reviewers and managers are not asked."),
            "qualification_mark": _("0 to 1. A skipped item counts as not right."),
            "fusion": _(
                "Automatically: the majority while there are few votes, then what each annotator’s answers are worth."
            ),
            "accept_by_class": _("Models then settle alone only the answers that audits prove; it takes more audits."),
            "review_share": _(
                "0 to 1. Drawn by lot: more of those whose answers are often changed, less of those whose stand."
            ),
            "anonymous_review": _("A letter stands for each, drawn anew for every item. Managers see names elsewhere."),
            "resolution": _(
                "A panel or a debate takes several judges, best of different model families; add them under Models."
            ),
            "debate_rounds": _("1 to 5. It ends earlier where all agree."),
            "dispute_budget": _("In the currency of the connections’ prices. 0 for no limit."),
            "judge_settles": _(
                "A judge may settle items only while it passes the test against people on its page under Models."
            ),
        }

    trusted = forms.ChoiceField(
        label=_("Who is trusted"), required=False, help_text=_("Only where one annotator is trusted above all others.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = Annotator.objects.filter(project=self.instance).values_list("name", flat=True)
        named = [(name, name) for name in dict.fromkeys([*names, self.instance.trusted]) if name]
        trusted = cast(forms.ChoiceField, self.fields["trusted"])
        trusted.choices = [("", _("Whoever has the most known answers right")), *named]
        trusted.initial = self.instance.trusted
        self.order_fields(POLICY)

    def parts(self) -> list[tuple[StrOrPromise, list[forms.BoundField]]]:
        """Every field once, under its part's title."""
        return [(title, [self[key] for key in keys]) for title, keys in PARTS]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        # Before the database's own words for the same rule.
        if cleaned.get("min_human", 0) > cleaned.get("overlap", cleaned.get("min_human", 0)):
            self.add_error("min_human", _("At most as many as are asked for each item."))
        return cleaned


def question_name(title: str) -> str:
    """A name in the data for a question that people know by its title."""
    name = slugify(title).replace("-", "_").strip("_")[:NAME_LENGTH]
    return name if name[:1].isalpha() else "label"
