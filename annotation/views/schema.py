"""A project's questions while it is under way: change them, see what that touches, take it back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import BaseForm, BaseFormSet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from annotation.forms.designing import QuestionForm, question_row
from annotation.forms.reshaping import (
    ChangeQuestionForm,
    MergeForm,
    OptionRows,
    SplitForm,
    edited_options,
    option_rows,
)
from annotation.models import JobState, Membership, SchemaChange
from annotation.questions import Question, dump_questions, type_of
from annotation.questions.speech import number
from annotation.reports.jobs import job_progress
from annotation.workflow.access import get_manager_membership_for, get_schema_change_for
from annotation.workflow.errors import Conflict, Refused
from annotation.workflow.gauging import preview_change, preview_undo
from annotation.workflow.reshaping import change_questions, retry_change, undo_change

from .jobs import card_of
from .rendering import page, warned
from .requests import SignedInRequest

SECTION = "settings"
LISTED = 30


@login_required
@require_GET
def schema(request: SignedInRequest, slug: str) -> HttpResponse:
    """What is asked, a form for each change of it, and the changes so far."""
    return _page(request, get_manager_membership_for(request.user, slug))


@login_required
@require_POST
def schema_preview(request: SignedInRequest, slug: str) -> HttpResponse:
    """What a change would do, in figures, before anything happens; it is confirmed on this page."""
    membership = get_manager_membership_for(request.user, slug)
    kind, name = str(request.POST.get("kind", "")), str(request.POST.get("question", ""))
    questions = {question.name: question for question in membership.project.question_list}
    form = _bound(kind, questions.get(name), request.POST)
    change = _asked(kind, name, questions.get(name), form)
    if change is None:
        return _page(request, membership, bound=(kind, name, form), status=422)
    try:
        changed, effect = preview_change(membership.project, change)
    except Refused as refusal:
        return _page(request, membership, bound=(kind, name, form), error=str(refusal), status=422)
    before = {each["name"]: each for each in membership.project.questions}
    context = {
        "effect": effect,
        "change": json.dumps(change, ensure_ascii=False),
        "version": membership.project.schema_version,
        "differing": [each for each in changed.questions if before.get(each["name"]) != each],
    }
    return page(request, membership, "project/schema_preview.html", context, section=SECTION)


@login_required
@require_POST
def schema_change(request: SignedInRequest, slug: str) -> HttpResponse:
    membership = get_manager_membership_for(request.user, slug)
    version = str(request.POST.get("version", ""))
    try:
        change = json.loads(str(request.POST.get("change", "")))
        seen = int(version) if version.isdecimal() and len(version) < 10 else None
        if not isinstance(change, dict):
            raise ValueError
        made = change_questions(membership.project, change, user=request.user, version=seen)
    except (ValueError, RecursionError):
        return _page(request, membership, error=_("This change could not be read. Please make it again."), status=422)
    except Refused as refusal:
        status = 409 if isinstance(refusal, Conflict) else 422
        return _page(request, membership, error=str(refusal), status=status)
    messages.success(request, _("The new questions are asked from now on.") + _following(made))
    return redirect("schema", slug)


@login_required
@require_POST
def schema_undo(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Asks first, with figures, where answers given since have to be given anew."""
    membership = get_manager_membership_for(request.user, slug)
    change = get_schema_change_for(membership, pk)
    if "confirmed" not in request.POST and change.undoes_id is None:
        effect = preview_undo(change)
        if effect.answers or effect.decisions:
            context = {"effect": effect, "undoes": change}
            return page(request, membership, "project/schema_preview.html", context, section=SECTION)
    with warned(request):
        made = undo_change(change, user=request.user)
        messages.success(request, _("The earlier questions are asked again.") + _following(made))
    return redirect("schema", slug)


