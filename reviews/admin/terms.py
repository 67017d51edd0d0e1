"""Terms: sources, versions, clauses, governing sets, licensing notes. Captured once, read ever after."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from generations.admin.pictures import PicturedAdmin, address, links
from reviews.models import Citation, Clause, GoverningMember, GoverningSet, LicensingNote, TermsSource, TermsVersion
from sorahub.accounts.admin.looks import short
from sorahub.accounts.admin.scoped import ScopedAdmin, ScopedInline


class VersionInline(ScopedInline):
    """What was captured of a source."""

    model = TermsVersion
    fields = readonly_fields = ("label", "effective_from", "captured_at", "raw_sha256")
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> "QuerySet[TermsVersion]":
        """Leave bytes and text in the database."""
        return super().get_queryset(request).defer("raw", "text")


@admin.register(TermsSource)
class TermsSourceAdmin(ScopedAdmin):
    """Documents that somebody publishes."""

    list_display = ("publisher", "title", "product", "address")
    list_filter = ("publisher",)
    list_select_related = ("created_by__person",)
    search_fields = ("publisher", "title", "product")
    inlines = (VersionInline,)


@admin.register(TermsVersion)
class TermsVersionAdmin(ScopedAdmin):
    """Captured terms: bytes, text, hashes, four dates."""

    list_display = ("__str__", "effective_from", "published_on", "captured_at", "accepted_at", "hash")
    list_filter = ("source", "method", "language", "jurisdiction")
    list_select_related = ("source", "captured_by__person")
    search_fields = ("label", "source__publisher", "source__title", "raw_sha256", "text_sha256")
    ordering = ("-captured_at",)
    date_hierarchy = "captured_at"
    fields = (
        "source", "label", "published_on", "effective_from", "captured_at", "accepted_at", "language", "jurisdiction",
        "address", "method", "captured_by", "media_type", "size", "raw_sha256", "text_sha256", "text",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> "QuerySet[TermsVersion]":
        """Leave bytes and text in the database until one version is read."""
        return super().get_queryset(request).defer("raw", "text")

    @admin.display(description="SHA-256 of the bytes")
    def hash(self, row: TermsVersion) -> str:
        """The hash of the captured bytes."""
        return short(row.raw_sha256)

    @admin.display(description="Bytes")
    def size(self, row: TermsVersion) -> str:
        """How many bytes were captured."""
        return f"{len(row.raw):,}"

    def links_for(self, row: TermsVersion) -> list[dict[str, object]]:
        """Link to the text with its clauses, and to the bytes."""
        read, raw = address("reviews:terms-version", row.pk), address("reviews:terms-raw", row.pk)
        return links(Read_with_clauses=read, Download_the_bytes=raw)


@admin.register(Clause)
class ClauseAdmin(ScopedAdmin):
    """Passages of terms versions."""

    list_display = ("__str__", "terms_version", "start", "end", "marked_by", "marked_at")
    list_filter = ("topic", "terms_version__source")
    list_select_related = ("terms_version__source", "marked_by__person")
    search_fields = ("quote", "terms_version__label", "terms_version__source__title")
    date_hierarchy = "marked_at"

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Clause]":
        """Leave bytes and text of the version in the database."""
        return super().get_queryset(request).defer("terms_version__raw", "terms_version__text")


class MemberInline(ScopedInline):
    """The versions in a governing set, by precedence."""

    model = GoverningMember
    fields = readonly_fields = ("precedence", "terms_version")
    joins = ("terms_version__source",)


@admin.register(GoverningSet)
class GoverningSetAdmin(ScopedAdmin):
    """The terms that govern clips made through one route."""

    list_display = ("name", "route", "rule", "as_of", "hash", "created_by", "created_at")
    list_filter = ("route", "rule", "account")
    list_select_related = ("created_by__person", "account")
    search_fields = ("name", "route", "sha256")
    date_hierarchy = "created_at"
    inlines = (MemberInline,)

    @admin.display(description="SHA-256")
    def hash(self, row: GoverningSet) -> str:
        """The hash that a sign-off signs."""
        return short(row.sha256)


class CitationInline(ScopedInline):
    """The clauses that a note cites."""

    model = Citation
    fields = readonly_fields = ("clause",)
    joins = ("clause__terms_version__source",)


@admin.register(LicensingNote)
class LicensingNoteAdmin(PicturedAdmin):
    """Findings about clips, citing clauses. Privileged ones are for legal approvers and their authors."""

    list_display = ("__str__", "picture", "clip", "author", "privileged", "created_at")
    list_filter = ("clip__project", "privileged")
    list_select_related = ("clip__shot", "author__person")
    search_fields = ("body", "clip__sha256", "clip__shot__code")
    date_hierarchy = "created_at"
    inlines = (CitationInline,)
