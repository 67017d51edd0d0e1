"""What the API takes in order to make something."""

from typing import Any

from rest_framework import serializers

from generations.models import Clip, Project, Prompt, ProviderAccount, Reference, Shot
from sorahub.accounts.api.fields import VisibleRelatedField
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
    """A new shot at the project's end."""

    project = VisibleRelatedField(queryset=Project.objects.all())
    code = serializers.CharField(max_length=40)
    title = serializers.CharField(max_length=200, default="", allow_blank=True)
    intended_frames = serializers.IntegerField(default=None, allow_null=True, min_value=1)


class TakeInput(serializers.Serializer[Any]):
    """The clip that is to be the shot's selected take; null for none."""

    clip = VisibleRelatedField(queryset=Clip.objects.all(), allow_null=True)


class PromptInput(serializers.Serializer[Any]):
    """The next version of a shot's words."""

    shot = VisibleRelatedField(queryset=Shot.objects.select_related("project"))
    text = serializers.CharField()
    negative = serializers.CharField(default="", allow_blank=True)
    parent = VisibleRelatedField(queryset=Prompt.objects.all(), default=None, allow_null=True)  # type: ignore[assignment]  # a field of this name


class ReferenceInput(serializers.Serializer[Any]):
    """An image (JPEG, PNG or WebP), where it comes from, and under which right it is used."""

    project = VisibleRelatedField(queryset=Project.objects.all())
    file = serializers.FileField()
    source = serializers.CharField(max_length=300)  # type: ignore[assignment]  # a field of this name
    rights = serializers.CharField()


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


class AccountInput(AccountFields):
    """A new provider account."""


class AccountChange(AccountFields):
    """What is to be different in a provider account; an empty secret is left as it was."""

    enabled = serializers.BooleanField(required=False)


class GenerationInput(serializers.Serializer[Any]):
    """One request to a provider. ``params``: seconds (whole), size ("1280x720"), perhaps seed (whole)."""

    prompt = VisibleRelatedField(queryset=Prompt.objects.select_related("shot__project"))
    account = VisibleRelatedField(queryset=ProviderAccount.objects.all())
    model = serializers.CharField(max_length=100)
    mode = serializers.CharField(max_length=50, default="text_to_video")
    params = serializers.DictField(child=serializers.JSONField())
    references = VisibleRelatedField(queryset=Reference.objects.all(), many=True, default=list)


class BatchInput(serializers.Serializer[Any]):
    """One generation for each of these prompts of one project, all or none."""

    name = serializers.CharField(max_length=200)
    prompts = VisibleRelatedField(queryset=Prompt.objects.select_related("shot__project"), many=True)
    account = VisibleRelatedField(queryset=ProviderAccount.objects.all())
    model = serializers.CharField(max_length=100)
    mode = serializers.CharField(max_length=50, default="text_to_video")
    params = serializers.DictField(child=serializers.JSONField())


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
