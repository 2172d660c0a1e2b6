"""Upload a file, say what its columns are, watch it come in."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotation.forms.imports import FormatForm, MappingForm, UploadForm, format_titles, upload_limit
from annotation.models import ImportJob, Membership
from annotation.workflow import uploading
from annotation.workflow.access import get_import_for, get_manager_membership_for
from annotation.workflow.downloading import losses_csv, losses_name, rejected_rows_csv, rejected_rows_name
from annotation.workflow.errors import Refused
from annotation.workflow.rehearsing import rehearse

from .jobs import job_card
from .rendering import lead_on, page, refuse, warned
from .requests import SignedInRequest

SECTION = "data"
LISTED = 50
SHOWN_COLUMNS = 20
SHOWN_REJECTED = 100


@login_required
@require_http_methods(["GET", "POST"])
def imports(request: SignedInRequest, slug: str) -> HttpResponse:
    """The upload form over earlier imports; a file that can be read leads on to its mapping."""
    membership = get_manager_membership_for(request.user, slug)
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    status = 200
    if form.is_bound:
        status = 413 if form.has_error("file", "too_large") else 422
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                job = uploading.receive(membership.project, file, file.name, user=request.user)
            except Refused as refusal:
                refuse(form, refusal)
            else:
                return lead_on(request, "import_detail", slug, job.pk)
    jobs = list(membership.project.imports.select_related("project", "created_by")[:LISTED])
    context = {
        "form": form,
        "upload_limit": upload_limit(),
        "formats": list(format_titles().values()),
        "waiting": [job for job in jobs if job.is_active and not job.mapping],
        "active": [job_card(job) for job in jobs if job.is_active and job.mapping],
        "finished": [job for job in jobs if not job.is_active],
    }
    return page(
        request, membership, "imports/list.html", context, section=SECTION, partial="imports/jobs.html", status=status
    )


@login_required
@require_GET
def import_detail(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """The mapping while it is not fixed; then the job."""
    membership = get_manager_membership_for(request.user, slug)
    job = get_import_for(membership, pk)
    if job.is_active and not job.mapping:
        return _mapping_page(request, membership, job)
    rejected = list(job.rejected_rows.all()[:SHOWN_REJECTED])
    context = {
        "import": job,
        "job": job_card(job),
        "losses": list(job.losses.all()),
        "rejected": rejected,
        "rejected_left": job.rejected - len(rejected),
    }
    return page(request, membership, "imports/job.html", context, section=SECTION, partial="imports/live.html")


@login_required
@require_POST
def import_start(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    membership = get_manager_membership_for(request.user, slug)
    job = get_import_for(membership, pk)
    if job.mapping or not job.is_active:
        return redirect("import_detail", slug, pk)
    return _mapping_page(request, membership, job)


@login_required
@require_POST
def import_format(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Read the file as another format, and show its mapping anew."""
    membership = get_manager_membership_for(request.user, slug)
    job = get_import_for(membership, pk)
    form = FormatForm(request.POST)
    if form.is_valid():
        with warned(request):
            uploading.change_format(job, form.cleaned_data["format"])
    return redirect("import_detail", slug, pk)


@login_required
@require_POST
def import_cancel(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    membership = get_manager_membership_for(request.user, slug)
    job = get_import_for(membership, pk)
    with warned(request):
        uploading.cancel_import(job)
        if not job.mapping:
            messages.success(request, _("“%(name)s” is discarded.") % {"name": job.filename})
            return redirect("imports", slug)
    return redirect("import_detail", slug, pk)


@login_required
@require_GET
def import_rejected(request: SignedInRequest, slug: str, pk: int) -> StreamingHttpResponse:
    """Every refused row with its line and reason, as a CSV that is safe to open in a spreadsheet."""
    membership = get_manager_membership_for(request.user, slug)
    job = get_import_for(membership, pk)
    return StreamingHttpResponse(
        rejected_rows_csv(job),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{rejected_rows_name(job)}"'},
    )


@login_required
@require_GET
def import_losses(request: SignedInRequest, slug: str, pk: int) -> StreamingHttpResponse:
    """What came in without something it had, as a CSV that is safe to open in a spreadsheet."""
    membership = get_manager_membership_for(request.user, slug)
    job = get_import_for(membership, pk)
    return StreamingHttpResponse(
        losses_csv(job),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{losses_name(job)}"'},
    )


def _shown_columns(preview: uploading.Preview, uses: Mapping[str, object]) -> list[str]:
    """Those that something becomes of, then the others; the records of answers are shown as answers."""
    nested = {
        name
        for row in preview.rows[:SHOWN_COLUMNS]
        if row.votes
        for name, value in row.values.items()
        if isinstance(value, list | dict)
    }
    left = [name for name in preview.columns if name not in uses and name not in nested]
    return [*(name for name in preview.columns if name in uses), *left][:SHOWN_COLUMNS]


def _mapping_page(request: SignedInRequest, membership: Membership, job: ImportJob) -> HttpResponse:
    """The mapping form over the first rows. A changed select asks by GET what would become of them; POST starts."""
    project = membership.project
    try:
        preview, guessed = uploading.preview(job)
    except (OSError, ValueError):
        messages.error(request, _("The uploaded file is gone or cannot be read any more; upload it again."))
        return redirect("imports", project.slug)
    asked = request.POST if request.method == "POST" else request.GET or None
    form = MappingForm(asked, project=project, preview=preview, guessed=guessed)
    mapping = form.mapping if not form.is_bound or form.is_valid() else None
    if request.method == "POST" and mapping is not None:
        try:
            uploading.start_import(job, mapping, user=request.user)
        except Refused as refusal:
            refuse(form, refusal)
        else:
            return redirect("import_detail", project.slug, job.pk)
    tried = mapping is not None and bool(mapping.fields)
    mapping = mapping or guessed
    uses = form.uses(mapping)
    columns = _shown_columns(preview, uses)
    context = {
        "import": job,
        "form": form,
        "format_form": FormatForm(initial={"format": job.format}),
        "format_title": format_titles().get(job.format, job.format),
        "columns": [{"name": name, "use": uses.get(name)} for name in columns],
        "columns_left": len(preview.columns) - len(columns),
        "rehearsed": rehearse(project, preview, mapping, columns),
        "tried": tried,
    }
    status = 422 if request.method == "POST" else 200
    return page(
        request,
        membership,
        "imports/mapping.html",
        context,
        section=SECTION,
        partial="imports/preview.html",
        status=status,
    )
