"""Upload a file, and say which of its columns becomes what."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat

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
        label="File", max_length=255, widget=forms.FileInput(attrs={"accept": ",".join((*EXTENSIONS, ".txt"))})
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        size = file.size or 0
        if size > upload_limit():
            raise forms.ValidationError(
                f"The file has {filesizeformat(size)}; at most {filesizeformat(upload_limit())} can be uploaded.",
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
            self._ask(f"field_{name}", titles[name], guessed.fields.get(name), empty="Choose a column", required=True)
        self._ask("external_id", "Your own id", guessed.external_id, empty="None")
        for question in project.question_list:
            self._ask(f"gold_{question.name}", f"Gold: {question.title}", guessed.gold.get(question.name), empty="None")
        kept = [(REST, "Every other column"), (NONE, "Nothing")]
        if guessed.metadata:
            kept.insert(0, (GUESSED, f"The metadata that was exported ({len(guessed.metadata)})"))
        elif guessed.metadata is not None:
            kept.reverse()
        self.fields["metadata"] = forms.ChoiceField(label="Keep as metadata", choices=kept, initial=kept[0][0])

    def _ask(self, name: str, label: str, guessed: str | None, *, empty: str, required: bool = False) -> None:
        choices = [("", empty), *((str(position), column) for position, column in enumerate(self.columns))]
        self.fields[name] = forms.ChoiceField(
            label=label,
            choices=choices,
            required=required,
            initial=str(self.columns.index(guessed)) if guessed in self.columns else "",
            error_messages={"required": f"Say which column holds “{label}”."},
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
        uses = dict.fromkeys(mapping.metadata_columns(self.columns).values(), ("metadata", "Metadata"))
        uses |= {column: ("gold", str(self[f"gold_{name}"].label)) for name, column in mapping.gold.items()}
        uses |= {column: ("text", str(self[f"field_{name}"].label)) for name, column in mapping.fields.items()}
        return uses | ({mapping.external_id: ("id", "Your own id")} if mapping.external_id else {})
