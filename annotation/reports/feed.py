"""The log as sentences: what happened lately, with repetition told as a number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from annotation.models import Event, Project, Verb

# A model run moves thousands of items. Looking further back than this for something to tell would cost a page its pace.
WINDOW = 2_000
READ = 200
SHOWN = 12

COUNTED = {
    Verb.ANSWERED: ("answered {item}", "answered {count} items"),
    Verb.SKIPPED: ("skipped {item}{reason}", "skipped {count} items"),
    Verb.WITHDRAWN: ("took back an answer to {item}", "took back {count} answers"),
    Verb.JUDGED: ("advised on {item}", "advised on {count} items"),
    Verb.RESOLVED: ("decided {item}", "decided {count} items"),
}


@dataclass(slots=True)
class Entry:
    """`kind` is "person", "model", "judge" or "system"; `item` and `data` are those of the newest event."""

    at: datetime
    actor: str
    kind: str
    verb: str
    text: str
    item: int | None
    data: dict[str, Any]
    count: int = 1


def feed(project: Project) -> list[Entry]:
    """The newest entries first. What items do by themselves is left out: it follows from the rest."""
    newest = Event.objects.filter(project=project).order_by("-pk").values("pk")[:WINDOW]
    events = Event.objects.filter(pk__in=newest).exclude(verb=Verb.MOVED).select_related("user", "annotator", "item")
    entries: list[Entry] = []
    for event in events.order_by("-pk")[:READ]:
        entry = _entry(event)
        if entries and (entries[-1].verb, entries[-1].actor) == (entry.verb, entry.actor) and entry.verb in COUNTED:
            entries[-1].count += 1
            entries[-1].text = COUNTED[Verb(entry.verb)][1].format(count=entries[-1].count)
        elif len(entries) == SHOWN:
            break
        else:
            entries.append(entry)
    return entries


def _entry(event: Event) -> Entry:
    actor, kind = _actor(event)
    return Entry(event.at, actor, kind, event.verb, _sentence(event), event.item_id, event.data)


def _actor(event: Event) -> tuple[str, str]:
    if event.user is not None:
        return event.user.get_username(), "person"
    if event.verb == Verb.JUDGED:
        return event.annotator.name if event.annotator else "Judge", "judge"
    if event.annotator is not None:
        return event.annotator.name, "person" if event.annotator.is_human else "model"
    return "SynthWeb", "system"


def _sentence(event: Event) -> str:
    data = event.data
    verb = Verb(event.verb)
    if verb in COUNTED:
        reason = f": {data['reason']}" if data.get("reason") else ""
        return COUNTED[verb][0].format(item=event.item or "an item", reason=reason)
    match verb:
        case Verb.PROJECT_CHANGED:
            changed = ", ".join(name.replace("_", " ") for name in data if name != "guidelines_version")
            return f"changed {changed}" if changed else "changed the guidelines"
        case Verb.MEMBER_ADDED:
            role = str(data.get("role"))
            return f"made {data.get('member')} {'an' if role.startswith('a') else 'a'} {role}"
        case Verb.MEMBER_REMOVED:
            return f"removed {data.get('member')}"
        case Verb.MEMBER_CHANGED:
            changed = ", ".join(name.replace("_", " ") for name in data if name != "member")
            return f"changed {changed} of {data.get('member')}"
        case Verb.INVITED:
            return f"made an invitation for {data.get('uses', 1):,} as {data.get('role')}"
        case Verb.JOINED:
            return f"joined by invitation as {data.get('role')}"
        case Verb.QUALIFIED:
            return _qualified(data)
        case Verb.IMPORT_STARTED:
            return f"started the import of {data.get('filename')}"
        case Verb.IMPORT_FINISHED:
            return f"{_finished(data)} the import of {data.get('filename')}{_counts(data, 'created', 'rejected')}"
        case Verb.LABELER_ADDED:
            return f"added the model annotator {data.get('labeler')}"
        case Verb.LABELER_RETIRED:
            return f"retired the model annotator {data.get('labeler')}"
        case Verb.LABELER_ACTIVATED:
            return f"put the model annotator {data.get('labeler')} back to work"
        case Verb.CALIBRATED:
            return f"was calibrated on {data.get('answers', 0):,} blind answers"
        case Verb.RUN_STARTED:
            return f"started a run of {data.get('labeler')} over {data.get('items', 0):,} items"
        case Verb.RUN_FINISHED:
            return f"{_finished(data)} the run of {data.get('labeler')}{_counts(data, 'done', 'failed')}"
        case Verb.SNAPSHOT_REQUESTED:
            return f"asked for snapshot {data.get('number')}"
        case Verb.SNAPSHOT_FINISHED:
            return f"{_finished(data)} snapshot {data.get('number')}"
    return verb.label


def _qualified(data: dict[str, Any]) -> str:
    counts = f"{data.get('right')} of {data.get('items')} right"
    match data.get("state"):
        case "passed":
            return f"passed the qualification: {counts}"
        case "failed":
            return f"did not pass the qualification: {counts}"
        case "waived":
            return f"let {data.get('member')} work without a qualification"
    return f"asked {data.get('member')} for another qualification round"


def _finished(data: dict[str, Any]) -> str:
    return "gave up" if data.get("error") else "finished"


def _counts(data: dict[str, Any], *names: str) -> str:
    counts = ", ".join(f"{data[name]:,} {name}" for name in names if data.get(name))
    return f" ({counts})" if counts else ""
