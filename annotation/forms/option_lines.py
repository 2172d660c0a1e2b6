"""Options as lines of text: `value = Title: what it means {blue, k}`, all but the value optional."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.questions import COLORS

BRACES = re.compile(r"\s*\{([^{}]*)\}\s*\Z")
COLON, EQUALS = re.compile(r"(?<!\\):"), re.compile(r"(?<!\\)=")
HELP = _(
    "One per line, such as “refund = Money back: wants money back {blue, r}”. All but the first word "
    "is optional: the title, what it means, and in braces a colour and a key."
)


class OptionLinesField(forms.CharField):
    """Cleans to the options of a question, as JSON; empty where there are none."""

    widget = forms.Textarea(attrs={"rows": 6, "spellcheck": "false"})

    def clean(self, value: Any) -> list[dict[str, str]]:
        return [_read(line.strip()) for line in super().clean(value).splitlines() if line.strip()]


class NumberLabelsField(forms.CharField):
    """Lines of `number: what it means`. Cleans to {number: meaning}."""

    widget = forms.Textarea(attrs={"rows": 3, "spellcheck": "false"})

    def clean(self, value: Any) -> dict[str, str]:
        labels: dict[str, str] = {}
        for line in filter(str.strip, super().clean(value).splitlines()):
            number, colon, meaning = line.partition(":")
            if not colon or not number.strip():
                raise forms.ValidationError(
                    _("“%(line)s” is not a number, a colon, and what it means.") % {"line": line[:80]}
                )
            labels[number.strip()] = meaning.strip()
        return labels


class LinesField(forms.CharField):
    """One value per line. Cleans to a list."""

    widget = forms.Textarea(attrs={"rows": 2, "spellcheck": "false"})

    def clean(self, value: Any) -> list[str]:
        return [line.strip() for line in super().clean(value).splitlines() if line.strip()]


def option_lines(options: Sequence[Mapping[str, Any]]) -> str:
    """The lines that are read back as these options."""
    return "\n".join(_line(option) for option in options)


def number_lines(labels: Mapping[str, str]) -> str:
    return "\n".join(f"{number}: {meaning}" for number, meaning in labels.items())


def _read(line: str) -> dict[str, str]:
    option: dict[str, str] = {}
    if braces := BRACES.search(line):
        line = line[: braces.start()]
        for word in filter(None, (word.strip() for word in braces[1].split(","))):
            if word.lower() in COLORS:
                option["color"] = word.lower()
            elif len(word) == 1:
                option["hotkey"] = word
            else:
                raise forms.ValidationError(
                    _("“%(word)s” is neither a key nor one of the colours %(names)s.")
                    % {"word": word[:40], "names": ", ".join(COLORS)}
                )
    head, *description = COLON.split(line, maxsplit=1)
    value, *title = EQUALS.split(head, maxsplit=1)
    if not value.strip():
        raise forms.ValidationError(_("“%(line)s” has no option at its beginning.") % {"line": line[:80]})
    texts = {"value": value, "title": "".join(title), "description": "".join(description)}
    return option | {key: _plain(text) for key, text in texts.items() if text.strip()}


def _line(option: Mapping[str, Any]) -> str:
    line = _escaped(option["value"])
    if (title := option.get("title", "")) and title != option["value"]:
        line += f" = {_escaped(title)}"
    if option.get("description"):
        line += f": {' '.join(option['description'].split())}"
    marks = [option[key] for key in ("color", "hotkey") if option.get(key)]
    return f"{line} {{{', '.join(marks)}}}" if marks else line


def _escaped(text: str) -> str:
    return " ".join(text.split()).replace(":", "\\:").replace("=", "\\=")


def _plain(text: str) -> str:
    return text.strip().replace("\\:", ":").replace("\\=", "=")
