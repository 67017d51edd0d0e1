"""Terms: sources, versions, clauses, governing sets, licensing notes. Captured once, read ever after."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from generations.admin.pictures import PicturedAdmin, address, links
from reviews.actions.terms import add_source, edit_source
from reviews.models import (
    Citation,
    Clause,
    GoverningMember,
    GoverningSet,
    LicensingNote,
    TermsImport,
    TermsSource,
    TermsVersion,
)
from sorahub.accounts.admin.looks import short
from sorahub.accounts.admin.scoped import ScopedAdmin, ScopedInline
from sorahub.accounts.admin.verbs import Cleaned, Verb, VerbForm
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission


class SourceVerbForm(VerbForm):
    """What is said of a document."""

    publisher = forms.CharField(max_length=200)
    title = forms.CharField(max_length=200)
    product = forms.CharField(max_length=200, required=False)
    kind = forms.ChoiceField(choices=TermsSource.Kind.choices, initial=TermsSource.Kind.OTHER)
    party = forms.CharField(max_length=50, required=False, help_text="The publisher's name in the model catalogue.")
    address = forms.URLField(max_length=500, required=False, assume_scheme="https")
    look_for = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}), label="What to look for")
    noise = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        label="Lines that are no terms",
        help_text="Regular expressions, one a line: left out when versions are compared.",
    )

    def __init__(self, *args: Any, actor: User, subject: Any, **options: Any) -> None:
        super().__init__(*args, actor=actor, subject=subject, **options)
        if subject is not None:
            said = {name: getattr(subject, name) for name in self.fields}
            self.initial = {**said, "noise": "\n".join(subject.noise), **self.initial}


def _said(cleaned: Cleaned) -> dict[str, Any]:
    return {**cleaned, "noise": str(cleaned["noise"]).splitlines()}


def _add(actor: User, row: None, cleaned: Cleaned) -> TermsSource:
    return add_source(actor=actor, **_said(cleaned))


def _edit(actor: User, row: TermsSource, cleaned: Cleaned) -> TermsSource:
    return edit_source(actor=actor, source=row, **_said(cleaned))


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

    list_display = ("publisher", "title", "product", "kind", "party", "address")
    list_filter = ("kind", "party", "publisher")
    list_select_related = ("created_by__person",)
    search_fields = ("publisher", "title", "product", "party")
    inlines = (VersionInline,)
    adds = Verb(
        "add", "Add a document", Permission.CAPTURE_TERMS, _add, SourceVerbForm, done="Added. Capture a version next."
    )
    verbs = (
        Verb(
            "edit_source", "Edit", Permission.CAPTURE_TERMS, _edit, SourceVerbForm,
            intro="What is said of the document. Its captured versions stay as they are.", done="Saved.",
        ),
    )  # fmt: skip

    def links_for(self, row: TermsSource) -> list[dict[str, object]]:
        """Link to the document's page."""
        return links(Open_the_document=address("reviews:terms-source", row.pk))


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
        "address", "method", "captured_by", "media_type", "size", "raw_sha256", "text_sha256", "origin", "text",
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


@admin.register(TermsImport)
class TermsImportAdmin(ScopedAdmin):
    """Archives of terms that were imported, and what came of them."""

    list_display = ("archive", "format", "state", "kept", "again", "refused", "total", "created_by", "created_at")
    list_filter = ("state", "format")
    list_select_related = ("created_by__person",)
    search_fields = ("archive", "file_name", "sha256")
    date_hierarchy = "created_at"
    hidden = frozenset({"file"})

    def get_queryset(self, request: HttpRequest) -> "QuerySet[TermsImport]":
        """Leave what is in it in the database until one archive is looked at."""
        return super().get_queryset(request).defer("documents", "errors")

    def links_for(self, row: TermsImport) -> list[dict[str, object]]:
        """Link to the archive's page."""
        return links(Open_the_archive=address("reviews:terms-import", row.pk))


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
