"""The log as sentences: what happened lately, with repetition told as a number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from annotation.models import Event, Membership, Project, Role, Verb
from annotation.questions.speech import number

from .naming import actors_of, hides_names

# A model run moves thousands of items. Looking further back than this for something to tell would cost a page its pace.
WINDOW = 2_000
READ = 200
SHOWN = 12

TERMS = {
    "weight": gettext_noop("weight"),
    "daily_cap": gettext_noop("answers a day"),
    "paused": gettext_noop("pause"),
    "assigned_only": gettext_noop("assigned items only"),
}
COUNTED = {
    Verb.ANSWERED: (gettext_noop("answered %(item)s"), gettext_noop("answered %(count)s items")),
    Verb.SKIPPED: (gettext_noop("skipped %(item)s"), gettext_noop("skipped %(count)s items")),
    Verb.WITHDRAWN: (gettext_noop("took back an answer to %(item)s"), gettext_noop("took back %(count)s answers")),
    Verb.JUDGED: (gettext_noop("advised on %(item)s"), gettext_noop("advised on %(count)s items")),
    Verb.RESOLVED: (gettext_noop("decided %(item)s"), gettext_noop("decided %(count)s items")),
    Verb.UNRESOLVED: (
        gettext_noop("took back a decision on %(item)s"),
        gettext_noop("took back %(count)s decisions"),
    ),
    Verb.RETURNED: (gettext_noop("returned an answer to %(item)s"), gettext_noop("returned %(count)s answers")),
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


def feed(project: Project, *, reader: Membership | None = None) -> list[Entry]:
    """The newest entries first. What items do by themselves is left out: it follows from the rest.

    `reader` is told no names that a reviewer must not know.
    """
    newest = Event.objects.filter(project=project).order_by("-pk").values("pk")[:WINDOW]
    events = Event.objects.filter(pk__in=newest).exclude(verb=Verb.MOVED).select_related("user", "annotator", "item")
    entries: list[Entry] = []
    found = list(events.order_by("-pk")[:READ])
    actors = actors_of(reader, found) if reader is not None and hides_names(reader) else {}
    for event in found:
        entry = _entry(event)
        entry.actor = actors.get(event.pk) or entry.actor
        if entries and (entries[-1].verb, entries[-1].actor) == (entry.verb, entry.actor) and entry.verb in COUNTED:
            entries[-1].count += 1
            entries[-1].text = _(COUNTED[Verb(entry.verb)][1]) % {"count": entries[-1].count}
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
        return event.annotator.name if event.annotator else _("Judge"), "judge"
    if event.annotator is not None:
        return event.annotator.name, "person" if event.annotator.is_human else "model"
    return "SynthWeb", "system"


def _sentence(event: Event) -> str:
    data = event.data
    verb = Verb(event.verb)
    if verb in COUNTED:
        said = _(COUNTED[verb][0]) % {"item": event.item or _("an item")}
        return f"{said}: {data['reason']}" if verb == Verb.SKIPPED and data.get("reason") else said
    match verb:
        case Verb.PROJECT_CHANGED:
            changed = ", ".join(_called(name) for name in data if name != "guidelines_version")
            return _("changed %(names)s") % {"names": changed} if changed else _("changed the guidelines")
        case Verb.MEMBER_ADDED:
            return _("let %(member)s in as: %(role)s") % {"member": data.get("member"), "role": _role(data)}
        case Verb.MEMBER_REMOVED:
            return _("removed %(member)s") % {"member": data.get("member")}
        case Verb.MEMBER_CHANGED:
            changed = ", ".join(_called(name) for name in data if name != "member")
            return _("changed %(names)s of %(member)s") % {"names": changed, "member": data.get("member")}
        case Verb.INVITED:
            uses = {"uses": number(data.get("uses", 1)), "role": _role(data)}
            return _("made an invitation for %(uses)s as: %(role)s") % uses
        case Verb.JOINED:
            return _("joined by invitation as: %(role)s") % {"role": _role(data)}
        case Verb.QUALIFIED:
            return _qualified(data)
        case Verb.IMPORT_STARTED:
            return _("started the import of %(file)s") % {"file": data.get("filename")}
        case Verb.IMPORT_FINISHED:
            said = _("gave up the import of %(file)s") if data.get("error") else _("finished the import of %(file)s")
            counts = {"created": _("%(count)s created"), "rejected": _("%(count)s rejected")}
            return said % {"file": data.get("filename")} + _counts(data, counts)
        case Verb.LABELER_ADDED:
            return _("added the model annotator %(labeler)s") % {"labeler": data.get("labeler")}
        case Verb.LABELER_RETIRED:
            return _("retired the model annotator %(labeler)s") % {"labeler": data.get("labeler")}
        case Verb.LABELER_ACTIVATED:
            return _("put the model annotator %(labeler)s back to work") % {"labeler": data.get("labeler")}
        case Verb.CALIBRATED:
            return _("was calibrated on %(count)s blind answers") % {"count": number(data.get("answers", 0))}
        case Verb.RUN_STARTED:
            over = {"labeler": data.get("labeler"), "count": number(data.get("items", 0))}
            return _("started a run of %(labeler)s over %(count)s items") % over
        case Verb.RUN_FINISHED:
            said = _("gave up the run of %(labeler)s") if data.get("error") else _("finished the run of %(labeler)s")
            counts = {"done": _("%(count)s done"), "failed": _("%(count)s failed")}
            return said % {"labeler": data.get("labeler")} + _counts(data, counts)
        case Verb.SNAPSHOT_REQUESTED:
            return _("asked for snapshot %(number)s") % {"number": data.get("number")}
        case Verb.SNAPSHOT_FINISHED:
            said = _("gave up snapshot %(number)s") if data.get("error") else _("finished snapshot %(number)s")
            return said % {"number": data.get("number")}
    return str(verb.label)


def _qualified(data: dict[str, Any]) -> str:
    counts = _("%(right)s of %(items)s right") % {"right": data.get("right"), "items": data.get("items")}
    match data.get("state"):
        case "passed":
            return _("passed the qualification: %(counts)s") % {"counts": counts}
        case "failed":
            return _("did not pass the qualification: %(counts)s") % {"counts": counts}
        case "waived":
            return _("let %(member)s work without a qualification") % {"member": data.get("member")}
    return _("asked %(member)s for another qualification round") % {"member": data.get("member")}


def _called(name: str) -> str:
    """A setting in words."""
    fields = {field.name: str(field.verbose_name) for field in Project._meta.fields}
    return _(TERMS[name]) if name in TERMS else fields.get(name, name)


def _role(data: dict[str, Any]) -> str:
    role = data.get("role")
    return str(Role(role).label) if role in Role.values else str(role)


def _counts(data: dict[str, Any], words: dict[str, str]) -> str:
    counts = ", ".join(said % {"count": number(data[name])} for name, said in words.items() if data.get(name))
    return f" ({counts})" if counts else ""
