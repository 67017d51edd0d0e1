"""How the lists of what gets made are narrowed."""

from django_filters import rest_framework as filters

from generations.models import Clip, Rendition, State, Upload
from sorahub.accounts.api.filtering import Filters, YesNo


class ClientFilter(Filters):
    """By client."""

    client = filters.UUIDFilter(field_name="client_id")
    archived = YesNo(field_name="archived_at", lookup_expr="isnull", exclude=True)


class ProjectFilter(Filters):
    """By project."""

    project = filters.UUIDFilter(field_name="project_id")


class PromptFilter(Filters):
    """By project or shot."""

    project = filters.UUIDFilter(field_name="shot__project_id")
    shot = filters.UUIDFilter(field_name="shot_id")


class GenerationFilter(ProjectFilter):
    """By where it belongs and how it stands."""

    shot = filters.UUIDFilter(field_name="prompt__shot_id")
    prompt = filters.UUIDFilter(field_name="prompt_id")
    account = filters.UUIDFilter(field_name="account_id")
    batch = filters.UUIDFilter(field_name="batch_id")
    state = filters.MultipleChoiceFilter(choices=State.choices)


class UploadFilter(ProjectFilter):
    """By project and state."""

    state = filters.ChoiceFilter(choices=Upload.State.choices)


class ClipFilter(ProjectFilter):
    """By project, shot, origin or hash."""

    shot = filters.UUIDFilter(field_name="shot_id")
    origin = filters.ChoiceFilter(choices=Clip.Origin.choices)
    sha256 = filters.CharFilter()


class RenditionFilter(Filters):
    """By clip and kind."""

    clip = filters.UUIDFilter(field_name="clip_id")
    kind = filters.ChoiceFilter(choices=Rendition.Kind.choices)


class ProvenanceFilter(Filters):
    """By clip."""

    clip = filters.UUIDFilter(field_name="clip_id")
