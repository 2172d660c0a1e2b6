"""Label Studio's labelling configuration (XML): what it shows and asks, in our terms, and what is lost on the way."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

from annotation.questions import InvalidQuestion, check_fields, dump_questions, parse_questions
from annotation.questions.speech import gettext as _
from annotation.questions.speech import number

LONGEST = 200_000
DEEPEST = 50
MOST_OPTIONS = 200
# A list that items bring is as long as each item likes; ours is made of fields.
LISTED = 3

# Entities and document types are never needed, and bite (billion laughs, external files).
DECLARATION = re.compile(r"<!(?!--|\[CDATA\[)")
HEX = re.compile(r"#?([0-9a-fA-F]{6}|[0-9a-fA-F]{3})\Z")
SHOWN_TAGS = {
    "Text": "text",
    "HyperText": "text",
    "Paragraphs": "chat",
    "Chat": "chat",
    "Table": "table",
    "Markdown": "markdown",
}
LAYOUT = {"View", "Collapse", "Panel", "Repeater", "Filter", "Style", "Shortcut"}
UNSEEN = {"Image", "Audio", "AudioPlus", "Video", "TimeSeries", "Pdf", "PDF", "List"}
SHADES = {
    "blue": (43, 85, 211), "orange": (250, 150, 20), "green": (46, 160, 67), "pink": (232, 62, 140),
    "teal": (32, 178, 170), "red": (210, 40, 40), "indigo": (75, 0, 180), "lime": (140, 200, 40),
    "brown": (139, 90, 43), "purple": (142, 68, 190), "yellow": (240, 200, 20), "gray": (128, 128, 128),
}  # fmt: skip


class UnreadableConfig(ValueError):
    """No labelling configuration, or one that asks nothing we can ask; the message says why."""


@dataclass(slots=True)
class Conversion:
    """Fields and questions as `create_project` takes them; `losses` says in sentences what has no counterpart."""

    fields: list[dict[str, str]] = field(default_factory=list)
    questions: list[dict[str, Any]] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)


def read_config(text: str) -> Conversion:
    """A labelling configuration as fields and questions. Nothing is dropped silently. Raises UnreadableConfig."""
    root = _parse(text)
    reader = _Reader()
    reader.walk(root)
    made = reader.made
    if made.questions and not any(question["required"] for question in made.questions):
        # Who answers nothing has not answered: in Label Studio, too, they look at the first question.
        made.questions[0]["required"] = "when" not in made.questions[0]
    if not made.questions:
        raise UnreadableConfig(_("This configuration asks nothing that can be asked here. ") + " ".join(made.losses))
    try:
        made.fields = check_fields(made.fields)
        made.questions = dump_questions(parse_questions(made.questions, made.fields))
    except InvalidQuestion as error:
        raise UnreadableConfig(
            _("What this configuration asks cannot be asked here: %(error)s") % {"error": error}
        ) from error
    return made


def _parse(text: str) -> ElementTree.Element:
    if len(text) > LONGEST:
        raise UnreadableConfig(
            _("A labelling configuration has at most %(longest)s characters.") % {"longest": number(LONGEST)}
        )
    if DECLARATION.search(text):
        raise UnreadableConfig(_("Document types and entities are not read; remove the <!…> declarations."))
    try:
        root = ElementTree.fromstring(text.strip())
    except ElementTree.ParseError as error:
        line, column = error.position
        raise UnreadableConfig(
            _("This is no XML: line %(line)s, column %(column)s.") % {"line": line, "column": column + 1}
        ) from error
    except ValueError as error:
        raise UnreadableConfig(_("This is no XML: %(error)s.") % {"error": error}) from error
    if root.tag != "View":
        raise UnreadableConfig(_("A labelling configuration begins with <View>."))
    level, depth = [root], 0
    while level := [child for each in level for child in each]:
        depth += 1
        if depth > DEEPEST:
            raise UnreadableConfig(_("Its tags are nested more than %(deepest)s deep.") % {"deepest": DEEPEST})
    return root


class _Reader:
    """Goes through the tags in the order in which an annotator sees them."""

    def __init__(self) -> None:
        self.made = Conversion()
        # What the configuration calls a shown value → our field.
        self._shown: dict[str, str] = {}
        self._lists: dict[str, str] = {}
        self._questions: dict[str, dict[str, Any]] = {}
        self._heading = ""
        self._asking: dict[str, Callable[[ElementTree.Element], dict[str, Any] | None]] = {
            "Choices": self._choices,
            "Taxonomy": self._taxonomy,
            "Labels": self._spans,
            "HyperTextLabels": self._spans,
            "ParagraphLabels": self._spans,
            "Rating": self._rating,
            "Number": self._number,
            "TextArea": self._text,
            "Pairwise": self._pairwise,
            "Ranker": self._ranker,
        }

    def walk(self, element: ElementTree.Element) -> None:
        self._gather_shown(element)
        self._walk(element)

    def lose(self, sentence: str) -> None:
        if sentence not in self.made.losses:
            self.made.losses.append(sentence)

    def _gather_shown(self, root: ElementTree.Element) -> None:
        """What is shown first: a question may stand above what it is about."""
        for element in root.iter():
            name, value = element.get("name", ""), element.get("value", "")
            if element.tag in SHOWN_TAGS:
                kind = SHOWN_TAGS[element.tag]
                if not value.startswith("$"):
                    self.lose(
                        _("<%(tag)s name=“%(name)s”> shows a fixed text, not the item’s; it is left out.")
                        % {"tag": element.tag, "name": name}
                    )
                    continue
                if element.tag == "HyperText":
                    self.lose(
                        _("“%(name)s” is HTML in Label Studio; here its source is shown as text.") % {"name": name}
                    )
                self._shown[name] = self._add_field(value, kind)
            elif element.tag == "List":
                self._lists[name] = value
            elif element.tag in UNSEEN:
                self.lose(_("<%(tag)s name=“%(name)s”> cannot be shown here.") % {"tag": element.tag, "name": name})

    def _add_field(self, value: str, kind: str) -> str:
        name = _name(value.lstrip("$"), "text")
        known = next((each for each in self.made.fields if each["name"] == name), None)
        if known is None:
            self.made.fields.append({"name": name, "type": kind})
        return name

    def _walk(self, element: ElementTree.Element) -> None:
        for child in element:
            tag = child.tag
            if tag == "Header":
                self._heading = child.get("value", "") or (child.text or "").strip()
                if self._heading.startswith("$"):
                    self._shown[self._heading] = self._add_field(self._heading, "text")
                    self._heading = ""
            elif tag in self._asking:
                self._ask(child)
            elif tag in LAYOUT:
                if tag == "Style":
                    self.lose(_("Styles (<Style>) are left out."))
                if tag == "View" and child.get("visibleWhen"):
                    self.lose(_("A part of the page that appears on a condition (<View visibleWhen>) is always shown."))
                self._walk(child)
            elif tag not in SHOWN_TAGS and tag not in UNSEEN:
                name = f" name=“{child.get('name')}”" if child.get("name") else ""
                self.lose(_("<%(tag)s%(name)s> has no counterpart here; it is left out.") % {"tag": tag, "name": name})

    def _ask(self, element: ElementTree.Element) -> None:
        name = element.get("name", "")
        if element.get("perRegion") == "true" or element.get("perItem") == "true":
            self.lose(
                _("“%(name)s” is asked for every marked region in Label Studio; here questions are about the item.")
                % {"name": name}
            )
            return
        question = self._asking[element.tag](element)
        if question is None:
            return
        used = {each["name"] for each in self.made.questions}
        question["name"] = _free(_name(name, "label"), used)
        question["title"] = (self._heading or _title(name or question["name"]))[:2_000]
        question["required"] = element.get("required") == "true"
        self._heading = ""
        self._condition(element, question)
        self.made.questions.append(question)
        self._questions[name] = question

    def _condition(self, element: ElementTree.Element, question: dict[str, Any]) -> None:
        if not element.get("visibleWhen"):
            return
        earlier = self._questions.get(element.get("whenTagName", ""))
        wanted = [each.strip() for each in element.get("whenChoiceValue", "").split(",") if each.strip()]
        known = [option["value"] for option in earlier.get("options", [])] if earlier else []
        keys = [each for each in wanted if each in known] or ([] if wanted else known)
        if element.get("visibleWhen") == "choice-selected" and earlier and keys:
            question["when"] = {"question": earlier["name"], "is": keys}
        else:
            self.lose(
                _("The condition of “%(name)s” (%(visibleWhen)s) is left out: it is always asked.")
                % {"name": question["name"], "visibleWhen": element.get("visibleWhen")}
            )

    def _choices(self, element: ElementTree.Element) -> dict[str, Any] | None:
        options = self._options(element, "Choice")
        if any(len(list(child.iter("Choice"))) > 1 for child in element):
            self.lose(_("The nested choices of “%(name)s” are one flat list.") % {"name": element.get("name")})
        if len(options) < 2:
            self._lose_question(element, options)
            return None
        if element.get("choice") == "multiple":
            return {"type": "multichoice", "options": options}
        return {"type": "choice", "options": options}

    def _taxonomy(self, element: ElementTree.Element) -> dict[str, Any] | None:
        options = self._options(element, "Choice")
        self.lose(_("The tree “%(name)s” is one flat list of paths.") % {"name": element.get("name")})
        if element.get("apiUrl"):
            self.lose(_("The entries of “%(name)s” that come from a URL are left out.") % {"name": element.get("name")})
        if len(options) < 2:
            self._lose_question(element, options)
            return None
        most = int(element.get("maxUsages", "0")) if element.get("maxUsages", "0").isdecimal() else 0
        if most == 1:
            return {"type": "choice", "options": options}
        return {"type": "multichoice", "options": options, "at_most": min(most, len(options))}

    def _spans(self, element: ElementTree.Element) -> dict[str, Any] | None:
        name, target = element.get("name", ""), self._field_of(element)
        kind = next((each["type"] for each in self.made.fields if each["name"] == target), "")
        if kind not in ("text", "markdown", "response"):
            self.lose(
                _("“%(name)s” marks parts of “%(toName)s”, which is no plain text; it is left out.")
                % {"name": name, "toName": element.get("toName")}
            )
            return None
        options = self._options(element, "Label")
        if not options:
            self._lose_question(element, options)
            return None
        tokens = element.get("granularity", "word") != "symbol"
        return {"type": "spans", "options": options, "field": target, "tokens": tokens}

    def _rating(self, element: ElementTree.Element) -> dict[str, Any]:
        most = element.get("maxRating", "5")
        return {"type": "rating", "min": 1, "max": min(101, max(2, int(most))) if most.isdecimal() else 5}

    def _number(self, element: ElementTree.Element) -> dict[str, Any]:
        low, high = element.get("min", ""), element.get("max", "")
        if low.lstrip("-").isdecimal() and high.lstrip("-").isdecimal() and 0 < int(high) - int(low) <= 100:
            return {"type": "rating", "min": int(low), "max": int(high)}
        self.lose(_("“%(name)s” asks for any number; here it is a text.") % {"name": element.get("name")})
        return {"type": "text", "max_length": 40}

    def _text(self, element: ElementTree.Element) -> dict[str, Any]:
        question: dict[str, Any] = {"type": "text", "description": element.get("placeholder", "")}
        if element.get("maxSubmissions", "1") != "1":
            self.lose(
                _("“%(name)s” takes several texts in Label Studio; here it takes one.") % {"name": element.get("name")}
            )
        prefilled = element.get("value", "")
        if prefilled.startswith("$"):
            # It starts from a value of the item: a correction.
            question["field"] = self._add_field(prefilled, "text")
        return question

    def _pairwise(self, element: ElementTree.Element) -> dict[str, Any] | None:
        sides = [each.strip() for each in element.get("toName", "").split(",")]
        fields = [self._shown[side] for side in sides if side in self._shown]
        if len(set(fields)) != 2:
            self.lose(_("“%(name)s” compares what is not shown here; it is left out.") % {"name": element.get("name")})
            return None
        return self._beside(fields, ties=True)

    def _ranker(self, element: ElementTree.Element) -> dict[str, Any] | None:
        shown = self._lists.get(element.get("toName", ""), "")
        stem = _name(shown.lstrip("$") or "entry", "entry")
        fields = [self._add_field(f"{stem}_{number}", "response") for number in range(1, LISTED + 1)]
        self.lose(
            _(
                "“%(name)s” ranks a list that every item brings; here each entry is a field. %(listed)s of them "
                "were made: add or remove some."
            )
            % {"name": element.get("name"), "listed": LISTED}
        )
        if list(element.iter("Bucket")):
            self.lose(
                _("The buckets of “%(name)s” are left out: everything is put in one order.")
                % {"name": element.get("name")}
            )
        return self._beside(fields, ties=False)

    def _beside(self, fields: list[str], *, ties: bool) -> dict[str, Any]:
        for each in self.made.fields:
            if each["name"] in fields and each["type"] == "text":
                each["type"] = "response"
        return {"type": "ranking", "options": [{"value": name, "title": _title(name)} for name in fields], "ties": ties}

    def _field_of(self, element: ElementTree.Element) -> str:
        return self._shown.get(element.get("toName", "").split(",")[0].strip(), "")

    def _lose_question(self, element: ElementTree.Element, options: list[dict[str, Any]]) -> None:
        dynamic = _(" (they come from each item’s data)") if element.get("value", "").startswith("$") else ""
        self.lose(
            _("“%(name)s” has %(count)s options here%(dynamic)s; it is left out.")
            % {"name": element.get("name"), "count": len(options), "dynamic": dynamic}
        )

    def _options(self, element: ElementTree.Element, tag: str) -> list[dict[str, Any]]:
        options: list[dict[str, Any]] = []
        keys: set[str] = set()
        for path, child in _paths(element, tag):
            title = " / ".join(path)
            value = (child.get("alias") or title).strip()[:200]
            if not value or value in {option["value"] for option in options}:
                continue
            option = {"value": value, "title": title, "description": child.get("hint", "")}
            key = child.get("hotkey", "").lower()
            if len(key) == 1 and key.isalnum() and key not in keys:
                keys.add(key)
                option["hotkey"] = key
            elif key:
                self.lose(_("The key “%(key)s” of “%(title)s” is left out.") % {"key": key, "title": title})
            if color := _shade(child.get("background", "")):
                option["color"] = color
            options.append(option)
        if len(options) > MOST_OPTIONS:
            self.lose(
                _("“%(name)s” has %(count)s options; the first %(most_options)s are kept.")
                % {"name": element.get("name"), "count": len(options), "most_options": MOST_OPTIONS}
            )
        return options[:MOST_OPTIONS]


def _paths(
    element: ElementTree.Element, tag: str, above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], ElementTree.Element]]:
    """Every option with the titles on the way to it, those that have options below them too."""
    for child in element:
        if child.tag == tag:
            path = (*above, (child.get("value") or child.get("html") or "").strip())
            yield path, child
            yield from _paths(child, tag, path)
        elif child.tag in ("View", "Collapse", "Panel"):
            yield from _paths(child, tag, above)


def _shade(color: str) -> str:
    """The nearest of our colours; empty where none was given."""
    if color.lower() in SHADES:
        return color.lower()
    found = HEX.match(color.strip())
    if not found:
        return {"grey": "gray", "darkorange": "orange", "navy": "blue"}.get(color.lower(), "")
    digits = found[1] if len(found[1]) == 6 else "".join(2 * digit for digit in found[1])
    rgb = [int(digits[place : place + 2], 16) for place in (0, 2, 4)]
    return min(SHADES, key=lambda name: sum((a - b) ** 2 for a, b in zip(SHADES[name], rgb, strict=True)))


def _name(text: str, otherwise: str) -> str:
    """A name in the data: lower case, digits and underscores."""
    name = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:60]
    return name if name[:1].isalpha() else f"{otherwise}_{name}".strip("_")


def _free(name: str, used: set[str]) -> str:
    number = 2
    free = name
    while free in used:
        free, number = f"{name}_{number}", number + 1
    return free


def _title(name: str) -> str:
    return re.sub(r"[_\-\s]+", " ", name).strip().capitalize()
