"""Fetching for a person: the row, or 404. What somebody may not see does not exist for them."""

from __future__ import annotations

from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404

from annotation.models import (
    Annotation,
    Annotator,
    Assignment,
    BulkAction,
    BulkChange,
    Candidate,
    Comment,
    Document,
    Experiment,
    Fitting,
    Flag,
    ImportJob,
    Invitation,
    Item,
    Labeler,
    Membership,
    Resolution,
    Run,
    SavedView,
    SchemaChange,
    Snapshot,
    SnapshotFile,
    SynthesisRun,
    Upload,
    User,
)

Row = TypeVar("Row", bound=Model)


def get_membership_for(user: User, slug: str) -> Membership:
    """The user's membership, its project loaded; 404 for strangers."""
    membership = Membership.objects.select_related("project").filter(user_id=user.pk, project__slug=slug).first()
    if membership is None:
        raise Http404("No such project.")
    return membership


def get_reviewer_membership_for(user: User, slug: str) -> Membership:
    membership = get_membership_for(user, slug)
    if not membership.may_review:
        raise PermissionDenied("Only reviewers and managers of this project can do that.")
    return membership


def get_manager_membership_for(user: User, slug: str) -> Membership:
    membership = get_membership_for(user, slug)
    if not membership.may_manage:
        raise PermissionDenied("Only managers of this project can do that.")
    return membership


def get_annotator_for(membership: Membership) -> Annotator:
    """The annotator behind a member; 404 where an import took the member's annotator away."""
    annotator = Annotator.objects.filter(project_id=membership.project_id, user_id=membership.user_id).first()
    if annotator is None:
        raise Http404("You do not annotate in this project.")
    annotator.project = membership.project
    return annotator


def get_own_annotator_for(user: User, slug: str) -> Annotator:
    """The annotator of a member, its project loaded, in one query; 404 for strangers."""
    mine = Annotator.objects.select_related("project").filter(project__slug=slug, user_id=user.pk)
    annotator = mine.filter(project__memberships__user_id=user.pk).first()
    if annotator is None:
        raise Http404("No such project.")
    return annotator


def get_assignment_for(annotator: Annotator, pk: int) -> Assignment:
    """The annotator's own lease, in whatever state."""
    return _get(Assignment.objects.select_related("item"), pk, annotator=annotator).held_by(annotator)


def get_annotation_for(annotator: Annotator, pk: int) -> Annotation:
    """The annotator's own answer to a lease, current or not."""
    answers = Annotation.objects.select_related("assignment__project", "annotator__user", "item")
    return _get(answers, pk, annotator=annotator, assignment__isnull=False)


def get_item_for(membership: Membership, pk: int) -> Item:
    return _get(Item.objects.all(), pk, project_id=membership.project_id)


def get_vote_for(membership: Membership, item: Item, pk: int) -> Annotation:
    """Anybody's answer to an item of the project, for whoever reviews it."""
    votes = Annotation.objects.select_related("annotator", "item", "assignment", "project")
    return _get(votes, pk, project_id=membership.project_id, item=item)


def get_decision_for(membership: Membership, pk: int) -> Resolution:
    """A decision that this person may take back: their own, and managers any."""
    decision = _get(Resolution.objects.select_related("item"), pk, project_id=membership.project_id)
    if decision.reviewer_id != membership.user_id and not membership.may_manage:
        raise PermissionDenied("Only who decided, and managers of this project, can take this back.")
    decision.project = membership.project
    return decision


def get_shared_item_for(membership: Membership, pk: int) -> Item:
    """An item that this person may talk about: reviewers any, annotators those that they hold or held."""
    item = get_item_for(membership, pk)
    if not membership.may_review:
        held = Assignment.objects.filter(item=item, annotator__user=membership.user_id)
        if not held.exists():
            raise Http404("No such item.")
    item.project = membership.project
    return item


