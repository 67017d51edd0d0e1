"""The forms of importing: what is handed over, and how it is read and filed."""

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings

from generations.actions.imports import DATES, SHOTS
from generations.interchange.columns import FIELDS
from generations.models import ImportMapping, ImportRun, Project, Transfer
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission

SHOT_WORDS = {
    "auto": "File them under shots that exist, where a column names them",
    "leave": "Leave all without a shot",
    "match": "File them under shots that exist",
    "make": "File them, and make missing shots",
}
DATE_WORDS = {"auto": "As far as it is plain", "dmy": "Day first: 31/12/2025", "mdy": "Month first: 12/31/2025"}


class OptionsForm(forms.Form):
    """What holds for all rows."""

    model = forms.CharField(
        max_length=100, required=False, label="Made with", help_text="Where a row names no model, such as sora-2."
    )
    route = forms.CharField(
        max_length=100,
        required=False,
        label="Through",
        help_text="Where a row names no service: it decides the rights.",
    )
    made_on = forms.DateField(required=False, label="Made on", widget=forms.DateInput(attrs={"type": "date"}))
    shots = forms.ChoiceField(choices=[(each, SHOT_WORDS[each]) for each in SHOTS], label="Shots")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not user.may(Permission.MANAGE_PROJECT):
            self.fields["shots"].choices = [(each, SHOT_WORDS[each]) for each in SHOTS[:3]]  # type: ignore[attr-defined]  # a ChoiceField

    def options(self) -> dict[str, Any]:
        """Return the options for the action."""
        names = ("model", "route", "made_on", "shots", "dates", "unlisted")
        return {name: self.cleaned_data[name] for name in names if name in self.cleaned_data}


class HandOverForm(OptionsForm):
    """What is handed over: transfers by their ids, as the page's module fills them in, and a folder of the hub's machine.

    ``waiting``: also all that was sent before and not used, however many; the page names only the first of them.
    """

    transfers = forms.CharField(required=False, widget=forms.HiddenInput)
    waiting = forms.BooleanField(required=False, label="All files sent before")
    folder = forms.CharField(required=False, max_length=1000, label="Folder on the hub’s machine")
    field_order = ("transfers", "waiting", "folder", "model", "route", "made_on", "shots")

    def __init__(self, *args: Any, user: User, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        own = Transfer.objects.visible_to(user).filter(created_by=user, project=project)
        self.rows = own.filter(purpose=Transfer.Purpose.FOOTAGE)
        self.sent = self.rows.filter(state=Transfer.State.READY).order_by("original_name", "id")
        if settings.IMPORT_FOLDERS:
            self.fields["folder"].help_text = f"In or below: {', '.join(settings.IMPORT_FOLDERS)}"
        else:
            del self.fields["folder"]

    def clean_transfers(self) -> list[Transfer]:
        """Return the transfers, each once, in the order in which they were named."""
        amiss = forms.ValidationError("Load the page again and choose the files anew.")
        try:
            ids = [*dict.fromkeys(UUID(each) for each in self.cleaned_data["transfers"].split(",") if each)]
        except ValueError as error:
            raise amiss from error
        found = self.rows.in_bulk(ids)
        if len(found) < len(ids):
            raise amiss
        return [found[pk] for pk in ids]

    def arguments(self) -> dict[str, Any]:
        """Return the arguments for the action."""
        given = self.cleaned_data
        transfers = {row.pk: row for row in self.sent} if given["waiting"] else {}
        transfers |= {row.pk: row for row in given["transfers"]}
        return {"transfers": [*transfers.values()], "folder": given.get("folder", ""), "options": self.options()}


class PlanForm(OptionsForm):
    """Which column fills which field, and how rows are filed."""

    dates = forms.ChoiceField(
        choices=[(each, DATE_WORDS[each]) for each in DATES], label="Dates such as 3/4/2025", required=False
    )
    unlisted = forms.BooleanField(required=False, label="Also import files that the manifest does not name")
    kept = forms.ModelChoiceField(
        ImportMapping.objects.none(), required=False, label="Use a kept mapping", empty_label="None"
    )
    keep_as = forms.CharField(
        max_length=100, required=False, label="Keep this mapping as", help_text="For the next manifest of this kind."
    )

    def __init__(self, *args: Any, user: User, run: ImportRun, **kwargs: Any) -> None:
        initial = {**run.options, **{f"column-{name}": column for name, column in run.mapping.items()}}
        super().__init__(*args, user=user, initial=initial, **kwargs)
        known = run.manifest.get("columns", [])
        self.columns = list(FIELDS) if known else []
        for name in self.columns:
            choices = [("", "Not in this manifest"), *((each, each) for each in known)]
            self.fields[f"column-{name}"] = forms.ChoiceField(choices=choices, required=False, label=FIELDS[name])
        kept = ImportMapping.objects.visible_to(user).filter(project__client=run.project.client_id)
        self.fields["kept"].queryset = kept  # type: ignore[attr-defined]  # a ModelChoiceField
        if not known:
            for name in ("dates", "unlisted", "kept", "keep_as"):
                del self.fields[name]
        elif not kept.exists():
            del self.fields["kept"]

    @property
    def mapped(self) -> list[Any]:
        """The fields that say which column is which."""
        return [self[f"column-{name}"] for name in self.columns]

    @property
    def filing(self) -> list[Any]:
        """The fields that say how rows are filed."""
        return [self[name] for name in self.fields if not name.startswith("column-")]

    def arguments(self) -> dict[str, Any]:
        """Return the arguments for the action; a kept mapping stands before what the fields say."""
        given = self.cleaned_data
        mapping = {name: given[f"column-{name}"] for name in self.columns}
        kept: ImportMapping | None = given.get("kept")
        if kept is not None:
            known = dict(self.fields[f"column-{self.columns[0]}"].choices)  # type: ignore[attr-defined]  # a ChoiceField
            mapping = {name: column for name, column in kept.mapping.items() if column in known}
        options = {**self.options(), **(kept.options if kept else {})}
        return {"mapping": mapping, "options": options, "keep_as": given.get("keep_as", "")}
