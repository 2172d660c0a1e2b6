"""Changes of a project's questions: from the questions as they are to those that a change leaves, and what it moves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .base import InvalidQuestion
from .registry import TYPES
from .schema import dump_questions, parse_questions
from .speech import gettext as _
from .speech import gettext_noop
from .succession import Moves

Definition = dict[str, Any]
"""A question as a project stores it."""
# What a change of a question's settings is called where the key says it badly, and what a page shows of the rest.
WORDS = {
    "when": gettext_noop("condition"),
    "title": gettext_noop("title"),
    "description": gettext_noop("explanation"),
    "required": gettext_noop("whether an answer is required"),
    "at_least": gettext_noop("least number of options"),
    "at_most": gettext_noop("largest number of options"),
    "min": gettext_noop("beginning of the scale"),
    "max": gettext_noop("end of the scale"),
    "labels": gettext_noop("what the numbers mean"),
    "ties": gettext_noop("whether two may share a place"),
    "field": gettext_noop("field"),
    "overlap": gettext_noop("whether spans may overlap"),
    "tokens": gettext_noop("whether selections grow to whole words"),
    "max_length": gettext_noop("longest answer"),
}


@dataclass(frozen=True, slots=True)
class Changed:
    """`summary` says in sentences what happens. `reshapes`: whether answers have another shape from now on."""

    questions: list[Definition]
    moves: dict[str, dict[str, str | None] | None]
    summary: str

    def reshapes(self, before: Sequence[Definition]) -> bool:
        return _shape(before) != _shape(self.questions)


def apply_change(
    questions: Sequence[Definition], fields: Sequence[Mapping[str, str]], change: Mapping[str, Any]
) -> Changed:
    """What a change leaves of `questions`, or InvalidQuestion.

    `{"kind": "change_question", question, title?, description?, required?, when?, and the type's own settings}`
    `{"kind": "edit_options", question, options: [{was?, value, title?, description?, color?, hotkey?, retired?}]}`:
    all of them in their new order; `was` is what an option was called.
    `{"kind": "merge_options", question, options: [value, …], into: an option}`
    `{"kind": "split_option", question, option, into: [option, …]}`: it is retired, and its answers are given anew.
    `{"kind": "add_question", definition, position?}`, `{"kind": "remove_question", question}`
    """
    kind = change.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise InvalidQuestion(_("A change is one of %(names)s.") % {"names": ", ".join(KINDS)})
    work, keys = KINDS[kind]
    unknown = set(change) - {"kind", *keys} - (_settings(questions, change) if kind == "change_question" else set())
    if unknown:
        raise InvalidQuestion(
            _("%(kind)s has no %(names)s.") % {"kind": kind, "names": ", ".join(sorted(map(str, unknown)))}
        )
    after = [dict(each) for each in questions]
    moves, summary = work(after, change)
    # Checked, and completed where it is new.
    return Changed(dump_questions(parse_questions(after, fields)), moves, summary)


def reversed_moves(before: Sequence[Definition], change: Changed, asked: Mapping[str, Any]) -> Moves:
    """What an undo makes of answers given since `change`, which was `asked` for and met the questions `before`."""
    earlier = {each["name"]: each for each in before}
    back: dict[str, dict[str, str | None] | None] = {}
    for definition in change.questions:
        name = definition["name"]
        if name not in earlier:
            back[name] = None
            continue
        known, moved = _values(earlier[name]), change.moves.get(name) or {}
        parent = asked.get("option") if asked.get("kind") == "split_option" and asked.get("question") == name else None
        move: dict[str, str | None] = {}
        for value in _values(definition):
            sources = [option for option in known if moved.get(option, option) == value]
            if value in sources:
                continue
            fresh = sources[0] if len(sources) == 1 else parent if not sources else None
            move[value] = fresh
        if move:
            back[name] = move
    return back


def _change_question(questions: list[Definition], change: Mapping[str, Any]) -> tuple[Any, str]:
    question = _find(questions, change)
    given = {key: value for key, value in change.items() if key not in ("kind", "question")}
    differing = [key for key, value in given.items() if question.get(key) != value]
    if not differing:
        raise InvalidQuestion(_("Nothing would change."))
    question |= given
    if question.get("when") is None:
        question.pop("when", None)
    said = ", ".join(_(WORDS.get(key, key.replace("_", " "))) for key in differing)
    return {}, _("“%(title)s”: changes its %(said)s.") % {"title": question["title"] or question["name"], "said": said}


def _edit_options(questions: list[Definition], change: Mapping[str, Any]) -> tuple[Any, str]:
    question = _find_listing(questions, change)
    before = {option["value"]: option for option in question["options"]}
    listed = change.get("options")
    if not isinstance(listed, list):
        raise InvalidQuestion(_("edit_options lists the options in their new order."))
    after, moves, said, seen = [], {}, [], set()
    for entry in listed:
        option = _option(entry)
        was = option.pop("was", None) or (option["value"] if option["value"] in before else None)
        if was is not None and (was not in before or was in seen):
            raise InvalidQuestion(
                _("“%(was)s” is no option of “%(name)s”, or is listed twice.")
                % {"was": str(was)[:80], "name": question["name"]}
            )
        if was is None:
            said.append(_("adds “%(value)s”") % {"value": option["value"]})
        else:
            seen.add(was)
            if was != option["value"]:
                moves[was] = option["value"]
                said.append(_("“%(was)s” becomes “%(value)s”") % {"was": was, "value": option["value"]})
            retired, is_retired = before[was].get("retired", False), option.get("retired", False)
            if retired != is_retired:
                words = _("retires “%(value)s”") if is_retired else _("offers “%(value)s” again")
                said.append(words % {"value": option["value"]})
        after.append(option)
    if missing := [value for value in before if value not in seen]:
        raise InvalidQuestion(
            _("“%(missing)s” is missing; retire it, so that its answers stay readable.") % {"missing": missing[0]}
        )
    if after == [{**option} for option in question["options"]]:
        raise InvalidQuestion(_("Nothing would change."))
    named = [moves.get(value, value) for value in before]
    if named != [option["value"] for option in after if option["value"] in named]:
        said.append(_("puts the options in another order"))
    question["options"] = after
    _follow_conditions(questions, question["name"], {old: [new] for old, new in moves.items()})
    return _moves(question, moves), _sentence(question, said or [_("changes how its options look")])


def _merge_options(questions: list[Definition], change: Mapping[str, Any]) -> tuple[Any, str]:
    question = _find_listing(questions, change)
    _refuse_places(question)
    values, merged = _values(question), change.get("options")
    if not isinstance(merged, list) or len(set(map(str, merged))) < 2 or not all(each in values for each in merged):
        raise InvalidQuestion(_("Name two or more options of “%(name)s” to merge.") % {"name": question["name"]})
    into = _option(change.get("into"))
    target = into["value"]
    if target in values and target not in merged:
        raise InvalidQuestion(_("“%(target)s” is another option; list it among those to merge.") % {"target": target})
    place = min(values.index(each) for each in merged)
    standing: Definition = next((each for each in question["options"] if each["value"] == target), {})
    kept = [each for each in question["options"] if each["value"] not in merged]
    fresh = {**standing, **into}
    fresh.pop("retired", None)
    question["options"] = [*kept[:place], fresh, *kept[place:]]
    moves = {each: target for each in merged if each != target}
    _follow_conditions(questions, question["name"], {each: [target] for each in moves})
    said = _listed(merged)
    return _moves(question, moves), _sentence(
        question, [_("%(said)s become one option, “%(target)s”") % {"said": said, "target": target}]
    )


def _split_option(questions: list[Definition], change: Mapping[str, Any]) -> tuple[Any, str]:
    question = _find_listing(questions, change)
    _refuse_places(question)
    values, split = _values(question), change.get("option")
    if split not in values:
        raise InvalidQuestion(
            _("“%(split)s” is not an option of “%(name)s”.") % {"split": str(split)[:80], "name": question["name"]}
        )
    raw = change.get("into")
    into = [_option(each) for each in raw] if isinstance(raw, list) else []
    if len(into) < 2:
        raise InvalidQuestion(_("An option is split into two or more."))
    place = values.index(split)
    options = [{**each, "retired": True} if each["value"] == split else each for each in question["options"]]
    names = [each["value"] for each in into]
    question["options"] = [*options[: place + 1], *into, *options[place + 1 :]]
    _follow_conditions(questions, question["name"], {split: [split, *names]})
    said = _listed(names)
    return _moves(question, {split: None}), _sentence(
        question, [_("“%(split)s” is retired in favour of %(said)s") % {"split": split, "said": said}]
    )


def _add_question(questions: list[Definition], change: Mapping[str, Any]) -> tuple[Any, str]:
    definition, position = change.get("definition"), change.get("position", len(questions))
    if not isinstance(definition, dict):
        raise InvalidQuestion(_("add_question has the question's definition."))
    if type(position) is not int or not 0 <= position <= len(questions):
        raise InvalidQuestion(_("position is a number from 0 to %(count)s.") % {"count": len(questions)})
    questions.insert(position, dict(definition))
    return {}, _("Asks “%(title)s” as well.") % {"title": definition.get("title") or definition.get("name")}


def _remove_question(questions: list[Definition], change: Mapping[str, Any]) -> tuple[Any, str]:
    question = _find(questions, change)
    dependent = [each for each in questions if (each.get("when") or {}).get("question") == question["name"]]
    if dependent:
        raise InvalidQuestion(
            _("“%(title)s” is asked only after it; change its condition first.") % {"title": dependent[0]["title"]}
        )
    questions.remove(question)
    return {question["name"]: None}, _("Asks “%(title)s” no more; its answers go.") % {"title": question["title"]}


KINDS: dict[str, tuple[Callable[[list[Definition], Mapping[str, Any]], tuple[Any, str]], tuple[str, ...]]] = {
    "change_question": (_change_question, ("question", "title", "description", "required", "when")),
    "edit_options": (_edit_options, ("question", "options")),
    "merge_options": (_merge_options, ("question", "options", "into")),
    "split_option": (_split_option, ("question", "option", "into")),
    "add_question": (_add_question, ("definition", "position")),
    "remove_question": (_remove_question, ("question",)),
}


def _find(questions: list[Definition], change: Mapping[str, Any]) -> Definition:
    name = change.get("question")
    found = next((each for each in questions if each["name"] == name), None)
    if found is None:
        raise InvalidQuestion(_("There is no question “%(name)s”.") % {"name": str(name)[:80]})
    return found


def _find_listing(questions: list[Definition], change: Mapping[str, Any]) -> Definition:
    question = _find(questions, change)
    if not TYPES[question["type"]].lists_options:
        raise InvalidQuestion(_("“%(title)s” lists no options.") % {"title": question["title"]})
    return question


def _refuse_places(question: Definition) -> None:
    if TYPES[question["type"]].shuffled:
        raise InvalidQuestion(
            _("Options that are put in order cannot be merged or split: each has a place of its own.")
        )


def _settings(questions: Sequence[Definition], change: Mapping[str, Any]) -> set[str]:
    name = change.get("question")
    return {key for each in questions if each["name"] == name for key in TYPES[each["type"]].settings}


def _option(entry: object) -> Definition:
    """An option in the stored form; the rest of what can be wrong with it is found when the questions are parsed."""
    if isinstance(entry, str):
        entry = {"value": entry}
    if not isinstance(entry, dict) or not isinstance(entry.get("value"), str):
        raise InvalidQuestion(_("An option is text, or an object with a value."))
    option = {"value": entry["value"], "title": entry.get("title") or entry["value"], **entry}
    option["title"] = option["title"] or option["value"]
    option["description"] = option.get("description") or ""
    return {key: value for key, value in option.items() if value not in (None, "", False) or key == "description"}


def _moves(question: Definition, moves: Mapping[str, str | None]) -> dict[str, Any]:
    return {question["name"]: dict(moves)} if moves else {}


def _follow_conditions(questions: list[Definition], name: str, successors: Mapping[str, list[str]]) -> None:
    for each in questions:
        when = each.get("when")
        if when and when["question"] == name:
            keys = [new for key in when["is"] for new in successors.get(key, [key])]
            each["when"] = {"question": name, "is": list(dict.fromkeys(keys))}


def _values(question: Definition) -> list[str]:
    return [option["value"] for option in question.get("options", [])]


def _listed(values: Sequence[Any]) -> str:
    return _(" and ").join(f"“{each}”" for each in values)


def _sentence(question: Definition, said: Sequence[str]) -> str:
    return f"“{question['title']}”: {'; '.join(said)}."


def _shape(questions: Sequence[Definition]) -> list[Any]:
    """What answers can hold: all but how it looks."""
    return [
        (
            each["name"],
            [(option["value"], option.get("retired", False)) for option in each.get("options", [])],
            {key: each.get(key) for key in TYPES[each["type"]].settings},
        )
        for each in questions
    ]