def get_flag_for(membership: Membership, pk: int) -> Flag:
    """A flag that this person may clear: reviewers any, annotators their own."""
    flags = Flag.objects.select_related("item")
    own = {} if membership.may_review else {"user": membership.user_id}
    return _get(flags, pk, project_id=membership.project_id, **own)


def get_comment_for(membership: Membership, pk: int) -> Comment:
    """A comment that this person may remove: their own, and reviewers any."""
    own = {} if membership.may_review else {"author": membership.user_id}
    return _get(Comment.objects.select_related("item"), pk, project_id=membership.project_id, **own)


def get_labeler_for(membership: Membership, pk: int) -> Labeler:
    return _get(Labeler.objects.select_related("project", "annotator"), pk, project_id=membership.project_id)


def get_run_for(membership: Membership, pk: int) -> Run:
    return _get(Run.objects.select_related("labeler", "project"), pk, project_id=membership.project_id)


def get_import_for(membership: Membership, pk: int) -> ImportJob:
    return _get(ImportJob.objects.select_related("project"), pk, project_id=membership.project_id)


def get_upload_for(user: User, pk: int) -> Upload:
    """A file whose project is not made yet is its uploader's alone."""
    return _get(Upload.objects.all(), pk, created_by=user)


def get_snapshot_for(membership: Membership, pk: int) -> Snapshot:
    return _get(Snapshot.objects.select_related("project"), pk, project_id=membership.project_id)


def get_snapshot_file_for(membership: Membership, pk: int) -> SnapshotFile:
    files = SnapshotFile.objects.select_related("snapshot__project", "base__project", "created_by")
    return _get(files, pk, snapshot__project_id=membership.project_id)


def get_invitation_for(membership: Membership, pk: int) -> Invitation:
    return _get(Invitation.objects.select_related("project"), pk, project_id=membership.project_id)


def get_schema_change_for(membership: Membership, pk: int) -> SchemaChange:
    return _get(SchemaChange.objects.select_related("project"), pk, project_id=membership.project_id)


def get_fitting_for(membership: Membership, pk: int) -> Fitting:
    return _get(Fitting.objects.all(), pk, project=membership.project)


def get_synthesis_run_for(membership: Membership, pk: int) -> SynthesisRun:
    return _get(SynthesisRun.objects.select_related("project", "created_by"), pk, project_id=membership.project_id)


def get_candidate_for(membership: Membership, pk: int) -> Candidate:
    candidates = Candidate.objects.select_related("run__project", "run__created_by")
    return _get(candidates, pk, run__project_id=membership.project_id)


def get_document_for(membership: Membership, pk: int) -> Document:
    return _get(Document.objects.select_related("project"), pk, project_id=membership.project_id)


def get_experiment_for(membership: Membership, pk: int) -> Experiment:
    return _get(Experiment.objects.select_related("project", "created_by"), pk, project_id=membership.project_id)


def get_bulk_change_for(membership: Membership, pk: int) -> BulkChange:
    """A change of many items; 403 where taking it further is for managers alone."""
    change = _get(BulkChange.objects.select_related("project", "created_by"), pk, project_id=membership.project_id)
    if BulkAction(change.action).needs_manager and not membership.may_manage:
        raise PermissionDenied("Only managers of this project can do that.")
    return change


def get_saved_view_for(membership: Membership, pk: int) -> SavedView:
    """One's own, or one that is shared with everybody who reviews the project."""
    return _get(SavedView.objects.visible_to(membership.user), pk, project_id=membership.project_id)


def get_member_for(membership: Membership, pk: int) -> Membership:
    """Another member of the same project."""
    return _get(Membership.objects.select_related("user", "project"), pk, project_id=membership.project_id)


def _get(rows: QuerySet[Row], pk: int, **filters: Any) -> Row:
    row = rows.filter(pk=pk, **filters).first()
    if row is None:
        raise Http404(f"No such {rows.model._meta.verbose_name}.")
    return row
