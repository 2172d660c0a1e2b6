"""A project's figures as JSON: progress, agreement, quality, cost."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.db.models import Count, Sum

from annotation.aggregation.agreement import Agreement
from annotation.models import Consensus, Project, Run, Stage

from .agreement import agreement_report
from .fusing import fusing_json
from .gold import gold_report
from .progress import progress_report


def project_report(project: Project) -> dict[str, Any]:
    """What `GET /projects/{slug}/report/` answers. Undefined figures are null and say why."""
    progress = progress_report(project)
    settled = Consensus.objects.filter(project=project, item__stage=Stage.SETTLED)
    runs = Run.objects.filter(project=project).aggregate(
        tokens=Sum("tokens", default=0), cost=Sum("cost", default=0), failed=Sum("failed", default=0)
    )
    return {
        "progress": {**asdict(progress), "percent": round(progress.percent, 2)},
        "agreement": {
            each.question: {
                "people": _figures(each.people),
                "models": {name: _figures(agreement) for name, agreement in each.models.items()},
            }
            for each in agreement_report(project)
        },
        "quality": {
            "decided_by": dict(settled.values_list("decided_by").annotate(count=Count("pk")).order_by()),
            "against_gold": gold_report(project),
            "licensed": project.licensed,
            "licences": project.licence_standing,
            "fusing": fusing_json(project),
        },
        "cost": {"tokens": runs["tokens"], "money": str(runs["cost"]), "failed": runs["failed"]},
    }


def _figures(agreement: Agreement) -> dict[str, Any]:
    return {
        "alpha": agreement.alpha,
        "raw": agreement.raw,
        "items": agreement.items,
        "undefined": agreement.undefined or None,
    }
