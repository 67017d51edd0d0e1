"""Projects, their people and shots."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from generations.actions import filing_clips, projects, shots
from generations.api import filters, inputs, serializers
from generations.api.story import StoryVerbs
from generations.models import Membership, Project, Shot
from sorahub.accounts.api.views import ReadOnly
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.lib.errors import InvalidInput


class ProjectViewSet(ReadOnly):
    """Pieces of work."""

    queryset = Project.objects.all()
    serializer_class = serializers.ProjectSerializer
    filterset_class = filters.ClientFilter

    @extend_schema(request=inputs.ProjectInput, responses={201: serializers.ProjectSerializer})
    def create(self, request: Request) -> Response:
        """Begin a project; one takes part in it at once."""
        return self.created(projects.create_project(actor=self.actor, **self.given(inputs.ProjectInput)))

    @extend_schema(request=None, responses=serializers.ProjectSerializer)
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, pk: UUID) -> Response:
        """Close a project: it stays readable, nothing new is made in it."""
        return self.shown(projects.archive_project(actor=self.actor, project=self.get_object()))


class MemberViewSet(ReadOnly):
    """Who takes part in which project."""

    queryset = Membership.objects.select_related("user__person", "project")
    serializer_class = serializers.MemberSerializer
    filterset_class = filters.ProjectFilter

    @extend_schema(request=inputs.MemberInput, responses={201: serializers.MemberSerializer})
    def create(self, request: Request) -> Response:
        """Let an account take part; one that does already stays."""
        given = self.given(inputs.MemberInput)
        self.actor.demand(Permission.MANAGE_PROJECT)
        user = _account(given["email"])
        return self.created(projects.add_member(actor=self.actor, project=given["project"], user=user))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """End an account's part in the project."""
        row: Membership = self.get_object()
        projects.remove_member(actor=self.actor, project=row.project, user=row.user)
        return Response(status=204)


class ShotViewSet(StoryVerbs, ReadOnly):
    """Slots to be filled with clips."""

    queryset = Shot.objects.select_related("project")
    serializer_class = serializers.ShotSerializer
    filterset_class = filters.ProjectFilter

    @extend_schema(request=inputs.ShotInput, responses={201: serializers.ShotSerializer})
    def create(self, request: Request) -> Response:
        """Add a shot at the project's end, or behind another."""
        return self.created(shots.add_shot(actor=self.actor, **self.given(inputs.ShotInput)))

    @extend_schema(request=inputs.TakeInput, responses=serializers.ShotSerializer)
    @action(detail=True, methods=["post"], url_path="select-take")
    def select_take(self, request: Request, pk: UUID) -> Response:
        """Make one of the shot's clips its selected take."""
        return self.shown(shots.select_take(actor=self.actor, shot=self.get_object(), **self.given(inputs.TakeInput)))

    @extend_schema(request=inputs.FilingInput, responses=serializers.ClipSerializer(many=True))
    @action(detail=True, methods=["post"], url_path="file-clips", pagination_class=None, filterset_class=None)
    def file_clips(self, request: Request, pk: UUID) -> Response:
        """File clips that came in without a shot under this one: they become its next takes, in the order given."""
        found = filing_clips.file_clips(actor=self.actor, shot=self.get_object(), **self.given(inputs.FilingInput))
        return Response(serializers.ClipSerializer(found, many=True, context=self.get_serializer_context()).data)


def _account(email: str) -> User:
    user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if user is None:
        raise InvalidInput("No active account has this address.", fields={"email": "No active account has it."})
    return user
