"""What the API takes in order to make something."""

from typing import Any

from rest_framework import serializers

from generations.actions.descent import MadeFrom
from generations.models import Clip, Project, Shot
from sorahub.accounts.api.fields import VisibleListField, VisibleRelatedField
from sorahub.accounts.models import Client


class ProjectInput(serializers.Serializer[Any]):
    """A new project."""

    client = VisibleRelatedField(queryset=Client.objects.all())
    name = serializers.CharField(max_length=200)
    code = serializers.CharField(max_length=40)
    brief = serializers.CharField(default="", allow_blank=True)
    rate_num = serializers.IntegerField(default=24)
    rate_den = serializers.IntegerField(default=1)


class MemberInput(serializers.Serializer[Any]):
    """Somebody who is to take part. The address is the whole one: accounts are not searched here."""

    project = VisibleRelatedField(queryset=Project.objects.all())
    email = serializers.EmailField()


class ShotInput(serializers.Serializer[Any]):
    """A new shot at the project's end, or behind another."""

    project = VisibleRelatedField(queryset=Project.objects.all())
    code = serializers.CharField(max_length=40)
    title = serializers.CharField(max_length=200, default="", allow_blank=True)
    intended_frames = serializers.IntegerField(default=None, allow_null=True, min_value=1, max_value=1_000_000)
    after = VisibleRelatedField(queryset=Shot.objects.all(), default=None, allow_null=True)


class TakeInput(serializers.Serializer[Any]):
    """The clip that is to be the shot's selected take; null for none."""

    clip = VisibleRelatedField(queryset=Clip.objects.all(), allow_null=True)


class FilingInput(serializers.Serializer[Any]):
    """The clips without a shot that become takes, numbered in this order; at most 500."""

    clips = VisibleListField(queryset=Clip.objects.all())


class UploadInput(serializers.Serializer[Any]):
    """A finished clip with its story; ``declaration`` says that the uploader vouches for it."""

    project = VisibleRelatedField(queryset=Project.objects.all())
    shot = VisibleRelatedField(queryset=Shot.objects.all(), default=None, allow_null=True)
    file = serializers.FileField(max_length=255)
    declared_model = serializers.CharField(max_length=100)
    declared_route = serializers.CharField(max_length=100)
    declared_prompt = serializers.CharField(default="", allow_blank=True)
    declared_made_on = serializers.DateField(default=None, allow_null=True)
    declaration = serializers.BooleanField(default=False)
    made_from = VisibleRelatedField(
        queryset=Clip.objects.select_related("project"),
        many=True,
        default=list,
        help_text="The clips that it was made from; what binds them binds it.",
    )
    operation = serializers.CharField(
        default="", allow_blank=True, max_length=200, help_text="What was done to them, such as: cut to 6 s."
    )

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Join each parent with what was done to it."""
        said = dict(super().to_internal_value(data))
        operation = said.pop("operation")
        return {**said, "made_from": [MadeFrom(parent, operation) for parent in said["made_from"]]}
