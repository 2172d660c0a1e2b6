"""Upload a file, and say which of its columns becomes what."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.exchange import Mapping, Preview
from annotation.exchange.mapping import ANNOTATOR
from annotation.exchange.registry import readable
from annotation.models import Project

REST, NONE, GUESSED = "rest", "none", "guessed"
# Before the position of one of the file's own questions.
ASKED = "q"
ARCHIVES = (".gz", ".zip")
EXTENSIONS = tuple(dict.fromkeys(extension for kind in readable() for extension in kind.extensions))


def upload_limit() -> int:
    """Bytes that one uploaded file may have."""
    return settings.SYNTHWEB_MAX_UPLOAD_MB << 20


def format_titles() -> dict[str, str]:
    """What can be read, by name."""
    return {kind.name: _(kind.title) for kind in readable()}


class UploadForm(forms.Form):
    """One file. Its kind is found out from its content, so its name may be anything."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        max_length=255,
        widget=forms.FileInput(attrs={"accept": ",".join(dict.fromkeys((*EXTENSIONS, ".txt", *ARCHIVES)))}),
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        size = file.size or 0
        if size > upload_limit():
            raise forms.ValidationError(
                _("The file has %(size)s; at most %(upload_limit)s can be uploaded.")
                % {"size": filesizeformat(size), "upload_limit": filesizeformat(upload_limit())},
                code="too_large",
            )
        return file


class FormatForm(forms.Form):
    """As what a file is read, where what was found out is wrong."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["format"] = forms.ChoiceField(label=_("Read as"), choices=list(format_titles().items()))


class MappingForm(forms.Form):
    """A select per field and question. Columns and the file's questions travel by position: their names may hold any
    character."""

    def __init__(self, *args: Any, project: Project, preview: Preview, guessed: Mapping, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.columns = preview.columns
        self.asked = [question.name for question in preview.questions]
        self.guessed = guessed
        titles = {field["name"]: field.get("title") or field["name"] for field in project.fields}
        for name in project.field_names:
            self._ask(
                f"field_{name}", titles[name], guessed.fields.get(name), empty=_("Choose a column"), required=True
            )
        self._ask("external_id", _("Your own id"), guessed.external_id, empty=_("None"))
        for question in project.question_list:
            self._ask(
                f"gold_{question.name}",
                _("Gold: %(title)s") % {"title": question.title},
                guessed.gold.get(question.name),
                empty=_("None"),
            )
        for question in project.question_list:
            self._ask_source(f"answers_{question.name}", question.title, guessed.answers.get(question.name))
        self._ask("annotator_column", _("Who answered"), guessed.annotator_column, empty=_("The file does not say"))
        self.fields["annotator"] = forms.CharField(
            label=_("Name of whoever the file does not name"),
            max_length=100,
            required=False,
            initial=guessed.annotator or ANNOTATOR,
            widget=forms.TextInput(attrs={"spellcheck": "false"}),
        )
        self._ask("split", _("Split"), guessed.split, empty=_("None"))
        kept = [(REST, _("Every other column")), (NONE, _("Nothing"))]
        if guessed.metadata:
            kept.insert(
                0, (GUESSED, _("The metadata that was exported (%(count)s)") % {"count": len(guessed.metadata)})
            )
        elif guessed.metadata is not None:
            kept.reverse()
        self.fields["metadata"] = forms.ChoiceField(label=_("Keep as metadata"), choices=kept, initial=kept[0][0])

    def _ask(self, name: str, label: str, guessed: str | None, *, empty: str, required: bool = False) -> None:
        choices = [("", empty), *((str(position), column) for position, column in enumerate(self.columns))]
        self.fields[name] = forms.ChoiceField(
            label=label,
            choices=choices,
            required=required,
            initial=str(self.columns.index(guessed)) if guessed in self.columns else "",
            error_messages={"required": _("Say which column holds “%(label)s”.") % {"label": label}},
        )

    def _ask_source(self, name: str, label: str, guessed: str | None) -> None:
        """What answers a question: one that the file's annotations answer, or a column whose value is the answer."""
        asked = [(f"{ASKED}{position}", each) for position, each in enumerate(self.asked)]
        columns = [(str(position), column) for position, column in enumerate(self.columns)]
        choices: list[Any] = [("", _("No answers"))]
        choices += [(_("Annotations in the file"), asked)] if asked else []
        choices += [(_("Columns"), columns)]
        spelled = {source: value for value, source in (*columns, *asked)}
        self.fields[name] = forms.ChoiceField(
            label=label, choices=choices, required=False, initial=spelled.get(guessed or "", "")
        )

    @property
    def mapping(self) -> Mapping:
        """What the form says; before it is filled in, the guess. Call on an unbound or valid form."""
        if not self.is_bound:
            return self.guessed
        answers = self.cleaned_data
        metadata = {REST: None, NONE: [], GUESSED: self.guessed.metadata}[answers["metadata"]]
        annotator = answers["annotator"].strip()
        return Mapping(
            fields=self._columns("field_"),
            external_id=self._column("external_id"),
            gold=self._columns("gold_"),
            metadata=metadata,
            answers=self._columns("answers_"),
            annotator="" if annotator == ANNOTATOR else annotator,
            annotator_column=self._column("annotator_column"),
            split=self._column("split"),
            source=self.guessed.source,
        )

    def _columns(self, prefix: str) -> dict[str, str]:
        chosen = {name.removeprefix(prefix): self._column(name) for name in self.fields if name.startswith(prefix)}
        return {name: column for name, column in chosen.items() if column is not None}

    def _column(self, name: str) -> str | None:
        position = self.cleaned_data.get(name)
        if not position:
            return None
        if position.startswith(ASKED):
            return self.asked[int(position.removeprefix(ASKED))]
        return self.columns[int(position)]

    @property
    def text_fields(self) -> list[forms.BoundField]:
        return self._named("field_")

    @property
    def answer_fields(self) -> list[forms.BoundField]:
        return [*self._named("answers_"), self["annotator_column"], self["annotator"]]

    @property
    def gold_fields(self) -> list[forms.BoundField]:
        return self._named("gold_")

    @property
    def other_fields(self) -> list[forms.BoundField]:
        return [self["external_id"], self["split"], self["metadata"]]

    @property
    def has_answers(self) -> bool:
        """Whether the file has answers of its own, or some were chosen."""
        return bool(self.asked) or any(field.value() for field in self._named("answers_"))

    @property
    def has_gold(self) -> bool:
        return any(field.value() or field.errors for field in self.gold_fields)

    def _named(self, prefix: str) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith(prefix)]

    def uses(self, mapping: Mapping) -> dict[str, tuple[str, str]]:
        """Column → (kind, words): what the mapping makes of it. Columns that are left behind are missing."""
        uses = dict.fromkeys(mapping.metadata_columns(self.columns).values(), ("metadata", _("Metadata")))
        uses |= {column: ("gold", str(self[f"gold_{name}"].label)) for name, column in mapping.gold.items()}
        uses |= {
            column: ("answer", _("Answers: %(title)s") % {"title": self[f"answers_{name}"].label})
            for name, column in mapping.answers.items()
        }
        uses |= {column: ("text", str(self[f"field_{name}"].label)) for name, column in mapping.fields.items()}
        single = (
            (mapping.external_id, _("Your own id")),
            (mapping.annotator_column, _("Who answered")),
            (mapping.split, _("Split")),
            (mapping.source, _("Where it comes from")),
        )
        return uses | {column: ("id", words) for column, words in single if column}
