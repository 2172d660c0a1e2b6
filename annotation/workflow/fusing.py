"""The fits that apply in a project: read once per process, because what was fitted never changes."""

from __future__ import annotations

from functools import lru_cache

from annotation.aggregation.keeping import recalled
from annotation.models import Fit, Project

from .settling import NO_FITS, Fits

# Projects at work in one process at a time; the matrices of one take some megabytes at most.
REMEMBERED = 32


def fits_of(project: Project) -> Fits:
    """Question → what is known of its annotators. A query the first time a process sees a fitting, then none."""
    return NO_FITS if project.fitting_id is None else _read(project.fitting_id)


@lru_cache(maxsize=REMEMBERED)
def _read(fitting: int) -> Fits:
    return {fit.question: recalled(fit.method, fit.parameters, bytes(fit.matrices)) for fit in _stored(fitting)}


def _stored(fitting: int) -> list[Fit]:
    return list(Fit.objects.filter(fitting=fitting))
