"""The forms of a client's library: how it is searched, and what is said about a file."""

from typing import Any

from django import forms

from generations.actions import reference_facts
from generations.catalog import roles
from generations.models import Reference
from generations.models.rights_words import Known, Licence, Role

ANY = [("", "All")]
KINDS = [*ANY, ("image", "Images"), ("video", "Videos"), ("audio", "Sounds")]
STANDING = [("", "At hand"), ("cautions", "Licence ended or to be settled"), ("archived", "Archived")]


class LibrarySearch(forms.Form):
    """How the library is narrowed; every field may be empty."""

    q = forms.CharField(
        required=False,
        max_length=200,
        label="Search",
        widget=forms.SearchInput(attrs={"placeholder": "Name, source, rights, tag, person"}),
    )
    kind = forms.ChoiceField(choices=KINDS, required=False)
    role = forms.ChoiceField(choices=[*ANY, *Role.choices], required=False)
    licence = forms.ChoiceField(choices=[*ANY, *Licence.choices], required=False)
    tag = forms.ChoiceField(required=False)
    standing = forms.ChoiceField(choices=STANDING, required=False)
    into = forms.ChoiceField(required=False, label="Use files in")

    def __init__(self, data: Any, *, tags: list[str], projects: list[tuple[str, str]]) -> None:
        super().__init__(data)
        for name, choices in {"tag": [*ANY, *((tag, tag) for tag in tags)], "into": [("", "—"), *projects]}.items():
            self.fields[name].choices = choices  # type: ignore[attr-defined]  # a ChoiceField
        if not tags:
            del self.fields["tag"]

    def asked(self) -> dict[str, str]:
        """Return what is asked for; a choice that is none is not asked for, as a damaged link should not break a page."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class FactsForm(forms.Form):
    """What is said about a file."""

    source = forms.CharField(max_length=300, label="Where it comes from")
    rights = forms.CharField(label="Under which right it is used", widget=forms.Textarea(attrs={"rows": 2}))
    licence = forms.ChoiceField(choices=Licence.choices)
    licence_number = forms.CharField(
        max_length=200, required=False, help_text="Of the licence, the order or the contract."
    )
    licence_url = forms.URLField(
        max_length=500,
        required=False,
        label="Where the licence can be read",
        assume_scheme="https",
        help_text="Creative Commons: left empty, it is that of the newest version.",
    )
    licensed_until = forms.DateField(
        required=False,
        label="Last day of the licence",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    credit = forms.CharField(max_length=300, required=False, label="Credit line")
    ai_use = forms.ChoiceField(choices=Known.choices, label="May it be given to a model?")
    depicts = forms.ChoiceField(choices=Known.choices, label="Can real persons be seen or heard?")
    depicted = forms.CharField(
        required=False,
        label="Who",
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="One name to a line. Each of them needs a release.",
    )
    roles = forms.MultipleChoiceField(
        required=False, label="Good as", widget=forms.CheckboxSelectMultiple, help_text="Offered first at such a place."
    )
    tags = forms.CharField(max_length=400, required=False, help_text="With commas between them.")
    everywhere = forms.BooleanField(
        required=False, label="Say the same in this client’s other projects that have the file"
    )

    def __init__(self, *args: Any, kind: str = "", shared: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fitting = roles.KINDS.get(kind, tuple(Role.values))
        self.fields["roles"].choices = [(each, Role(each).label) for each in fitting]  # type: ignore[attr-defined]
        if not shared:
            del self.fields["everywhere"]

    def clean_tags(self) -> list[str]:
        """Return the tags one by one."""
        return reference_facts.tidy(self.cleaned_data["tags"].split(","))

    def arguments(self) -> dict[str, Any]:
        """Return the arguments for the action."""
        return dict(self.cleaned_data)


def facts_initial(reference: Reference) -> dict[str, Any]:
    """Return what the form begins with."""
    said = reference_facts.told(reference)
    return {**said, "licensed_until": reference.licensed_until, "tags": ", ".join(said["tags"])}
