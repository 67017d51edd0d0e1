"""Prompts that are composed: what the API takes, and what a draft, a difference and a lineage look like in it."""

import dataclasses
from typing import Any

from rest_framework import serializers

from generations.actions import composing, linting
from generations.actions.composing import Composition, Draft, DraftShot
from generations.api.kept_words import ShotWords
from generations.catalog import Capability
from generations.models import KeptVersion, KeptWords, KnownName, Prompt, Shot
from sorahub.accounts.api.fields import VisibleRelatedField
from sorahub.accounts.models import Client, User
from sorahub.lib import word_differences


class TemplateVersions(VisibleRelatedField):
    """A version of a template."""

    def __init__(self, **options: Any) -> None:
        rows = KeptVersion.objects.filter(kept__sort=KeptWords.Sort.TEMPLATE).select_related("kept")
        super().__init__(queryset=rows, default=None, allow_null=True, **options)


class DraftFields(serializers.Serializer[Any]):
    """A draft: ``source`` may hold {{variables}}, {{snippet:name}} and {{sheet:name}}, as may the words of ``shots`` and ``negative``."""

    source = serializers.CharField(max_length=40_000)  # type: ignore[assignment]  # a field of this name
    negative = serializers.CharField(max_length=10_000, default="", allow_blank=True)
    values = serializers.DictField(child=serializers.CharField(allow_blank=True), default=dict)
    shots = ShotWords(many=True, default=list)
    template = TemplateVersions()


class RenderInput(DraftFields):
    """A draft to be looked at. ``models``: rows of the catalogue as provider/route/model/mode, to be checked for."""

    shot = VisibleRelatedField(queryset=Shot.objects.select_related("project__client"))
    models = serializers.ListField(child=serializers.CharField(max_length=200), default=list, max_length=20)


class NextPrompt(serializers.Serializer[Any]):
    """The next version of a shot's words: ``text`` as it is to be sent, or a ``source`` to be filled in.

    ``values``, ``shots`` and ``template`` go with a source only. Braces in ``text`` mean nothing.
    """

    shot = VisibleRelatedField(queryset=Shot.objects.select_related("project__client"))
    text = serializers.CharField(required=False)
    source = serializers.CharField(required=False, max_length=40_000)  # type: ignore[assignment]  # a field of this name
    negative = serializers.CharField(default="", allow_blank=True)
    values = serializers.DictField(child=serializers.CharField(allow_blank=True), default=dict)
    shots = ShotWords(many=True, default=list)
    template = TemplateVersions()
    parent = VisibleRelatedField(queryset=Prompt.objects.all(), default=None, allow_null=True)  # type: ignore[assignment]  # a field of this name

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse both or neither, and what goes with a source beside a text."""
        if ("text" in attrs) is ("source" in attrs):
            raise serializers.ValidationError({"text": "Give either text or source."})
        if "text" in attrs and any(attrs[name] for name in ("values", "shots", "template")):
            raise serializers.ValidationError({"text": "Values, shots and a template go with a source."})
        return attrs


class PromptProblemSerializer(serializers.Serializer[Any]):
    """Why a draft cannot be written yet."""

    code = serializers.CharField()
    name = serializers.CharField()
    message = serializers.CharField()


class PromptVariableSerializer(serializers.Serializer[Any]):
    """A variable of a draft, its value, and whether somebody gave it."""

    name = serializers.CharField()
    value = serializers.CharField()
    given = serializers.BooleanField()


class PromptFitSerializer(serializers.Serializer[Any]):
    """How a draft fits one model. ``fits`` is null where only the provider can count; ``shots`` says what becomes of them."""

    model = serializers.CharField(source="row.name")
    count = serializers.IntegerField(source="length.count")
    limit = serializers.IntegerField(source="length.limit")
    unit = serializers.CharField(source="length.unit")
    exact = serializers.BooleanField(source="length.exact")
    fits = serializers.BooleanField(source="length.fits", allow_null=True)
    shots = serializers.CharField()
    problems = serializers.ListField(child=serializers.CharField())


class PromptFindingSerializer(serializers.Serializer[Any]):
    """Something to think about. ``level``: block, warn or note; ``source`` and ``as_of`` of a provider's rule."""

    level = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()
    mend = serializers.CharField()
    found = serializers.ListField(child=serializers.CharField())
    models = serializers.ListField(child=serializers.CharField())
    source = serializers.CharField()  # type: ignore[assignment]  # a field of this name
    as_of = serializers.CharField()