@login_required
@require_POST
def schema_retry(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    membership = get_manager_membership_for(request.user, slug)
    with warned(request):
        retry_change(get_schema_change_for(membership, pk))
    return redirect("schema", slug)


def _following(change: SchemaChange) -> str:
    return _(" The answers follow in the background; everybody can go on working.") if change.is_active else ""


def _page(
    request: SignedInRequest,
    membership: Membership,
    *,
    bound: tuple[str, str, BaseForm | BaseFormSet | None] = ("", "", None),
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    project = membership.project
    project.refresh_from_db(fields=["questions", "schema_version", "shape_version"])
    kind, name, form = bound
    cards = []
    for question in project.question_list:
        forms = _forms(question)
        if name == question.name and kind in forms and form is not None:
            forms[kind] = form
        cards.append(
            {
                "question": question,
                "type": type_of(question),
                "forms": forms,
                "lists_options": type_of(question).lists_options,
                "places": type_of(question).shuffled,
                "open": name == question.name,
                "error": error if name == question.name else "",
                "at_fault": kind if name == question.name else "",
            }
        )
    rows = project.schema_changes.select_related("created_by", "project", "undoes__project")[:LISTED]
    changes = list(rows)
    context = {
        "cards": cards,
        "new_question": form
        if kind == "add_question" and form is not None
        else QuestionForm(initial={"required": True}),
        "adding": kind == "add_question",
        "error": error,
        "error_shown": any(card["error"] for card in cards),
        "changes": changes,
        "job": _job(changes[0]) if changes and changes[0].state != JobState.DONE else None,
        "undoable": changes[0].pk if changes and changes[0].undoes_id is None else None,
    }
    return page(
        request, membership, "project/schema.html", context, section=SECTION, partial="project/schema_changes.html",
        status=status,
    )  # fmt: skip


def _job(change: SchemaChange) -> dict[str, Any]:
    """The context of components/job.html."""
    progress = job_progress(change)
    retry = reverse("schema_retry", args=[change.project.slug, change.pk])
    return card_of(
        change,
        progress,
        "schema",
        change.told(),
        rate=_("%(rate)s items/s") % {"rate": number(round(progress.rate))} if progress.rate else "",
        resume_url=retry if change.state == JobState.FAILED else "",
    )


def _forms(question: Question) -> dict[str, Any]:
    [definition] = dump_questions([question])
    changing = ChangeQuestionForm(initial=question_row(definition), auto_id=_ids("change_question", question))
    forms: dict[str, Any] = {"change_question": changing}
    if type_of(question).lists_options:
        ids = _ids("edit_options", question)
        forms["edit_options"] = OptionRows(initial=option_rows(question), prefix="options", auto_id=ids)
        if not type_of(question).shuffled:
            forms["merge_options"] = MergeForm(question, auto_id=_ids("merge_options", question))
            forms["split_option"] = SplitForm(question, auto_id=_ids("split_option", question))
    return forms


def _ids(kind: str, question: Question) -> str:
    """The page has the same forms for every question; their controls' ids must differ."""
    return f"{question.name}-{kind}-%s"


def _bound(kind: str, question: Question | None, data: Mapping[str, Any]) -> Any:
    """The form that was posted; None for a change without one."""
    if kind == "add_question":
        return QuestionForm(data)
    if question is None:
        return None
    ids = _ids(kind, question)
    if kind == "change_question":
        return ChangeQuestionForm({**_flat(data), "type": question.type, "name": question.name}, auto_id=ids)
    if kind == "edit_options":
        return OptionRows(data, initial=option_rows(question), prefix="options", auto_id=ids)
    if kind == "merge_options":
        return MergeForm(question, data, auto_id=ids)
    return SplitForm(question, data, auto_id=ids) if kind == "split_option" else None


def _flat(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: data.get(key, "") for key in data}


def _asked(kind: str, name: str, question: Question | None, form: Any) -> dict[str, Any] | None:
    """The change that a valid form asks for; None where it is not valid."""
    if form is None:
        return {"kind": kind, "question": name}
    if not form.is_valid():
        return None
    if kind == "add_question":
        return {"kind": kind, "definition": form.definition}
    if kind == "edit_options":
        return edited_options(name, form)
    if kind == "change_question":
        assert question is not None
        return form.change(dump_questions([question])[0])
    given = form.cleaned_data
    if kind == "split_option":
        return {"kind": kind, "question": name, "option": given["option"], "into": given["into"]}
    into = {key: given[key] for key in ("value", "title") if given[key]}
    return {"kind": kind, "question": name, "options": given["options"], "into": into}
