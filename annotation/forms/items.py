"""Which items to list."""

from __future__ import annotations

from typing import Any

from django import forms

from annotation.models import Labeler, Project, Stage

from .paging import CursorForm


class ItemFilterForm(CursorForm):
    """Filters of the item list, and the cursor of its pages. Nothing else in the address reaches the database."""

    search = forms.CharField(label="Search", required=False, max_length=200)
    stage = forms.ChoiceField(label="Stage", required=False, choices=[("", "Any stage"), *Stage.choices])
    label = forms.ChoiceField(label="Label", required=False)
    # A cell of a model's confusion with people: items that people call one thing and the model another.
    labeler = forms.ModelChoiceField(Labeler.objects.none(), required=False, widget=forms.HiddenInput)
    question = forms.ChoiceField(required=False, widget=forms.HiddenInput)
    people = forms.CharField(required=False, max_length=200, strip=False, widget=forms.HiddenInput)
    model = forms.CharField(required=False, max_length=200, strip=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups = [
            (question.title, [(f"{question.name}:{option.value}", option.title) for option in question.options])
            for question in project.question_list
        ]
        field: Any = self.fields["label"]
        field.choices = [("", "Any label"), *(groups if len(groups) > 1 else groups[0][1])]
        labelers: Any = self.fields["labeler"]
        labelers.queryset = Labeler.objects.filter(project=project).select_related("annotator", "project")
        questions: Any = self.fields["question"]
        questions.choices = [("", ""), *((question.name, question.title) for question in project.question_list)]

    @property
    def label_filter(self) -> tuple[str, str] | None:
        """(question, value), where one is asked for."""
        question, _, value = self.cleaned_data.get("label", "").partition(":")
        return (question, value) if question else None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("labeler") and not cleaned.get("question") and "question" not in self.errors:
            self.add_error("question", "Name the question on which this model is compared with people.")
        return cleaned

    @property
    def is_filtered(self) -> bool:
        return any(self.cleaned_data.get(name) for name in ("search", "stage", "label", "labeler"))
