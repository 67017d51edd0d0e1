"""Annotations (people see them called notes) and the marks drawn with them."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from generations.admin.pictures import PicturedAdmin, address, at_frame
from reviews.actions.annotate import reopen_annotation, resolve_annotation
from reviews.models import Annotation, Shape
from sorahub.accounts.admin.looks import state
from sorahub.accounts.admin.scoped import ScopedAdmin, ScopedInline
from sorahub.accounts.admin.verbs import Cleaned, Verb
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission


def _resolve(actor: User, row: Annotation, said: Cleaned) -> Annotation:
    return resolve_annotation(actor=actor, annotation=row)


def _reopen(actor: User, row: Annotation, said: Cleaned) -> Annotation:
    return reopen_annotation(actor=actor, annotation=row)


class ShapeInline(ScopedInline):
    """The marks of a note."""

    model = Shape
    fields = readonly_fields = ("kind", "colour", "stroke", "points")


@admin.register(Annotation)
class AnnotationAdmin(PicturedAdmin):
    """Words on frames."""

    list_display = (
        "__str__",
        "picture",
        "clip",
        "frames",
        "category",
        "visibility",
        "author",
        "standing",
        "created_at",
    )
    list_filter = ("clip__project", "category", "visibility", ("resolved_at", admin.EmptyFieldListFilter))
    list_select_related = ("clip__shot", "author__person", "resolved_by__person", "parent")
    search_fields = ("body", "clip__shot__code", "author__person__name")
    ordering = ("-created_at", "-id")
    date_hierarchy = "created_at"
    inlines = (ShapeInline,)
    verbs = (
        Verb(
            "resolve",
            "Resolve",
            Permission.ANNOTATE,
            _resolve,
            done="Resolved.",
            applies=lambda row: row.resolved_at is None,
        ),
        Verb(
            "reopen",
            "Reopen",
            Permission.ANNOTATE,
            _reopen,
            done="Open again.",
            applies=lambda row: row.resolved_at is not None,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Annotation]":
        """Leave out what was deleted."""
        return super().get_queryset(request).filter(deleted_at=None)

    @admin.display(description="Frames", ordering="frame_in")
    def frames(self, row: Annotation) -> str:
        """The frames, as a link that opens the clip at the first of them."""
        words = str(row.frame_in) if row.frame_in == row.frame_out else f"{row.frame_in}–{row.frame_out}"
        return at_frame(row.clip_id, row.frame_in, words)

    @admin.display(description="State", ordering="resolved_at")
    def standing(self, row: Annotation) -> str:
        """Open or resolved."""
        return state("open" if row.resolved_at is None else "resolved")

    def links_for(self, row: Annotation) -> list[dict[str, object]]:
        """Link to the clip at the note's first frame."""
        page = address("reviews:clip", row.clip_id)
        return [{"label": f"Watch frame {row.frame_in}", "url": f"{page}#f{row.frame_in}"}] if page else []


@admin.register(Shape)
class ShapeAdmin(ScopedAdmin):
    """Drawn marks."""

    list_display = ("annotation", "kind", "colour", "author", "created_at")
    list_filter = ("kind", "annotation__clip__project")
    list_select_related = ("annotation", "author__person")
    search_fields = ("annotation__body", "colour")
    ordering = ("-created_at",)
