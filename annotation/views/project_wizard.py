"""Design a new project: from a template, a file, Label Studio, or nothing, with a preview of the card."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from annotation.forms.designing import NEW_QUESTION, Design
from annotation.forms.imports import UploadForm, format_titles, upload_limit
from annotation.forms.projects import ProjectForm
from annotation.models import Item, Project, Upload
from annotation.questions import FIELD_TYPES, InvalidField, check_fields, dump_questions, parse_questions
from annotation.workflow.access import get_upload_for
from annotation.workflow.designing import convert_label_studio, design_for, templates
from annotation.workflow.errors import Refused
from annotation.workflow.projects import create_project
from annotation.workflow.uploading import adopt, keep

from .cards import item_card, question_cards
from .rendering import lead_on, refuse
from .requests import SignedInRequest

EMPTY_FIELD = {"name": "text", "type": "text"}


@login_required
@require_http_methods(["GET", "POST"])
def project_design(request: SignedInRequest) -> HttpResponse:
    """The whole design on one page. A button adds, removes or moves a row; “Create project” makes the project.

    `upload` in the address names a file that the project is for: the design begins with what it holds.
    """
    template = str((request.POST or request.GET).get("template", ""))
    kept = _kept(request)
    if request.method == "GET":
        return _proposed(request, kept) if kept else _page(request, _begun(template), template)
    if "label_studio" in request.POST:
        return _converted(request)
    action = request.POST.get("do", "create")
    if action != "create":
        return _page(request, Design.changed(request.POST, action), template, moved=action, upload=kept)
    design = Design.posted(request.POST)
    if design.is_valid():
        try:
            project = create_project(design.definition, user=request.user)
        except Refused as refusal:
            refuse(design.main, refusal)
        else:
            if kept:
                job = adopt(kept, project, user=request.user)
                messages.success(request, _("“%(name)s” is ready, and so is its file.") % {"name": project.name})
                return redirect("import_detail", project.slug, job.pk)
            messages.success(
                request, _("“%(name)s” is ready. Upload a file, and its rows become items.") % {"name": project.name}
            )
            return redirect("imports", project.slug)
    return _page(request, design, template, status=422, upload=kept)


@login_required
@require_POST
def project_from_file(request: SignedInRequest) -> HttpResponse:
    """Keep a file, and design the project that it is for."""
    form = UploadForm(request.POST, request.FILES)
    status = 413 if form.has_error("file", "too_large") else 422
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            kept = keep(file, file.name, user=request.user)
        except Refused as refusal:
            refuse(form, refusal)
        else:
            return lead_on(request, f"{reverse('project_design')}?upload={kept.pk}")
    return new_project_page(request, upload_form=form, status=status)


def new_project_page(request: SignedInRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    """The ways to begin; `more` is what was refused, and why."""
    context = {
        "templates": templates().values(),
        "form": ProjectForm(),
        "upload_form": UploadForm(),
        "upload_limit": upload_limit(),
        "formats": list(format_titles().values()),
    }
    return render(request, "project/new.html", {**context, **more}, status=status)


@login_required
@require_POST
def project_design_preview(request: SignedInRequest) -> HttpResponse:
    """The card that annotators would see; nothing is written."""
    design = Design.posted(request.POST)
    context = {"fault": ""} | (
        _card(design, str(request.POST.get("template", "")), str(request.POST.get("sample", "")))
        if design.rows_are_valid()
        else {"fault": design.first_fault()}
    )
    return render(request, "project/design_preview.html", context)


def _begun(name: str) -> Design:
    template = templates().get(name)
    if template is None:
        return Design.of({}, [EMPTY_FIELD], [NEW_QUESTION])
    main = {"name": "", "guidelines": template.guidelines, "lifecycle": template.lifecycle}
    return Design.of(main, template.fields, _completed(template.fields, template.questions))


def _converted(request: SignedInRequest) -> HttpResponse:
    config = str(request.POST["label_studio"])
    try:
        made = convert_label_studio(config)
    except Refused as refusal:
        return new_project_page(request, config=config, config_error=str(refusal), status=422)
    return _page(request, Design.of({}, made.fields, made.questions), "", losses=made.losses, imported=True)


def _kept(request: SignedInRequest) -> Upload | None:
    """The file that the project is for: 404 for one that is not this person's, or was forgotten."""
    number = str((request.POST or request.GET).get("upload", ""))
    if not number:
        return None
    return get_upload_for(request.user, int(number) if number.isascii() and number.isdecimal() else 0)


