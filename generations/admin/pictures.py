"""Thumbnails: the poster of the clip that a row is about."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html

from generations.models import Rendition
from sorahub.accounts.admin.scoped import ScopedAdmin


def address(name: str, *values: object) -> str:
    """Return the address of one of the hub's pages, or "" where that page does not exist."""
    try:
        return reverse(name, args=values)
    except NoReverseMatch:
        return ""


def links(**pages: str) -> list[dict[str, object]]:
    """Return label and address of those pages that exist; underscores in a label are blanks."""
    return [{"label": label.replace("_", " "), "url": page} for label, page in pages.items() if page]


def thumbnail(clip_id: object) -> str:
    """Return a clip's poster as a small picture."""
    source = address("generations:clip-rendition", clip_id, "poster")
    if not source:
        return "–"
    return format_html(
        '<img class="thumbnail" src="{}" alt="" width="128" height="72" loading="lazy" decoding="async">', source
    )


def at_frame(clip_id: object, frame: int, words: str) -> str:
    """Return a link to the review page of a clip, at a frame."""
    page = address("reviews:clip", clip_id)
    return format_html('<a href="{}#f{}">{}</a>', page, frame, words) if page else words


class PicturedAdmin(ScopedAdmin):
    """Rows about a clip, found at ``clip_path``: lists and pages show its poster, at the price of no further query."""

    clip_path: ClassVar[str] = "clip"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Mark the rows whose clip has a poster."""
        posters = Rendition.objects.filter(clip=OuterRef(self.clip_path), kind=Rendition.Kind.POSTER)
        rows: QuerySet[Any] = super().get_queryset(request).annotate(has_poster=Exists(posters))
        return rows

    @admin.display(description="Picture")
    def picture(self, row: Any) -> str:
        """The clip's poster."""
        clip_id = row.pk if self.clip_path == "pk" else getattr(row, f"{self.clip_path}_id")
        return thumbnail(clip_id) if row.has_poster and clip_id else "–"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Show the picture first."""
        return ["picture", *super().get_fields(request, obj)]

    def links_for(self, row: Any) -> list[dict[str, object]]:
        """Link to the clip's own page, where it is watched frame by frame."""
        clip_id = row.pk if self.clip_path == "pk" else getattr(row, f"{self.clip_path}_id")
        page = address("reviews:clip", clip_id) if clip_id else ""
        return links(Watch_the_clip=page)
