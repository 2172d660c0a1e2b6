"""A new project with one question; its guidelines and its policy afterwards."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import slugify

from annotation.models import POLICY, Project
from annotation.workflow.projects import GUIDELINES_LENGTH, Definition

MOST_OPTIONS = 200
NAME_LENGTH = 63

GUIDELINES_HELP = "Markdown, shown beside every item and read by model annotators."
OVERLAP_HELP = "With 2 or more, disagreement becomes visible and is resolved. 1 is quickest."
BLIND_HELP = "People are not led by a model’s guess, and you can measure how well it does."


class OptionsField(forms.CharField):
    """One option per line: `value`, or `value: what it means`. Cleans to the options of a question."""

    widget = forms.Textarea(attrs={"rows": 6, "spellcheck": "false"})

    def clean(self, value: Any) -> list[dict[str, str]]:
        lines = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        options = []
        for line in lines:
            name, _, description = line.partition(":")
            if not name.strip():
                raise forms.ValidationError(f"“{line[:80]}” has no option before the colon.")
            options.append({"value": name.strip(), "description": description.strip()})
        values = [option["value"] for option in options]
        twice = next((each for each in values if values.count(each) > 1), None)
        if twice is not None:
            raise forms.ValidationError(f"“{twice[:80]}” is listed twice.")
        if not 2 <= len(options) <= MOST_OPTIONS:
            raise forms.ValidationError(f"List 2 to {MOST_OPTIONS} options, one per line.")
        return options


class GuidelinesField(forms.CharField):
    """Markdown. Browsers send CRLF; what was saved unchanged must not become a new version."""

    def __init__(self, rows: int, help_text: str = GUIDELINES_HELP) -> None:
        super().__init__(
            label="Guidelines",
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

    name = forms.CharField(label="Name", max_length=200)
    title = forms.CharField(
        label="Question", max_length=200, help_text="As annotators read it, such as “What does the customer want?”"
    )
    options = OptionsField(
        label="Options", help_text="One per line. A colon adds what it means, such as “refund: wants money back”."
    )
    field_name = forms.CharField(
        label="Name of the text field",
        initial="text",
        max_length=NAME_LENGTH,
        help_text="What your items show. A column with this name is found by itself when you upload.",
    )
    guidelines = GuidelinesField(rows=8)
    overlap = forms.IntegerField(label="People per item", min_value=1, max_value=50, initial=1, help_text=OVERLAP_HELP)
    blind_first = forms.BooleanField(
        label="Show suggestions only after the answer", required=False, help_text=BLIND_HELP
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
    guidelines = GuidelinesField(rows=16, help_text=f"{GUIDELINES_HELP} A change makes a new version.")


class PolicyForm(forms.ModelForm):
    """How answers are routed. Shares are typed as shares, between 0 and 1. Never saved: `change_policy` does that."""

    class Meta:
        model = Project
        fields = POLICY
        labels = {
            "overlap": "People per item",
            "min_human": "Answers before an item may settle early",
            "accept_threshold": "Share of the votes at which an item settles",
            "target_accuracy": "Accuracy that models must prove before they settle items alone",
            "audit_share": "Share of items that always goes to people, blind",
            "blind_first": "Show suggestions only after the answer",
            "gold_rate": "Share of everybody’s items that are hidden checks",
            "gold_feedback": "Say after a check what the known answer is",
            "qualification_items": "Checks that an annotator answers before anything else",
            "qualification_mark": "Share of those that has to be right",
        }
        help_texts = {
            "overlap": f"{OVERLAP_HELP} At most 50.",
            "min_human": "At most the number above. With 0, models may settle items alone once audits license them.",
            "accept_threshold": "0.5 to 1. Higher asks more people and sends more to review.",
            "target_accuracy": "0.5 to 0.999, shown with 95 % confidence on the audited items.",
            "audit_share": "0 to 1. They measure models fairly. Applies to what is uploaded from now on.",
            "blind_first": BLIND_HELP,
            "gold_rate": "0 to 0.5. Checks are items that were uploaded with a known answer; they take nobody’s place.",
            "gold_feedback": "People learn from it. The answer to an item with a known answer then stands as it is.",
            "qualification_items": "0 for none, at most 200. Reviewers and managers are not asked.",
            "qualification_mark": "0 to 1. A skipped item counts as not right.",
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        # Before the database's own words for the same rule.
        if cleaned.get("min_human", 0) > cleaned.get("overlap", cleaned.get("min_human", 0)):
            self.add_error("min_human", "At most as many as are asked for each item.")
        return cleaned


def question_name(title: str) -> str:
    """A name in the data for a question that people know by its title."""
    name = slugify(title).replace("-", "_").strip("_")[:NAME_LENGTH]
    return name if name[:1].isalpha() else "label"
