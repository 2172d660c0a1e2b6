"""Watch a recipe at work, look at what it made, stop it, and let it go on."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from annotation.forms.labelers import RunForm
from annotation.forms.synthesis import ROLES, CandidatesForm
from annotation.models import Candidate, Fate, JobState, Membership, Project, SynthesisRun
from annotation.questions.fields import PLAIN_TYPES
from annotation.reports.jobs import job_progress
from annotation.reports.keyset import slice_of
from annotation.reports.rationales import steps_of
from annotation.reports.synthesis import Shown, Step, find_item_of, funnel_of, provenance_of, shown_candidates, text_of
from annotation.workflow.access import get_candidate_for, get_manager_membership_for, get_synthesis_run_for
from annotation.workflow.errors import Refused
from annotation.workflow.recipes import check_titles, get_recipe
from annotation.workflow.synthesizing import cancel_synthesis, resume_synthesis

from .cards import answer_titles
from .differences import text_parts
from .jobs import card_of
from .provenance import llm_title, provenance_card, recipe_title, role_title, titled_parameters
from .rendering import page, warned
from .requests import SignedInRequest
from .synthesis import SECTION

LISTED = 20
# Of a text that has less than this in common with its parent, what differs is not worth showing.
ALIKE = 0.6
STEPS = {
    "requested": gettext_lazy("Requests"),
    "parsed": gettext_lazy("Candidates"),
    "distinct": gettext_lazy("New items"),
    "reviewed": gettext_lazy("Decided by people"),
    "accepted": gettext_lazy("As intended"),
}


@login_required
@require_GET
def synthesis_run(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """How it goes, and what became of every candidate."""
    membership = get_manager_membership_for(request.user, slug)
    run = get_synthesis_run_for(membership, pk)
    context: dict[str, Any] = {
        "run": run,
        "job": _card(run),
        "funnel": _funnel(run),
        "passed": _passed(run),
        "title": recipe_title(run),
    }
    if run.budget is not None and run.cost and run.state == JobState.FAILED:
        context["budget_form"] = RunForm()
    context["ended"] = bool(request.htmx) and not run.is_active
    if not request.htmx or context["ended"]:
        context |= _candidates(request, membership, run) | {"settings": _settings(run)}
    return page(request, membership, "synthesis/run.html", context, section=SECTION, partial="synthesis/live.html")


@login_required
@require_POST
def synthesis_cancel(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    membership = get_manager_membership_for(request.user, slug)
    with warned(request):
        cancel_synthesis(get_synthesis_run_for(membership, pk))
    return redirect("synthesis_run", slug, pk)


@login_required
@require_POST
def synthesis_resume(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Go on, within a larger budget where the run's own is spent."""
    membership = get_manager_membership_for(request.user, slug)
    run, form = get_synthesis_run_for(membership, pk), RunForm(request.POST)
    if not form.is_valid():
        messages.warning(request, " ".join(map(str, form.errors["budget"])))
        return redirect("synthesis_run", slug, pk)
    with warned(request):
        resume_synthesis(run, budget=form.cleaned_data["budget"])
    return redirect("synthesis_run", slug, pk)


