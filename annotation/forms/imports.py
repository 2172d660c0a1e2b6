"""Upload a file, and say which of its columns becomes what."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.exchange import FORMATS, Mapping
from annotation.models import Project

REST, NONE, GUESSED = "rest", "none", "guessed"
EXTENSIONS = tuple(extension for kind in FORMATS.values() for extension in kind.extensions)


def upload_limit() -> int:
    """Bytes that one uploaded file may have."""
    return settings.SYNTHWEB_MAX_UPLOAD_MB << 20


class UploadForm(forms.Form):
    """One file. Its kind is found out from its content, so its name may be anything."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        max_length=255,
        widget=forms.FileInput(attrs={"accept": ",".join((*EXTENSIONS, ".txt"))}),
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


class MappingForm(forms.Form):
    """A select per field and question. Columns travel by position: their names may hold any character."""

    def __init__(self, *args: Any, project: Project, columns: list[str], guessed: Mapping, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.columns = columns
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

    @property
    def mapping(self) -> Mapping:
        """What the form says; before it is filled in, the guess. Call on an unbound or valid form."""
        if not self.is_bound:
            return self.guessed
        answers = self.cleaned_data
        metadata = {REST: None, NONE: [], GUESSED: self.guessed.metadata}[answers["metadata"]]
        return Mapping(self._columns("field_"), self._column("external_id"), self._columns("gold_"), metadata)

    def _columns(self, prefix: str) -> dict[str, str]:
        chosen = {name.removeprefix(prefix): self._column(name) for name in self.fields if name.startswith(prefix)}
        return {name: column for name, column in chosen.items() if column is not None}

    def _column(self, name: str) -> str | None:
        position = self.cleaned_data.get(name)
        return self.columns[int(position)] if position else None

    @property
    def text_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("field_")]

    @property
    def other_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if not name.startswith("field_")]

    def uses(self, mapping: Mapping) -> dict[str, tuple[str, str]]:
        """Column → (kind, words): what the mapping makes of it. Columns that are left behind are missing."""
        uses = dict.fromkeys(mapping.metadata_columns(self.columns).values(), ("metadata", _("Metadata")))
        uses |= {column: ("gold", str(self[f"gold_{name}"].label)) for name, column in mapping.gold.items()}
        uses |= {column: ("text", str(self[f"field_{name}"].label)) for name, column in mapping.fields.items()}
        return uses | ({mapping.external_id: ("id", _("Your own id"))} if mapping.external_id else {})
