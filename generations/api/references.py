"""References: files that are given to models, a client's library of them, and how large ones come in."""

from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django_filters import rest_framework as django_filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from generations.actions import library_cautions, reference_facts, reference_intakes, reference_library, references
from generations.api.filters import ProjectFilter
from generations.api.watching import BYTES, RANGE, bytes_to_watch
from generations.models import Project, Reference, ReferenceChange, ReferenceIntake, Transfer
from generations.models.prompt import ReferenceQuerySet
from generations.models.rights_words import Known, Licence, Role
from sorahub.accounts.api.fields import VisibleRelatedField
from sorahub.accounts.api.filtering import YesNo
from sorahub.accounts.api.views import ReadOnly
from sorahub.lib import storage


class FactsInput(serializers.Serializer[Any]):
    """What may be said about a file; what is left out stays as it is. ``depicted``: a name to a line."""

    source = serializers.CharField(max_length=300, required=False)  # type: ignore[assignment]  # a field of this name
    rights = serializers.CharField(required=False)
    licence = serializers.ChoiceField(choices=Licence.choices, required=False)
    licence_number = serializers.CharField(max_length=200, allow_blank=True, required=False)
    licence_url = serializers.URLField(max_length=500, allow_blank=True, required=False)
    licensed_until = serializers.DateField(allow_null=True, required=False, help_text="Its last day.")
    credit = serializers.CharField(max_length=300, allow_blank=True, required=False)
    ai_use = serializers.ChoiceField(choices=Known.choices, required=False)
    depicts = serializers.ChoiceField(choices=Known.choices, required=False)
    depicted = serializers.CharField(allow_blank=True, required=False)
    roles = serializers.ListField(child=serializers.ChoiceField(choices=Role.choices), required=False)
    tags = serializers.ListField(child=serializers.CharField(max_length=40), required=False)


class ReferenceInput(FactsInput):
    """A file for models (JPEG, PNG, WebP, MP4, MOV, WebM, MP3, WAV, M4A, AAC, OGG, FLAC), where it comes from, and under
    which right it is used.
    """

    project = VisibleRelatedField(queryset=Project.objects.all())
    file = serializers.FileField()
    source = serializers.CharField(max_length=300)
    rights = serializers.CharField()


class ClipReferenceInput(FactsInput):
    """Which frame of a clip (from 0; null: the clip itself) is to be a reference, and in which project if not in its own."""

    frame = serializers.IntegerField(min_value=0, allow_null=True, required=False)
    project = VisibleRelatedField(queryset=Project.objects.all(), required=False)


class DescribeInput(FactsInput):
    """What is said from now on; ``everywhere``: of the client's other projects too that have the file."""

    everywhere = serializers.BooleanField(default=False)


class TargetInput(serializers.Serializer[Any]):
    """The project that a file is to be used in."""

    project = VisibleRelatedField(queryset=Project.objects.all())


class IntakeInput(FactsInput):
    """A finished transfer with what is said about the file."""

    transfer = VisibleRelatedField(queryset=Transfer.objects.select_related("project"))
    source = serializers.CharField(max_length=300)
    rights = serializers.CharField()