@login_required
@require_GET
def candidate(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """One candidate, whatever became of it: every request that it is made of, and every verdict."""
    membership = get_manager_membership_for(request.user, slug)
    found = get_candidate_for(membership, pk)
    [shown] = shown_candidates(membership.project, [found])
    context = {
        "run": found.run,
        "title": recipe_title(found.run),
        "card": _card_of(membership.project, shown),
        "provenance": provenance_card(membership.project, provenance_of(found)),
        "rewriting": _rewriting(membership.project, found),
        "steps": _steps(found),
    }
    return page(request, membership, "synthesis/candidate.html", context, section=SECTION)


def _rewriting(project: Project, found: Candidate) -> dict[str, Any] | None:
    """What can be typed anew of the item that it became, and how that differs by now from what the recipe wrote."""
    item = find_item_of(found)
    if item is None or not found.fields:
        return None
    typed = [each for each in project.fields if each["type"] in PLAIN_TYPES and each["name"] in item.fields]
    begun = item.taken or item.annotations.current().filter(annotator__kind="human").exists()
    before, after = text_of(project, found.fields), text_of(project, item.fields)
    return {
        "fields": [
            {"name": each["name"], "title": each.get("title") or each["name"], "value": item.fields[each["name"]]}
            for each in typed
        ],
        "closed": bool(begun) or item.resolutions.exists(),
        "parts": text_parts(before, after) if before != after else [],
    }


def _steps(found: Candidate) -> list[dict[str, Any]]:
    """The steps of its rationale, with what a person said of each."""
    said: list[bool | None] = list(found.steps)
    steps = steps_of(found.rationale)
    said += [None] * (len(steps) - len(said))
    return [{"text": text, "right": right} for text, right in zip(steps, said, strict=False)]


def _card(run: SynthesisRun) -> dict[str, Any]:
    progress, place = job_progress(run), [run.project.slug, run.pk]
    said = _("%(rate)s requests/s") if run.expected else _("%(rate)s items/s")
    return card_of(
        run,
        progress,
        "synthesis",
        recipe_title(run),
        percent=None if not progress.total and run.is_active else progress.percent,
        rate=said % {"rate": f"{progress.rate:.1f}"} if progress.rate and run.is_active else "",
        cancel_url=reverse("synthesis_cancel", args=place),
        resume_url=reverse("synthesis_resume", args=place),
    )


def _titles(run: SynthesisRun) -> dict[str, str]:
    """Of the recipe's checks; none where the recipe is not there any more."""
    try:
        return check_titles(get_recipe(run.recipe))
    except Refused:
        return {}


def _passed(run: SynthesisRun) -> str:
    """The checks that have left nothing out so far, by name."""
    return ", ".join(_(title) for name, title in _titles(run).items() if not run.filtered.get(name))


def _funnel(run: SynthesisRun) -> list[dict[str, Any]]:
    titles = _titles(run)
    steps = funnel_of(run, titles)
    most = max((step.count + step.lost for step in steps), default=0) or 1
    return [_step(run, step, titles, most) for step in steps if _is_row(step)]


def _is_row(step: Step) -> bool:
    """A check that left nothing out is told in a sentence; of what was made to be nothing, nothing is as intended."""
    if step.name == "accepted" and not step.count:
        return step.lost > 0
    return not step.filter or step.lost > 0


def _step(run: SynthesisRun, step: Step, titles: dict[str, str], most: int) -> dict[str, Any]:
    asked = {"fate": step.fate, "filter": step.filter}
    query = urlencode({name: value for name, value in asked.items() if value})
    title = _(titles.get(step.filter, step.filter)) if step.filter else str(STEPS[step.name])
    return {
        "title": title,
        "count": step.count,
        "lost": step.lost,
        "percent": 100 * step.count / most,
        "lost_percent": 100 * step.lost / most,
        "url": f"{reverse('synthesis_run', args=[run.project.slug, run.pk])}?{query}#candidates" if step.fate else "",
    }


def _candidates(request: SignedInRequest, membership: Membership, run: SynthesisRun) -> dict[str, Any]:
    """One tab's page of candidates; without a choice, of the items, or of what there is instead."""
    form = CandidatesForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    counts = {
        Fate.KEPT: run.kept,
        Fate.FILTERED: sum(run.filtered.values()),
        Fate.DUPLICATE: run.duplicates,
        Fate.UNPARSED: run.unparsed,
    }
    chosen = asked.get("fate") or next((fate for fate, count in counts.items() if count), Fate.KEPT)
    rows = run.candidates.filter(fate=chosen)
    if dropped_by := asked.get("filter"):
        rows = rows.filter(dropped_by=dropped_by)
    found = slice_of(rows, after=asked.get("after"), before=asked.get("before"), size=LISTED)
    query = urlencode({"fate": chosen, **({"filter": dropped_by} if dropped_by else {})})
    return {
        "tabs": [
            {"fate": fate, "title": fate.label, "count": count, "current": fate == chosen}
            for fate, count in counts.items()
        ],
        "dropped_by": _(_titles(run).get(dropped_by, dropped_by)) if dropped_by else "",
        "cards": [_card_of(membership.project, each) for each in shown_candidates(membership.project, found.rows)],
        "previous_url": f"?{query}&before={found.previous}#candidates" if found.previous else None,
        "next_url": f"?{query}&after={found.next}#candidates" if found.next else None,
    }


def _card_of(project: Project, shown: Shown) -> dict[str, Any]:
    """The context of synthesis/card.html: the text, against its first parent's where they are alike."""
    parts = text_parts(shown.parents[0][1], shown.text) if shown.parents and shown.text else []
    same = sum(len(part["text"]) for part in parts if part["kind"] == "same")
    alike = bool(parts) and same >= ALIKE * len(shown.text)
    return {
        "row": shown.row,
        "text": shown.text,
        "parts": parts if alike else [],
        "parents": [{"pk": pk, "text": text} for pk, text in shown.parents],
        "intended": answer_titles(project, shown.row.answers),
    }


def _settings(run: SynthesisRun) -> list[tuple[str, str]]:
    """What the run was asked for, in words."""
    return [
        (
            _("Recipe"),
            _("%(title)s, version %(version)s") % {"title": recipe_title(run), "version": run.recipe_version},
        ),
        *titled_parameters(run),
        *((role_title(role), llm_title(run.roles[role].get("llm", ""))) for role in ROLES if role in run.roles),
        (_("Seed items"), str(len(run.drawn["seeds"]))),
        *([(_("Documents"), str(len(run.drawn["documents"])))] if run.drawn["documents"] else []),
        (_("Number that draws by lot"), str(run.seed)),
        *([(_("Items wanted"), str(run.amount))] if run.amount else []),
        *([(_("Licence"), run.licence)] if run.licence else []),
    ]
