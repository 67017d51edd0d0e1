"""Clients, people, accounts and tokens."""

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from sorahub.accounts.actions.clients import add_client
from sorahub.accounts.actions.people import add_person, deactivate
from sorahub.accounts.actions.tokens import revoke_token
from sorahub.accounts.admin.scoped import ScopedAdmin, ScopedInline
from sorahub.accounts.admin.verbs import Cleaned, Verb, VerbForm
from sorahub.accounts.models import ApiToken, Client, Person, User
from sorahub.accounts.roles import Kind, Permission


class ClientForm(VerbForm):
    """A client's name."""

    name = forms.CharField(max_length=200)


class PersonForm(VerbForm):
    """A person with one account. Somebody known already gets a further account of the same person."""

    person = forms.ModelChoiceField(
        Person._default_manager.all(), required=False, help_text="Only when this human being has an account already."
    )
    name = forms.CharField(max_length=200)
    email = forms.EmailField(label="E-mail address")
    kind = forms.ChoiceField(choices=Kind.choices)
    time_zone = forms.CharField(initial="UTC", help_text="Such as Europe/Berlin.")

    def _narrowed(self, rows: "models.QuerySet[Person]") -> "models.QuerySet[Person]":
        return rows.filter(accounts__in=User.objects.visible_to(self.actor)).distinct()


def _add_person(actor: User, row: None, said: Cleaned) -> User:
    return add_person(actor=actor, **said)


def _deactivate(actor: User, row: User, said: Cleaned) -> User:
    return deactivate(actor=actor, user=row)


def _revoke(actor: User, row: ApiToken, said: Cleaned) -> None:
    revoke_token(actor=actor, token=row)


@admin.register(Client)
class ClientAdmin(ScopedAdmin):
    """The agency's customers."""

    list_display = ("name", "created_by", "created_at")
    list_select_related = ("created_by__person",)
    search_fields = ("name",)
    date_hierarchy = "created_at"
    adds = Verb(
        "add",
        "Add a client",
        Permission.MANAGE_PROJECT,
        lambda actor, row, said: add_client(actor=actor, **said),
        ClientForm,
        "A customer of the agency. Its projects, and its own chain in the ledger, begin with this.",
        "The client is there. Add its first project.",
    )


class AccountsInline(ScopedInline):
    """The accounts of a person."""

    model = User
    fields = readonly_fields = ("email", "kind", "is_active")
    show_change_link = True


@admin.register(Person)
class PersonAdmin(ScopedAdmin):
    """Human beings: separation of duties looks at them."""

    list_display = ("name", "created_at")
    search_fields = ("name",)
    inlines = (AccountsInline,)

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Person]":
        """The people behind the accounts that the reader sees."""
        accounts = User.objects.visible_to(request.user).values("person_id")  # type: ignore[arg-type]  # behind the log-in
        return Person.objects.filter(pk__in=accounts)


@admin.register(User)
class UserAdmin(ScopedAdmin):
    """Accounts. Passwords are nobody's business here."""

    list_display = ("email", "person", "kind", "is_active", "last_login")
    list_filter = ("kind", "is_active")
    list_select_related = ("person",)
    search_fields = ("email", "person__name")
    fields = ("person", "email", "kind", "time_zone", "is_active", "is_staff", "date_joined", "last_login")
    adds = Verb(
        "add",
        "Add a person",
        Permission.MANAGE_PEOPLE,
        _add_person,
        PersonForm,
        "They log in with a code sent to this address, and may choose a password afterwards.",
        "The account is there. Add it to a project, so that it sees something.",
    )
    verbs = (
        Verb(
            "deactivate",
            "Close account",
            Permission.MANAGE_PEOPLE,
            _deactivate,
            intro="The account can no longer log in. What it did stays on record.",
            done="The account is closed.",
            applies=lambda row: row.is_active,
            danger=True,
        ),
    )


@admin.register(ApiToken)
class ApiTokenAdmin(ScopedAdmin):
    """One's own tokens. Their secrets are known to their owners only; new ones are issued on the account page."""

    list_display = ("name", "prefix", "scope", "created_at", "expires_at", "last_used_at", "revoked_at")
    list_filter = ("scope",)
    search_fields = ("name", "prefix")
    fields = ("name", "prefix", "scope", "created_at", "expires_at", "last_used_at", "revoked_at")
    verbs = (
        Verb(
            "revoke",
            "Revoke",
            Permission.ANNOTATE,
            _revoke,
            intro="Programs that use this token are refused from now on.",
            done="The token is revoked.",
            applies=lambda row: row.revoked_at is None,
            danger=True,
        ),
    )