class ReferenceSerializer(serializers.ModelSerializer[Reference]):
    """A file that is given to a model, as measured, with its source and its rights."""

    roles = serializers.SerializerMethodField()
    tags = serializers.SerializerMethodField()

    class Meta:
        model = Reference
        fields = [
            "id", "project", "kind", "sha256", "size", "media_type", "width", "height", "duration_ms", "rate_num",
            "rate_den", "original_name", "source", "rights", "licence", "licence_number", "licence_url", "licensed_until",
            "credit", "ai_use", "depicts", "depicted", "roles", "tags", "brought_from", "from_clip",
            "from_frame", "archived_at", "created_by", "created_at",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field({"type": "array", "items": {"type": "string"}})
    def get_roles(self, row: Reference) -> list[str]:
        """What it is good as."""
        return reference_facts.labels_of(row)["roles"]

    @extend_schema_field({"type": "array", "items": {"type": "string"}})
    def get_tags(self, row: Reference) -> list[str]:
        """The words by which it is found."""
        return reference_facts.labels_of(row)["tags"]


class ReferenceChangeSerializer(serializers.ModelSerializer[ReferenceChange]):
    """One change of what is said: of each field that changed what stood before and what stands since."""

    class Meta:
        model = ReferenceChange
        fields = ["id", "reference", "before", "after", "changed_by", "changed_at"]
        read_only_fields = fields


class CautionSerializer(serializers.Serializer[Any]):
    """What one should know before using a file."""

    cautions = serializers.ListField(child=serializers.CharField())


class IntakeSerializer(serializers.ModelSerializer[ReferenceIntake]):
    """What becomes of a file that came in pieces. ``known``: the project had the bytes already, and its row stands as it was."""

    class Meta:
        model = ReferenceIntake
        fields = ["id", "transfer", "state", "known", "words", "reference", "created_by", "created_at"]
        read_only_fields = fields


class ReferenceFilter(ProjectFilter):
    """By where it belongs, what it is and what is said about it."""

    client = django_filters.UUIDFilter(field_name="project__client_id")
    kind = django_filters.ChoiceFilter(choices=Reference.Kind.choices)
    licence = django_filters.ChoiceFilter(choices=Licence.choices)
    role = django_filters.ChoiceFilter(choices=Role.choices, method="labelled")
    tag = django_filters.CharFilter(method="labelled")
    q = django_filters.CharFilter(method="mentioning", label="Words of name, source, rights, credit, persons or tags.")
    sha256 = django_filters.CharFilter()
    archived = YesNo(field_name="archived_at", lookup_expr="isnull", exclude=True)

    def labelled(self, rows: ReferenceQuerySet, name: str, value: str) -> ReferenceQuerySet:
        """Keep those with this role or tag."""
        return rows.labelled(name, value)

    def mentioning(self, rows: ReferenceQuerySet, name: str, value: str) -> ReferenceQuerySet:
        """Keep those that mention every word."""
        return rows.mentioning(value)


class ReferenceViewSet(ReadOnly):
    """Files that are given to models: images, video, sound. ``?client=`` lists a client's library."""

    queryset: QuerySet[Reference] = Reference.objects.select_related("project").prefetch_related("labels")
    serializer_class = ReferenceSerializer
    filterset_class = ReferenceFilter

    def get_parsers(self) -> list[Any]:
        """A new file comes as a multipart form; the rest is JSON."""
        create = self.action_map and self.action_map.get("post") == "create"
        return [MultiPartParser()] if create else super().get_parsers()

    @extend_schema(request=ReferenceInput, responses={201: ReferenceSerializer})
    def create(self, request: Request) -> Response:
        """Keep a file for use in prompts, measured at once; the same bytes again answer the row there is."""
        given = self.given(ReferenceInput)
        return self.created(references.add_reference(actor=self.actor, original_name=given["file"].name, **given))

    @extend_schema(request=DescribeInput, responses=ReferenceSerializer)
    @action(detail=True, methods=["post"])
    def describe(self, request: Request, pk: UUID) -> Response:
        """Say something else about it; what was said before stays among its changes."""
        row = self.get_object()
        reference_library.describe_reference(actor=self.actor, reference=row, **self.given(DescribeInput))
        return self.shown(self.get_object())

    @extend_schema(request=TargetInput, responses={201: ReferenceSerializer})
    @action(detail=True, methods=["post"])
    def reuse(self, request: Request, pk: UUID) -> Response:
        """Use it in another project of the same client; a project that has the bytes answers its own row."""
        added = reference_library.reuse_reference(
            actor=self.actor, reference=self.get_object(), **self.given(TargetInput)
        )
        return self.shown(added.reference, 201 if added.new else 200)

    @extend_schema(request=None, responses=ReferenceSerializer)
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, pk: UUID) -> Response:
        """Put it away: no new launch is given it."""
        return self.shown(reference_library.archive_reference(actor=self.actor, reference=self.get_object()))

    @extend_schema(request=None, responses=ReferenceSerializer)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: UUID) -> Response:
        """Bring it back."""
        return self.shown(reference_library.restore_reference(actor=self.actor, reference=self.get_object()))

    @extend_schema(responses=CautionSerializer)
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def cautions(self, request: Request, pk: UUID) -> Response:
        """What one should know before using it: licence, consents, and what nobody has said yet."""
        row = self.get_object()
        return Response({"cautions": library_cautions.cautions([row]).get(row.pk, [])})

    @extend_schema(parameters=[RANGE], responses=BYTES)
    @action(detail=True, methods=["get"])
    def file(self, request: Request, pk: UUID) -> HttpResponseBase:
        """The bytes; one range at a time may be asked for."""
        row: Reference = self.get_object()
        path = storage.path_for(row.storage_key, Path(settings.MEDIA_ROOT))
        return bytes_to_watch(request, path, media_type=row.media_type, sha256=row.sha256)


class ChangeFilter(ProjectFilter):
    """By project or reference."""

    project = django_filters.UUIDFilter(field_name="reference__project_id")
    reference = django_filters.UUIDFilter(field_name="reference_id")


class ReferenceChangeViewSet(ReadOnly):
    """What was said about references before, and who said otherwise when."""

    queryset = ReferenceChange.objects.all()
    serializer_class = ReferenceChangeSerializer
    filterset_class = ChangeFilter


class IntakeFilter(ProjectFilter):
    """By project and state."""

    project = django_filters.UUIDFilter(field_name="transfer__project_id")
    state = django_filters.ChoiceFilter(choices=ReferenceIntake.State.choices)


class ReferenceIntakeViewSet(ReadOnly):
    """Files that came in pieces, on their way to being references."""

    queryset: QuerySet[ReferenceIntake] = ReferenceIntake.objects.select_related("transfer__project")
    serializer_class = IntakeSerializer
    filterset_class = IntakeFilter

    @extend_schema(request=IntakeInput, responses={201: IntakeSerializer})
    def create(self, request: Request) -> Response:
        """Make a finished transfer a reference: a job measures it; ask again how it went."""
        return self.created(reference_intakes.keep_transfer(actor=self.actor, **self.given(IntakeInput)))