def _proposed(request: SignedInRequest, kept: Upload) -> HttpResponse:
    try:
        made = design_for(kept)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("project_new")
    name = Path(kept.filename).stem.replace("_", " ").replace("-", " ").strip()
    main = {"name": name[:1].upper() + name[1:200]}
    return _page(
        request, Design.of(main, made.fields, made.questions or [NEW_QUESTION]), "", upload=kept, losses=made.losses
    )


def _page(request: SignedInRequest, design: Design, template: str, *, status: int = 200, **more: Any) -> HttpResponse:
    chosen = templates().get(template)
    context = {
        "design": design,
        "template": template if chosen else "",
        "template_title": _(chosen.title) if chosen else "",
        "sample": request.POST.get("sample", ""),
        **more,
    }
    shown = Design.posted(request.POST) if status == 422 else None
    if shown is None or shown.rows_are_valid():
        context |= {"fault": ""} | _first_card(design, template, str(context["sample"]))
    else:
        context["fault"] = shown.first_fault()
    return render(request, "project/design.html", context, status=status)


def _first_card(design: Design, template: str, sample: str) -> dict[str, Any]:
    """The card of rows that nobody has posted yet."""
    data = _as_posted(design)
    copy = Design.posted(data)
    return _card(copy, template, sample) if copy.rows_are_valid() else {"fault": copy.first_fault()}


def _as_posted(design: Design) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for formset in (design.fields, design.questions):
        data |= {f"{formset.prefix}-TOTAL_FORMS": len(formset.forms), f"{formset.prefix}-INITIAL_FORMS": 0}
        for form in formset.forms:
            shown = {field.html_name: field.value() for field in form}
            data |= {name: value for name, value in shown.items() if value not in (None, False)}
    return data


def _card(design: Design, template: str, sample: str) -> dict[str, Any]:
    fields, questions = design.schema
    checked = check_fields(fields)
    project = Project(fields=checked, questions=dump_questions(parse_questions(questions, checked)))
    item = Item(fields=_sample_item(checked, template, sample))
    return {
        "item": item_card(project, item),
        "questions": question_cards(project, draft={}, fields=item.fields),
        "previewing": True,
    }


def _sample_item(fields: list[dict[str, str]], template: str, sample: str) -> dict[str, Any]:
    """The template's own example where its fields are still there; the pasted text in the first field."""
    chosen = templates().get(template)
    example = chosen.items[0] if chosen else {}
    values: dict[str, Any] = {}
    for position, field in enumerate(fields):
        raw = example.get(field["name"], _sample(field["type"]))
        if sample.strip() and not position:
            raw = sample
        try:
            values[field["name"]] = FIELD_TYPES[field["type"]].clean(raw)
        except InvalidField:
            values[field["name"]] = FIELD_TYPES[field["type"]].clean(_sample(field["type"]))
    return values


def _sample(kind: str) -> Any:
    """What a field of this type can hold."""
    match kind:
        case "chat":
            asked, answered = _("Hello! Can you help me?"), _("Of course.")
            return [{"role": "user", "content": asked}, {"role": "assistant", "content": answered}]
        case "table":
            return [[_("Column A"), _("Column B")], ["1", "2"]]
    return _("The text of an item appears here.")


def _completed(fields: list[dict[str, str]], questions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return dump_questions(parse_questions(questions, check_fields(fields)))
