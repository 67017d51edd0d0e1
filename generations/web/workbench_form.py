"""The forms of the workbench: a draft of a prompt, kept words, names."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import Q
from django.http import QueryDict

from generations.actions.composing import Draft, DraftShot
from generations.actions.kept_words import KINDS, Words
from generations.catalog.parts import MultiShot
from generations.models import Character, KeptVersion, KeptWords, KnownName, Project, Reference, Shot
from generations.web.shot_rows import ShotsField, whole_seconds
from sorahub.accounts.models import Client, User
from sorahub.lib.ids import read_id

ROOM = MultiShot(at_most=12, prompt_limit=2_000, must_add_up=False)
VALUE = "value-"
ROLE = "role-"
SEVERAL = (
    "For a story in one clip. Models that take shots apart get them so; for others they are written into the text."
)
REFERENCES_SHOWN = 60
ROLES = [
    ("none", "not part of it"),
    ("any", "wherever the model takes it"),
    ("reference", "as reference"),
    ("first_frame", "as first frame"),
    ("last_frame", "as last frame"),
    ("subject", "as subject"),
    ("feature_video", "for its motion and style"),
]


def shots_of(given: Sequence[Mapping[str, Any]]) -> list[DraftShot]:
    """Return what a shots' field holds as shots of a draft."""
    return [DraftShot(each["prompt"], each["seconds"]) for each in given]


class PromptForm(forms.Form):
    """A draft: the words with their places, several shots, and what should not appear. Values are inputs of their own."""

    text = forms.CharField(
        label="Prompt",
        max_length=40_000,
        widget=forms.Textarea(attrs={"rows": 9, "spellcheck": "true"}),
        help_text="What should be seen and heard: subject, action, camera, light, sound. {{time}} asks for a value,"
        " {{snippet:name}} and {{sheet:name}} bring kept words.",
    )
    shots = ShotsField(ROOM)
    negative = forms.CharField(
        label="What should not appear",
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Kept on record; sent to models that take it.",
    )

    def __init__(self, data: QueryDict | None = None, *, begin: Draft) -> None:
        shots = [{"prompt": each.prompt, "seconds": each.seconds} for each in begin.shots]
        super().__init__(data, initial={"text": begin.text, "negative": begin.negative, "shots": shots})
        self.begin = begin
        self.fields["shots"].help_text = SEVERAL

    def draft(self) -> Draft:
        """Return what is filled in; of a form that is not valid, as much of it as is."""
        if not self.is_bound:
            return self.begin
        given = self.cleaned_data if self.is_valid() else getattr(self, "cleaned_data", {})
        shots = shots_of(given["shots"] if "shots" in given else self._raw_shots())
        text = given.get("text") or str(self.data.get("text", ""))[:40_000]
        return Draft(text, given.get("negative", ""), shots, values_in(self.data))

    def _raw_shots(self) -> list[dict[str, Any]]:
        """The rows as they stand, 0 seconds where no length is said yet: their variables are not to vanish meanwhile."""
        return [{"prompt": row["prompt"], "seconds": whole_seconds(row["seconds"]) or 0} for row in self["shots"].data]


def values_in(data: Any) -> dict[str, str]:
    """Return the values of variables in a form's data."""
    return {name.removeprefix(VALUE): str(value) for name, value in data.items() if name.startswith(VALUE)}


