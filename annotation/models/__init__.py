"""Nouns: one file each; schema, constraints and the filters that belong to one row."""

from .annotation import Annotation
from .annotator import Annotator, AnnotatorKind
from .assignment import Assignment, AssignmentState, Purpose
from .bulk_change import BulkAction, BulkChange, ChangedItem, Outcome
from .calibration import Calibration
from .checkpoint import Checkpoint
from .comment import COMMENT_LENGTH, Comment
from .connection import Connection
from .consensus import Consensus, DecidedBy
from .event import Event, Verb
from .flag import Flag
from .import_job import ImportJob, RejectedRow
from .invitation import Invitation, InvitationState
from .item import OPEN_STAGES, Item, Source, Stage
from .item_search import ItemSearch
from .job import JobState
from .labeler import Labeler
from .meaning import ItemVector, MeaningIndex, Phrase
from .membership import Membership, Role
from .notification import Notification, NotificationKind
from .project import POLICY, Lifecycle, Project, ProjectRevision
from .qualification import Qualification, QualificationState
from .resolution import Resolution
from .run import Piece, Run, RunItem, RunPurpose
from .saved_view import SavedView
from .schema_change import KeptAnswer, KeptNoun, SchemaChange
from .snapshot import Snapshot
from .user import User

__all__ = [
    "COMMENT_LENGTH",
    "OPEN_STAGES",
    "POLICY",
    "Annotation",
    "Annotator",
    "AnnotatorKind",
    "Assignment",
    "AssignmentState",
    "BulkAction",
    "BulkChange",
    "Calibration",
    "ChangedItem",
    "Checkpoint",
    "Comment",
    "Connection",
    "Consensus",
    "DecidedBy",
    "Event",
    "Flag",
    "ImportJob",
    "Invitation",
    "InvitationState",
    "Item",
    "ItemSearch",
    "ItemVector",
    "JobState",
    "KeptAnswer",
    "KeptNoun",
    "Labeler",
    "Lifecycle",
    "MeaningIndex",
    "Membership",
    "Notification",
    "NotificationKind",
    "Outcome",
    "Phrase",
    "Piece",
    "Project",
    "ProjectRevision",
    "Purpose",
    "Qualification",
    "QualificationState",
    "RejectedRow",
    "Resolution",
    "Role",
    "Run",
    "RunItem",
    "RunPurpose",
    "SavedView",
    "SchemaChange",
    "Snapshot",
    "Source",
    "Stage",
    "User",
    "Verb",
]
