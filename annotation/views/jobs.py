"""How templates/components/job.html wants jobs."""

from __future__ import annotations

from typing import Any

from django.template.defaultfilters import floatformat
from django.urls import reverse
from django.utils.translation import gettext as _

from annotation.models import ImportJob, Run, Snapshot, SnapshotFile
from annotation.reports.jobs import AnyJob, JobProgress, job_progress


def job_card(job: ImportJob | Run | Snapshot | SnapshotFile) -> dict[str, Any]:
    """The context of components/job.html. The project must be loaded with the job."""
    progress, slug = job_progress(job), job.project.slug
    rate = _rate(progress, job)
    if isinstance(job, ImportJob):
        # A refused row is no failure of the job; the import's page counts and lists them.
        return card_of(job, progress, "import", job.filename, rate=rate, failed=0, **_addresses("import", slug, job.pk))
    if isinstance(job, Snapshot):
        # It learns how many rows it will have only when it is at work.
        percent = None if not job.total and job.is_active else progress.percent
        addresses = _addresses("snapshot", slug, job.pk)
        return card_of(job, progress, "snapshot", str(job), rate=rate, percent=percent, **addresses)
    if isinstance(job, SnapshotFile):
        return card_of(job, progress, "file", str(job), rate=rate, **_addresses("snapshot_file", slug, job.pk))
    resume_url = reverse("run_resume", args=[slug, job.pk])
    return card_of(job, progress, "run", str(job), rate=rate, resume_url=resume_url, **_addresses("run", slug, job.pk))


def card_of(job: AnyJob, progress: JobProgress, kind: str, title: str, **own: Any) -> dict[str, Any]:
    """The same for any kind of job; `own`: what it says beside its figures, or otherwise."""
    return {
        "id": job.pk,
        "kind": kind,
        "title": title,
        "state": progress.state,
        "total": progress.total,
        "done": progress.done,
        "failed": progress.failed,
        "percent": progress.percent,
        "rate": "",
        "eta_text": eta_text(progress.eta_seconds),
        "error": job.error,
        "url": "",
        "cancel_url": "",
        "resume_url": "",
        **own,
    }


def eta_text(seconds: float | None) -> str:
    """“about 3 min left”; empty where nothing is known."""
    if seconds is None:
        return ""
    if seconds < 60:
        return _("about %(count)s s left") % {"count": max(1, round(seconds))}
    if seconds < 90 * 60:
        return _("about %(count)s min left") % {"count": round(seconds / 60)}
    if seconds < 36 * 3600:
        return _("about %(count)s h left") % {"count": round(seconds / 3600)}
    return _("about %(count)s days left") % {"count": round(seconds / 86400)}


def _rate(progress: JobProgress, job: ImportJob | Run | Snapshot | SnapshotFile) -> str:
    if not progress.rate:
        return ""
    rate = floatformat(progress.rate, "0g" if progress.rate >= 10 else "1g")
    return (_("%(rate)s items/s") if isinstance(job, Run) else _("%(rate)s rows/s")) % {"rate": rate}


def _addresses(kind: str, slug: str, pk: int) -> dict[str, str]:
    return {
        "url": reverse("import_detail" if kind == "import" else kind, args=[slug, pk]),
        "cancel_url": reverse(f"{kind}_cancel", args=[slug, pk]),
    }