class KeptWordsForm(forms.Form):
    """Words to be kept. Fields that its sort has no use for are left out."""

    name = forms.CharField(
        max_length=60,
        label="Name in prompts",
        help_text="Small letters, digits, hyphens: golden-light. It stays as it is.",
    )
    title = forms.CharField(max_length=200, required=False, help_text="For people. Empty: its name.")
    kind = forms.ChoiceField()
    place = forms.ChoiceField(label="For", help_text="Whose prompts may use it.")
    text = forms.CharField(label="Words", max_length=20_000, widget=forms.Textarea(attrs={"rows": 6}))
    shots = ShotsField(ROOM)
    negative = forms.CharField(
        label="What should not appear", required=False, max_length=10_000, widget=forms.Textarea(attrs={"rows": 2})
    )
    defaults = forms.CharField(
        label="Usual values",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "time = dawn"}),
        help_text="One a line, as name = value: taken where a prompt gives none.",
    )
    hints = forms.CharField(
        label="Models that it is written for",
        required=False,
        max_length=500,
        help_text="Names as in the model catalogue, the preferred one first, separated by commas: kling-3.0, sora-2.",
    )
    characters = forms.ModelMultipleChoiceField(
        Character.objects.none(), required=False, widget=forms.CheckboxSelectMultiple, help_text="Learnt by a provider."
    )
    note = forms.CharField(
        max_length=300, required=False, label="What changed", help_text="For those who come after you."
    )

    def __init__(
        self,
        data: Any = None,
        *,
        user: User,
        sort: str,
        kept: KeptWords | None = None,
        version: KeptVersion | None = None,
        client: Client | None = None,
        look: str = "",
    ) -> None:
        super().__init__(data, initial=_initial(version) if version else {})
        self.sort, self.user, self.look = sort, user, look
        self.projects = list(
            Project.objects.visible_to(user).open().select_related("client").order_by("client__name", "name")
        )
        self._places(client)
        if kept is not None:
            for name in ("name", "title", "kind", "place"):
                del self.fields[name]
        else:
            del self.fields["note"]
            kinds = [(each, KeptWords.Kind(each).label) for each in KINDS[KeptWords.Sort(sort)]]
            self.fields["kind"].choices = kinds  # type: ignore[attr-defined]  # a ChoiceField
            if len(kinds) == 1:
                self.fields["kind"].widget = forms.HiddenInput()
                self.initial["kind"] = kinds[0][0]
        self._narrow(kept, version)
        self.more = False
        self.references = self._files(kept, version)

    def _places(self, client: Client | None) -> None:
        clients = {each.client_id: each.client for each in self.projects}
        choices: list[Any] = [(f"client:{pk}", one.name) for pk, one in clients.items()]
        if self.sort != KeptWords.Sort.SHEET:
            choices.append(("hub", "Every client of the hub"))
        own = [(f"project:{each.pk}", f"{each.client.name}: {each.name}") for each in self.projects]
        choices.append(("One project only", own))
        self.fields["place"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField
        if client is not None:
            self.initial["place"] = f"client:{client.pk}"

    def _narrow(self, kept: KeptWords | None, version: KeptVersion | None) -> None:
        if self.sort != KeptWords.Sort.TEMPLATE:
            del self.fields["shots"], self.fields["hints"]
        else:
            self.fields["shots"].help_text = SEVERAL
        if self.sort != KeptWords.Sort.SHEET or kept is None:
            del self.fields["characters"]
            return
        ready = Q(state=Character.State.READY) | Q(sheet_parts__version=version)  # what it has stays to be chosen
        found = Character.objects.visible_to(self.user).filter(ready, **_within(kept)).distinct()
        if found.exists():
            self.fields["characters"].queryset = found  # type: ignore[attr-defined]  # a ModelMultipleChoiceField
        else:
            del self.fields["characters"]

    def _files(self, kept: KeptWords | None, version: KeptVersion | None) -> list[tuple[Reference, str]]:
        """The files that a sheet may have, each with the role that it has in it: those of the version and those chosen since, then
        what is looked for among the others, each file once.
        """
        if self.sort != KeptWords.Sort.SHEET or kept is None:
            return []
        parts = version.parts.select_related("reference") if version else ()
        had = {part.reference.pk: part.role or "any" for part in parts if part.reference}
        seen = Reference.objects.visible_to(self.user).filter(**_within(kept))
        asked = {name.removeprefix(ROLE): value for name, value in self.data.items() if name.startswith(ROLE)}
        chosen = {pk for name, value in asked.items() if value != "none" and (pk := read_id(name))}
        shown = list(seen.filter(pk__in={*had, *chosen}))
        others = seen.at_hand().mentioning(self.look).exclude(sha256__in={row.sha256 for row in shown})
        found = list(others.each_file_once().order_by("-id")[: REFERENCES_SHOWN + 1])
        self.more = len(found) > REFERENCES_SHOWN
        rows = [*shown, *found[:REFERENCES_SHOWN]]
        said = {row.pk: str(self.data.get(f"{ROLE}{row.pk}", had.get(row.pk, "none"))) for row in rows}
        return [(row, said[row.pk]) for row in rows]

    def clean_defaults(self) -> dict[str, str]:
        """Return the usual values by name."""
        found: dict[str, str] = {}
        for line in str(self.cleaned_data["defaults"]).splitlines():
            name, equals, value = line.partition("=")
            if line.strip() and not (equals and name.strip()):
                raise forms.ValidationError(f"Write “{line.strip()}” as name = value.")
            if line.strip():
                found[name.strip()] = value.strip()
        return found

    def words(self) -> Words:
        """Return what the actions take."""
        given = self.cleaned_data
        known = dict(ROLES)
        files = [
            (row, "" if role == "any" else role) for row, role in self.references if role != "none" and role in known
        ]
        return Words(
            text=given["text"],
            negative=given["negative"],
            shots=shots_of(given.get("shots") or []),
            defaults=given["defaults"],
            hints=[each for each in given.get("hints", "").split(",") if each.strip()],
            references=files,
            characters=tuple(given.get("characters") or ()),
            note=given.get("note", ""),
        )

    def whose(self) -> dict[str, Any]:
        """Return client and project for the place that was chosen."""
        kind, _, pk = str(self.cleaned_data["place"]).partition(":")
        if kind == "project":
            return {"project": next(each for each in self.projects if str(each.pk) == pk)}
        if kind == "client":
            return {"client": next(each.client for each in self.projects if str(each.client_id) == pk)}
        return {}


class StartForm(forms.Form):
    """For which shots of a project a template is to be used."""

    shots = forms.ModelMultipleChoiceField(Shot.objects.none(), widget=forms.CheckboxSelectMultiple)

    def __init__(self, data: Any = None, *, shots: Any) -> None:
        super().__init__(data)
        self.fields["shots"].queryset = shots  # type: ignore[attr-defined]  # a ModelMultipleChoiceField


class NameForm(forms.Form):
    """A name that a client watches."""

    name = forms.CharField(max_length=120, help_text="As prompts would write it.")
    sort = forms.ChoiceField(choices=KnownName.Sort.choices, label="It is a")
    needs_release = forms.TypedChoiceField(
        choices=[("yes", "Needs somebody’s consent"), ("no", "Is free to use, or invented")],
        coerce=lambda value: value == "yes",
        label="Using it",
    )
    note = forms.CharField(max_length=300, required=False, help_text="Whom to ask, or why it is free to use.")


def _within(kept: KeptWords) -> dict[str, Any]:
    return {"project": kept.project_id} if kept.project_id else {"project__client": kept.client_id}


def _initial(version: KeptVersion) -> dict[str, Any]:
    return {
        "text": version.text,
        "negative": version.negative,
        "shots": version.shots,
        "defaults": "\n".join(f"{name} = {value}" for name, value in version.defaults.items()),
        "hints": ", ".join(version.hints),
        "characters": [str(part.character_id) for part in version.parts.exclude(character=None)],
    }
