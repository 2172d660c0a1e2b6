"""Reads: what people decide from. Nothing here writes."""

from .agreement import Comparison, agreement_report, shown_agreement
from .progress import Progress, progress_report
from .project import project_report
from .suggestions import revealed_for, suggestions_for

__all__ = [
    "Comparison",
    "Progress",
    "agreement_report",
    "progress_report",
    "project_report",
    "revealed_for",
    "shown_agreement",
    "suggestions_for",
]
