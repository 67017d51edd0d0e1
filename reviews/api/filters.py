"""How the lists of what gets judged are narrowed."""

from django_filters import rest_framework as filters

from reviews.models import Bundle, Clause, Deliverable, SignOff, TermsSource
from reviews.models.annotation import Category, Visibility
from sorahub.accounts.api.filtering import Filters, YesNo


class ProjectFilter(Filters):
    """By project."""

    project = filters.UUIDFilter(field_name="project_id")


class ClipFilter(Filters):
    """By clip, or by its project."""

    clip = filters.UUIDFilter(field_name="clip_id")
    project = filters.UUIDFilter(field_name="clip__project_id")


class AnnotationFilter(ClipFilter):
    """By place, category, readers, and whether it is dealt with."""

    category = filters.ChoiceFilter(choices=Category.choices)
    visibility = filters.ChoiceFilter(choices=Visibility.choices)
    parent = filters.UUIDFilter(field_name="parent_id")
    resolved = YesNo(field_name="resolved_at", lookup_expr="isnull", exclude=True)
    touched_since = filters.IsoDateTimeFilter(
        field_name="touched_at",
        lookup_expr="gte",
        help_text="Changed in a visible way since then; ask for some seconds more than you need.",
    )


class AttachmentFilter(Filters):
    """By note, clip or project."""

    annotation = filters.UUIDFilter(field_name="annotation_id")
    clip = filters.UUIDFilter(field_name="annotation__clip_id")
    project = filters.UUIDFilter(field_name="annotation__clip__project_id")


class DecisionFilter(ClipFilter):
    """By clip and stage."""

    stage = filters.UUIDFilter(field_name="stage_id")


class ReviewFilter(ProjectFilter):
    """By project and stage, open or closed."""

    stage = filters.UUIDFilter(field_name="stage_id")
    closed = YesNo(field_name="closed_at", lookup_expr="isnull", exclude=True)


class RankingFilter(ProjectFilter):
    """By project, open or closed."""

    closed = YesNo(field_name="closed_at", lookup_expr="isnull", exclude=True)


class SourceFilter(Filters):
    """By kind and party, captured or not."""

    kind = filters.ChoiceFilter(choices=TermsSource.Kind.choices)
    party = filters.CharFilter()
    captured = YesNo(field_name="versions", lookup_expr="isnull", exclude=True, distinct=True)


class VersionFilter(Filters):
    """By source."""

    source = filters.UUIDFilter(field_name="source_id")


class ClauseFilter(Filters):
    """By version and topic."""

    terms_version = filters.UUIDFilter(field_name="terms_version_id")
    topic = filters.ChoiceFilter(choices=Clause.Topic.choices)


class GoverningSetFilter(Filters):
    """By route."""

    route = filters.CharFilter()


class RecordVersionFilter(Filters):
    """By record or clip."""

    record = filters.UUIDFilter(field_name="record_id")
    clip = filters.UUIDFilter(field_name="record__clip_id")


class SignOffFilter(ClipFilter):
    """By clip, record version and meaning."""

    record_version = filters.UUIDFilter(field_name="record_version_id")
    meaning = filters.ChoiceFilter(choices=SignOff.Meaning.choices)


class HoldFilter(ClipFilter):
    """By clip, standing or lifted."""

    lifted = YesNo(field_name="lifted_at", lookup_expr="isnull", exclude=True)


class BundleFilter(ClipFilter):
    """By clip, sign-off, state and variant."""

    sign_off = filters.UUIDFilter(field_name="sign_off_id")
    state = filters.ChoiceFilter(choices=Bundle.State.choices)
    variant = filters.ChoiceFilter(choices=Bundle.Variant.choices)


class DeliverableFilter(ClipFilter):
    """By clip, sign-off, state and the hash of the finished file."""

    sign_off = filters.UUIDFilter(field_name="sign_off_id")
    state = filters.ChoiceFilter(choices=Deliverable.State.choices)
    sha256 = filters.CharFilter()


class ReReviewFilter(Filters):
    """By change, record version or project, open or settled."""

    change = filters.UUIDFilter(field_name="change_id")
    record_version = filters.UUIDFilter(field_name="record_version_id")
    project = filters.UUIDFilter(field_name="record_version__record__clip__project_id")
    settled = YesNo(field_name="settled_at", lookup_expr="isnull", exclude=True)
