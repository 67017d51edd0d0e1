"""What the API takes in order to have something generated."""

from typing import Any

from rest_framework import serializers

from generations.actions.budgets import MOST_MICRO
from generations.models import Character, Generation, Prompt, ProviderAccount, Reference
from sorahub.accounts.api.fields import VisibleRelatedField


class LaunchFields(serializers.Serializer[Any]):
    """What is asked of which model.

    ``params``: seconds (whole, or "auto" where the model may choose), size ("1280x720"), and where the model takes them seed
    (whole), audio ("on", "off", "original"), negative (text), shots (a list of prompt and seconds). ``roles`` gives each
    reference its role, in the same order; a role that is empty or left out is the first place that the model has for such
    a file. ``source`` is the generation that a remix, edit or extension starts from.
    """

    account = VisibleRelatedField(queryset=ProviderAccount.objects.all())
    model = serializers.CharField(max_length=100)
    mode = serializers.CharField(max_length=50, default="text_to_video")
    params = serializers.DictField(child=serializers.JSONField())
    references = VisibleRelatedField(queryset=Reference.objects.all(), many=True, default=list)
    roles = serializers.ListField(child=serializers.CharField(max_length=40, allow_blank=True), default=list)
    source = VisibleRelatedField(  # type: ignore[assignment]  # a field of this name
        queryset=Generation.objects.select_related("account", "source"), default=None, allow_null=True
    )
    characters = VisibleRelatedField(queryset=Character.objects.all(), many=True, default=list)
    priority = serializers.IntegerField(default=0, min_value=-100, max_value=100)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Put each reference together with its role."""
        references, roles = attrs["references"], attrs.pop("roles")
        if len(roles) > len(references):
            raise serializers.ValidationError({"roles": "There are more roles than references."})
        padded = [*roles, *[""] * (len(references) - len(roles))]
        return {**attrs, "references": list(zip(references, padded, strict=True))}


class GenerationInput(LaunchFields):
    """One request to a provider."""

    prompt = VisibleRelatedField(queryset=Prompt.objects.select_related("shot__project"))


class PreviewInput(GenerationInput):
    """The same, only to be looked at; the priority plays no part."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Leave the priority out."""
        return {name: value for name, value in super().validate(attrs).items() if name != "priority"}


class PriorityInput(serializers.Serializer[Any]):
    """Of a project's waiting generations those of higher priority go first."""

    priority = serializers.IntegerField(min_value=-100, max_value=100)


class CostInput(serializers.Serializer[Any]):
    """What a generation cost in all, in millionths of the currency's unit, and where the figure comes from."""

    total_micro = serializers.IntegerField(min_value=0, max_value=MOST_MICRO)
    reason = serializers.CharField(max_length=200)


class AccountFields(serializers.Serializer[Any]):
    """What a new provider account and a changed one have in common."""

    name = serializers.CharField(max_length=100)
    route = serializers.CharField(max_length=50)
    dialect = serializers.CharField(max_length=50, default="openai_videos")
    base_url = serializers.CharField(max_length=500)
    api_key = serializers.CharField(write_only=True)
    webhook_secret = serializers.CharField(write_only=True, default="", allow_blank=True)
    contracting_party = serializers.CharField(max_length=200, default="", allow_blank=True)
    plan = serializers.CharField(max_length=100, default="", allow_blank=True)
    region = serializers.CharField(max_length=50, default="", allow_blank=True)
    max_in_flight = serializers.IntegerField(default=10, min_value=1)
    creates_per_minute = serializers.IntegerField(default=None, allow_null=True, min_value=1)
    polls_per_minute = serializers.IntegerField(default=600, min_value=1)


class AccountInput(AccountFields):
    """A new provider account."""


class AccountChange(AccountFields):
    """What is to be different in a provider account; an empty secret is left as it was."""

    enabled = serializers.BooleanField(required=False)


class PauseInput(serializers.Serializer[Any]):
    """Why nothing new is to be sent."""

    reason = serializers.CharField(max_length=300)


class LimitInput(serializers.Serializer[Any]):
    """A narrower limit for one model at the account; both null: the account's own limits hold."""

    model = serializers.CharField(max_length=100)
    max_in_flight = serializers.IntegerField(default=None, allow_null=True, min_value=1)
    creates_per_minute = serializers.IntegerField(default=None, allow_null=True, min_value=1)


class PlanInput(serializers.Serializer[Any]):
    """The plan of an account from a day, and the receipt that shows it (multipart: PDF, PNG or JPEG, 20 MiB at most)."""

    starts_on = serializers.DateField()
    plan = serializers.CharField(max_length=100)
    contracting_party = serializers.CharField(max_length=200, default="", allow_blank=True)
    order_number = serializers.CharField(max_length=100, default="", allow_blank=True)
    receipt = serializers.FileField(required=False)
