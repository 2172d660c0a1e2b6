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
from .delivery import Delivery
from .event import Event, Verb
from .fit import Fit, Fitting
from .flag import Flag
from .import_job import ImportJob, RejectedRow
from .invitation import Invitation, InvitationState
from .item import OPEN_STAGES, Item, ReviewReason, Source, Stage
from .item_search import ItemSearch
from .job import Job, JobState, LeasedJob
from .judge_trial import JudgeTrial
from .labeler import JUDGING, Labeler
from .licence import Licence
from .meaning import ItemVector, MeaningIndex, Phrase
from .measurement import Measurement
from .membership import Digest, Membership, Role
from .notification import FOR_LEADS, PROJECT_EVENTS, SWITCHED, Notification, NotificationKind
from .project import POLICY, Fusion, Lifecycle, Project, ProjectRevision, Ruling, Settling
from .qualification import Qualification, QualificationState
from .resolution import Resolution
from .returned_answer import ReturnedAnswer
from .reviewed_answer import ReviewedAnswer
from .run import Piece, Run, RunItem, RunPurpose
from .saved_view import SavedView
from .schema_change import KeptAnswer, KeptNoun, SchemaChange
from .snapshot import Snapshot
from .turn import Order, Turn
from .user import User
from .watch import Watch
from .webhook import Subscription, Webhook

__all__ = [
    "COMMENT_LENGTH",
    "FOR_LEADS",
    "JUDGING",
    "OPEN_STAGES",
    "POLICY",
    "PROJECT_EVENTS",
    "SWITCHED",
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
    "Delivery",
    "Digest",
    "Event",
    "Fit",
    "Fitting",
    "Flag",
    "Fusion",
    "ImportJob",
    "Invitation",
    "InvitationState",
    "Item",
    "ItemSearch",
    "ItemVector",
    "Job",
    "JobState",
    "JudgeTrial",
    "KeptAnswer",
    "KeptNoun",
    "Labeler",
    "LeasedJob",
    "Licence",
    "Lifecycle",
    "MeaningIndex",
    "Measurement",
    "Membership",
    "Notification",
    "NotificationKind",
    "Order",
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
    "ReturnedAnswer",
    "ReviewReason",
    "ReviewedAnswer",
    "Role",
    "Ruling",
    "Run",
    "RunItem",
    "RunPurpose",
    "SavedView",
    "SchemaChange",
    "Settling",
    "Snapshot",
    "Source",
    "Stage",
    "Subscription",
    "Turn",
    "User",
    "Verb",
    "Watch",
    "Webhook",
]
