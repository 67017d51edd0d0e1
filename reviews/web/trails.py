"""Breadcrumbs: the way to a page, without links to what this person may not see."""

from django.urls import reverse

from generations.models import Clip, Project
from reviews.models import Release, Review, TermsSource
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind

Trail = list[tuple[str, str]]


def to_project(project: Project, *, last: str) -> Trail:
    """Projects / the project / this page."""
    return [
        ("Projects", reverse("generations:projects")),
        (project.name, reverse("generations:project", args=[project.pk])),
        (last, ""),
    ]


def to_clip(clip: Clip, user: User, *, last: str) -> Trail:
    """The project and shot for the agency; the reviews for a guest."""
    if user.kind == Kind.GUEST:
        return [("Reviews", reverse("reviews:reviews")), (last, "")]
    trail = to_project(clip.project, last=last)[:-1]
    if clip.shot is not None:
        trail.append((str(clip.shot), reverse("generations:shot", args=[clip.shot_id])))
    return [*trail, (last, "")]


def to_rights(clip: Clip, user: User, *, last: str) -> Trail:
    """Rights / the clip / its rights / this page."""
    return [
        ("Rights", reverse("reviews:rights")),
        (f"{clip.project.name}: {clip}", reverse("reviews:clip", args=[clip.pk])),
        ("Rights of this clip", reverse("reviews:clip-rights", args=[clip.pk])),
        (last, ""),
    ]


def to_evidence(project: Project) -> Trail:
    """Rights / the evidence of a project."""
    return [("Rights", reverse("reviews:rights")), (f"Evidence of {project.name}", "")]


def to_releases(project: Project, *, last: str) -> Trail:
    """Projects / the project / its releases / this page."""
    return [
        *to_project(project, last="")[:-1],
        ("Releases", reverse("reviews:releases", args=[project.pk])),
        (last, ""),
    ]


def to_release(release: Release, *, last: str) -> Trail:
    """The same / the release / this page."""
    way = to_releases(release.project, last="")[:-1]
    return [*way, (str(release), reverse("reviews:release", args=[release.pk])), (last, "")]


def to_reviews() -> Trail:
    """Reviews, as a link."""
    return [("Reviews", reverse("reviews:reviews"))]


def to_review(review: Review, *, last: str) -> Trail:
    """Reviews / the review / this page."""
    return [*to_reviews(), (review.title, reverse("reviews:review", args=[review.pk])), (last, "")]


def to_terms(*, last: str) -> Trail:
    """Rights / terms / this page."""
    return [("Rights", reverse("reviews:rights")), ("Terms", reverse("reviews:terms")), (last, "")]


def to_source(source: TermsSource) -> Trail:
    """One document of terms, as a link."""
    return [(str(source), reverse("reviews:terms-source", args=[source.pk]))]


def to_imports() -> Trail:
    """The archives of terms, as a link."""
    return [("Archives", reverse("reviews:terms-imports"))]
