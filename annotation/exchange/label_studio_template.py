"""Label Studio's labelling configuration (XML) that asks what a project asks: what `label_studio_config` reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from xml.etree import ElementTree

from annotation.questions import Question
from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop

from .base import Setting, Shape, Sink, Unwritable, Written
from .write_only import WriteOnly

# What XML has no way to say.
UNSAYABLE = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
TAGS = {"text": "Text", "markdown": "Markdown", "response": "Text", "chat": "Paragraphs", "table": "Table"}


class LabelStudioConfiguration(WriteOnly):
    """Writer of the configuration beside which Label Studio imports the tasks."""

    name = "label_studio_config"
    title = gettext_noop("Label Studio: configuration")
    extensions: tuple[str, ...] = (".xml",)
    media_type = "application/xml"
    writes = keeps_split = True
    keeps_gold = False
    settings: tuple[Setting, ...] = ()

    def leaves_out(self, shape: Shape) -> list[str]:
        return [_("Everything but the questions: the items are in the format “Label Studio”.")]

    def write(
        self, records: Iterable[dict[str, Any]], target: Sink, shape: Shape, settings: Mapping[str, str]
    ) -> Written:
        """What is to be pasted under Settings → Labeling Interface → Code; it holds no records."""
        if not shape.asked:
            raise Unwritable(_("A project without questions has nothing that Label Studio could show."))
        target.write(labelling_configuration(shape).encode())
        return Written()

    def _why_not(self) -> str:
        return _("A configuration holds no items; begin a new project with it.")


def labelling_configuration(shape: Shape) -> str:
    """The XML, ending with a line's end."""
    root = ElementTree.Element("View")
    for field in shape.shown:
        attributes = {"name": field["name"], "value": f"${field['name']}"}
        if field["type"] == "chat":
            attributes |= {"nameKey": "role", "textKey": "content", "layout": "dialogue"}
        ElementTree.SubElement(root, TAGS[field["type"]], attributes)
    tags = tag_names(shape)
    for question in shape.asked:
        ElementTree.SubElement(root, "Header", {"value": question.title})
        _add_question(root, question, tags[question.name], shape)
    ElementTree.indent(root)
    return UNSAYABLE.sub("", ElementTree.tostring(root, encoding="unicode")) + "\n"


def tag_names(shape: Shape) -> dict[str, str]:
    """Question → the name of its tag: fields and questions share one space of names there."""
    names: dict[str, str] = {}
    for question in shape.asked:
        name = question.name
        while name in shape.fields or name in names.values():
            name += "_answer"
        names[question.name] = name
    return names


def is_pair(question: Question, shape: Shape) -> bool:
    """Whether a ranking compares what two fields show, side by side."""
    return question.type == "ranking" and len(question.values) == 2 and set(question.values) <= set(shape.fields)


def lists_of(shape: Shape) -> dict[str, list[dict[str, str]]]:
    """Data that a <Ranker> needs beside the item's own: its entries, by the column they are expected in."""
    return {
        _list_of(question): [{"id": option.value, "title": option.title} for option in question.offered]
        for question in shape.asked
        if question.type == "ranking" and not is_pair(question, shape)
    }


def pairs_of(shape: Shape) -> dict[str, list[str]]:
    """Tag that compares two → what it shows on the left and on the right."""
    tags = tag_names(shape)
    return {tags[question.name]: list(question.values) for question in shape.asked if is_pair(question, shape)}


def target_of(question: Question, shape: Shape) -> str:
    """The name of the tag that a question is about."""
    if question.type == "ranking":
        return ",".join(question.values) if is_pair(question, shape) else _list_of(question)
    return question.settings.get("field") or shape.fields[0]


def _list_of(question: Question) -> str:
    return f"{question.name}_entries"


def _add_question(root: ElementTree.Element, question: Question, name: str, shape: Shape) -> None:
    attributes = {"name": name, "toName": target_of(question, shape)}
    # Where none of the options is an answer, too, Label Studio would insist on one.
    if question.required and question.settings.get("at_least") != 0:
        attributes["required"] = "true"
    if question.condition:
        attributes |= {
            "visibleWhen": "choice-selected",
            "whenTagName": tag_names(shape)[question.condition.question],
            "whenChoiceValue": ",".join(question.condition.keys),
        }
    match question.type:
        case "choice" | "multichoice":
            attributes["choice"] = "single" if question.type == "choice" else "multiple"
            _add_options(ElementTree.SubElement(root, "Choices", attributes), "Choice", question)
        case "spans":
            attributes.pop("required", None)
            attributes["granularity"] = "word" if question.settings.get("tokens", True) else "symbol"
            _add_options(ElementTree.SubElement(root, "Labels", attributes), "Label", question)
        case "rating" if question.settings["min"] == 1:
            ElementTree.SubElement(root, "Rating", attributes | {"maxRating": str(question.settings["max"])})
        case "rating":
            ends = {key: str(question.settings[key]) for key in ("min", "max")}
            ElementTree.SubElement(root, "Number", attributes | ends)
        case "ranking" if is_pair(question, shape):
            ElementTree.SubElement(root, "Pairwise", attributes)
        case "ranking":
            shown = {"name": target_of(question, shape), "value": f"${target_of(question, shape)}"}
            ElementTree.SubElement(root, "List", shown)
            ElementTree.SubElement(root, "Ranker", attributes)
        case _:
            if question.settings.get("field"):
                attributes["value"] = f"${question.settings['field']}"
            ElementTree.SubElement(root, "TextArea", attributes | {"maxSubmissions": "1", "editable": "true"})


def _add_options(parent: ElementTree.Element, tag: str, question: Question) -> None:
    for option in question.offered:
        attributes = {"value": option.title}
        if option.value != option.title:
            attributes["alias"] = option.value
        if option.description:
            attributes["hint"] = option.description
        if option.hotkey:
            attributes["hotkey"] = option.hotkey
        if option.color:
            attributes["background"] = option.color
        ElementTree.SubElement(parent, tag, attributes)