class PromptRenderingSerializer(serializers.Serializer[Any]):
    """What a draft becomes: the text that is sent, its shots, what it uses, why it cannot be written yet, what to think about."""

    text = serializers.CharField()
    negative = serializers.CharField()
    shots = ShotWords(many=True)
    used = serializers.ListField(child=serializers.UUIDField())
    variables = PromptVariableSerializer(many=True)
    problems = PromptProblemSerializer(many=True)
    fits = PromptFitSerializer(many=True)
    findings = PromptFindingSerializer(many=True)


class WordPieceSerializer(serializers.Serializer[Any]):
    """A run of words: same, added or removed."""

    kind = serializers.CharField()
    text = serializers.CharField()


class PromptDifferenceSerializer(serializers.Serializer[Any]):
    """What differs, word by word, from the version that it is compared with."""

    against = serializers.UUIDField()
    text = WordPieceSerializer(many=True)
    negative = WordPieceSerializer(many=True)


class AgainstInput(serializers.Serializer[Any]):
    """The version to compare with."""

    against = VisibleRelatedField(queryset=Prompt.objects.all())


class KnownNameSerializer(serializers.ModelSerializer[KnownName]):
    """A name that prompts for a client are looked through for."""

    class Meta:
        model = KnownName
        fields = ["id", "client", "name", "sort", "needs_release", "note", "created_by", "created_at", "archived_at"]
        read_only_fields = fields


class NameInput(serializers.Serializer[Any]):
    """A new name."""

    client = VisibleRelatedField(queryset=Client.objects.all())
    name = serializers.CharField(max_length=120)
    sort = serializers.ChoiceField(choices=KnownName.Sort.choices)
    needs_release = serializers.BooleanField(default=True)
    note = serializers.CharField(max_length=300, default="", allow_blank=True)


class NameChange(serializers.Serializer[Any]):
    """What is to be said of a name."""

    sort = serializers.ChoiceField(choices=KnownName.Sort.choices)
    needs_release = serializers.BooleanField()
    note = serializers.CharField(max_length=300, default="", allow_blank=True)


def draft_of(given: dict[str, Any], text: str) -> Draft:
    """Return the draft that an input describes."""
    shots = [DraftShot(**each) for each in given["shots"]]
    return Draft(text, given["negative"], shots, given["values"])


def rendered(actor: User, given: dict[str, Any], rows: list[Capability]) -> dict[str, Any]:
    """Return what PromptRenderingSerializer shows; nothing is written."""
    shot, template = given["shot"], given["template"]
    draft = draft_of(given, given["source"])
    made = composing.compose(actor=actor, project=shot.project, draft=draft, shot=shot, template=template)
    return {
        **_plain(made),
        "fits": [linting.fit(made.text, made.shots, row) for row in rows],
        "findings": linting.lint(shot.project, made.text, rows),
    }


def difference(earlier: Prompt, later: Prompt) -> dict[str, Any]:
    """Return what PromptDifferenceSerializer shows."""
    return {
        "against": earlier.pk,
        "text": word_differences.between(earlier.text, later.text),
        "negative": word_differences.between(earlier.negative, later.negative),
    }


def _plain(made: Composition) -> dict[str, Any]:
    return {
        "text": made.text,
        "negative": made.negative,
        "shots": [dataclasses.asdict(each) for each in made.shots],
        "used": [each.pk for each in made.used],
        "variables": made.variables,
        "problems": made.problems,
    }
