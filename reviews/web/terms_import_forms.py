"""Forms of an archive's import: the file, and which of its documents goes where."""

from pathlib import PurePath
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from reviews.actions import import_terms
from reviews.actions.import_terms import Choice
from reviews.models import TermsImport, TermsSource
from reviews.rules.matching_sources import proposed
from reviews.web.terms_forms import LANGUAGE
from sorahub.accounts.models import User

NEW = "new"


class ArchiveForm(forms.Form):
    """An archive's file and its name."""

    file = forms.FileField(
        help_text="A Git bundle, a zip of a Git repository, the zip of a dataset, or the JSON of a collection's API; at most 512 MiB."
    )
    archive = forms.CharField(
        max_length=200,
        required=False,
        label="Name of the archive",
        help_text="As it is to be credited, such as “Open Terms Archive, collection genai-eu”. Empty: the file's name.",
    )

    def arguments(self) -> dict[str, Any]:
        """Return what upload_archive takes."""
        file = self.cleaned_data["file"]
        name = self.cleaned_data["archive"].strip() or PurePath(file.name).stem
        return {"chunks": file.chunks(), "file_name": file.name, "archive": name}


class ChoicesForm(forms.Form):
    """For each document of the archive: a source, a new one, or none; its language and for whom it is."""

    archive = forms.CharField(max_length=200, label="Name of the archive")
    attribution = forms.CharField(
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        label="Credit",
        help_text="Shown with every version and in every export, as the archive's licence asks.",
    )

    def __init__(self, data: Any, *, actor: User, row: TermsImport) -> None:
        first = {"archive": row.archive, "attribution": row.attribution or import_terms.credit(row)}
        super().__init__(data, initial=first)
        self.row = row
        self._sources = {str(each.pk): each for each in TermsSource.objects.visible_to(actor)}
        names = sorted(
            (f"{each}{f' ({each.product})' if each.product else ''}", pk) for pk, each in self._sources.items()
        )
        for number, document in enumerate(row.documents):
            fresh = [(NEW, "Add a source of this name")] if document["service"] else []
            choices = [("", "Leave out"), *fresh, *((pk, name) for name, pk in names)]
            self._add(number, document, choices)

    def _add(self, number: int, document: dict[str, Any], choices: list[tuple[str, str]]) -> None:
        before = self._before(document)
        self.fields[f"source_{number}"] = forms.ChoiceField(
            choices=choices,
            required=False,
            label="Goes to",
            initial=before.get("source", "") or self._proposal(document),
        )
        self.fields[f"language_{number}"] = forms.RegexField(
            LANGUAGE,
            max_length=10,
            initial=before.get("language", "en"),
            required=False,
            label="Language",
            error_messages={"invalid": "Use a language code such as en, de or pt-BR."},
        )
        self.fields[f"jurisdiction_{number}"] = forms.CharField(
            max_length=50, required=False, initial=before.get("jurisdiction", ""), label="Jurisdiction"
        )

    def _before(self, document: dict[str, Any]) -> dict[str, str]:
        same = ("service", "terms_type", "part")
        return next((each for each in self.row.chosen if all(each[name] == document[name] for name in same)), {})

    def _proposal(self, document: dict[str, Any]) -> str:
        if document["part"]:
            return ""
        known = [(pk, each.publisher, each.title) for pk, each in self._sources.items()]
        return proposed(document["service"], document["terms_type"], known) or ""

    def rows(self) -> list[tuple[dict[str, Any], BoundField, BoundField, BoundField]]:
        """Return each document with its three fields."""
        names = ("source", "language", "jurisdiction")
        return [
            (document, *(self[f"{name}_{number}"] for name in names))
            for number, document in enumerate(self.row.documents)
        ]

    def arguments(self) -> dict[str, Any]:
        """Return what start_import takes."""
        said = self.cleaned_data
        choices = [
            Choice(
                document["service"],
                document["terms_type"],
                document["part"],
                self._sources.get(said[f"source_{number}"]),
                said[f"language_{number}"] or "en",
                said[f"jurisdiction_{number}"],
            )
            for number, document in enumerate(self.row.documents)
            if said[f"source_{number}"]
        ]
        return {"choices": choices, "archive": said["archive"], "attribution": said["attribution"]}
