"""Provider accounts and what they sent unasked. Keys and secrets are taken in here and never shown."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.html import format_html

from generations import catalog
from generations.actions.account_control import pause_account, resume_account, set_limit
from generations.actions.provider_accounts import add_account, change_account, request_test
from generations.models import AccountLimit, PlanPeriod, ProviderAccount, WebhookDelivery
from generations.providers import registry
from sorahub.accounts.admin.looks import state
from sorahub.accounts.admin.scoped import ADMINISTRATORS, ScopedAdmin, ScopedInline
from sorahub.accounts.admin.verbs import Cleaned, Verb, VerbForm
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission

SECRET = {"autocomplete": "off"}


def _routes() -> list[tuple[str, str]]:
    return [(route.name, route.name) for route in catalog.routes()]


class AccountForm(VerbForm):
    """An account with a provider, and the contract behind it."""

    name = forms.CharField(max_length=100)
    route = forms.ChoiceField(choices=_routes, help_text="The route in the model catalogue. It decides rights.")
    dialect = forms.ChoiceField(choices=lambda: [(each, each) for each in registry.dialects()])
    base_url = forms.URLField(
        label="Address", max_length=500, assume_scheme="https", help_text="Such as https://api.example.com/v1"
    )
    api_key = forms.CharField(
        label="Key", widget=forms.PasswordInput(attrs=SECRET), help_text="Sealed, and never shown again."
    )
    webhook_secret = forms.CharField(
        widget=forms.PasswordInput(attrs=SECRET), required=False, help_text="Sealed likewise."
    )
    contracting_party = forms.CharField(max_length=200, required=False, help_text="Who the contract is with.")
    plan = forms.CharField(max_length=100, required=False, help_text="Plan or tier, such as API or Enterprise.")
    region = forms.CharField(max_length=50, required=False)
    max_in_flight = forms.IntegerField(min_value=1, initial=10, help_text="Generations running there at once.")
    creates_per_minute = forms.IntegerField(
        min_value=1, required=False, help_text="Empty: as many as there are places."
    )
    polls_per_minute = forms.IntegerField(
        min_value=1, initial=600, help_text="Questions to the provider, all tasks together."
    )


class AccountChangeForm(AccountForm):
    """The same for an account that exists; empty secrets stay as they are."""

    enabled = forms.BooleanField(required=False, help_text="May be used for new generations.")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["api_key"].required = False
        self.fields["api_key"].help_text = "Leave empty to keep the key that is there."
        secret = {"api_key", "webhook_secret"}
        here = {name: getattr(self.subject, name) for name in self.fields if name not in secret}
        self.initial = {**here, **self.initial}


def _change(actor: User, row: ProviderAccount, said: Cleaned) -> ProviderAccount:
    return change_account(actor=actor, account=row, **said)


def _test(actor: User, row: ProviderAccount, said: Cleaned) -> ProviderAccount:
    return request_test(actor=actor, account=row)


class PauseForm(VerbForm):
    """Why nothing new is to be sent."""

    reason = forms.CharField(max_length=300)


class LimitForm(VerbForm):
    """A narrower limit for one model there."""

    model = forms.CharField(max_length=100, help_text="Its name in the catalogue, such as sora-2.")
    max_in_flight = forms.IntegerField(min_value=1, required=False)
    creates_per_minute = forms.IntegerField(min_value=1, required=False, help_text="Both empty: no limit of its own.")


def _pause(actor: User, row: ProviderAccount, said: Cleaned) -> ProviderAccount:
    return pause_account(actor=actor, account=row, **said)


def _resume(actor: User, row: ProviderAccount, said: Cleaned) -> ProviderAccount:
    return resume_account(actor=actor, account=row)


def _limit(actor: User, row: ProviderAccount, said: Cleaned) -> ProviderAccount:
    set_limit(actor=actor, account=row, **said)
    return row


class LimitInline(ScopedInline):
    """Where the provider gives a model less than the account's own limits."""

    model = AccountLimit
    fields = readonly_fields = ("model", "max_in_flight", "creates_per_minute")


class PlanInline(ScopedInline):
    """Which plan the account was on, from which day. Declared on the account's own page."""

    model = PlanPeriod
    fields = readonly_fields = (
        "starts_on",
        "plan",
        "contracting_party",
        "receipt_sha256",
        "declared_by",
        "declared_at",
    )
    joins = ("declared_by__person",)


@admin.register(ProviderAccount)
class ProviderAccountAdmin(ScopedAdmin):
    """Whom we ask for generations, under which contract."""

    list_display = ("name", "route", "dialect", "plan", "enabled", "test", "max_in_flight")
    list_filter = ("enabled", "route", "dialect")
    search_fields = ("name", "route", "contracting_party")
    fields = (
        "name", "route", "dialect", "base_url", "key", "contracting_party", "plan", "region", "enabled",
        "max_in_flight", "creates_per_minute", "polls_per_minute", "paused_at", "pause_reason", "resume_at", "test",
        "tested_at", "test_message", "created_by", "created_at",
    )  # fmt: skip
    list_select_related = ("created_by__person",)
    inlines = (LimitInline, PlanInline)
    adds = Verb(
        "add",
        "Add a provider account",
        Permission.MANAGE_PEOPLE,
        lambda actor, row, said: add_account(actor=actor, **said),
        AccountForm,
        done="The account is there. Test it.",
    )
    verbs = (
        Verb("edit", "Change", Permission.MANAGE_PEOPLE, _change, AccountChangeForm, done="Changed."),
        Verb(
            "test",
            "Test",
            Permission.MANAGE_PEOPLE,
            _test,
            intro="A job asks the provider for a list, which costs nothing. The outcome stands on the account.",
            done="The test is under way. Reload this page for its outcome.",
        ),
        Verb(
            "pause",
            "Pause",
            Permission.GENERATE,
            _pause,
            PauseForm,
            intro="Nothing new is sent until it is resumed. Launches are accepted and wait; what runs there goes on.",
            done="The account is paused.",
            applies=lambda row: row.paused_at is None,
            danger=True,
            also=Permission.MANAGE_PEOPLE,
        ),
        Verb(
            "resume",
            "Resume",
            Permission.GENERATE,
            _resume,
            intro="What has waited is sent, in turn.",
            done="The account sends again.",
            applies=lambda row: row.paused_at is not None,
            also=Permission.MANAGE_PEOPLE,
        ),
        Verb("limit", "Limit a model", Permission.MANAGE_PEOPLE, _limit, LimitForm, done="The limit holds."),
    )

    @admin.display(description="Key")
    def key(self, row: ProviderAccount) -> str:
        """Whether there is a key, and its last four characters."""
        return format_html("sealed, ends in <code>{}</code>", row.key_hint) if row.sealed_key else "none"

    @admin.display(description="Test", ordering="test_passed")
    def test(self, row: ProviderAccount) -> str:
        """How the last test went."""
        words = {True: ("passed", "Passed"), False: ("failed", "Failed"), None: ("unknown", "Not tested")}
        return state(*words[row.test_passed])


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ScopedAdmin):
    """Verified webhooks as they came. Hints only."""

    audience = ADMINISTRATORS
    list_display = ("webhook_id", "account", "received_at")
    list_filter = ("account",)
    list_select_related = ("account",)
    search_fields = ("webhook_id",)
    date_hierarchy = "received_at"
    fields = ("account", "webhook_id", "received_at", "words")

    @admin.display(description="Body")
    def words(self, row: WebhookDelivery) -> str:
        """The body as text."""
        return format_html("<pre>{}</pre>", bytes(row.body).decode("utf-8", "replace")[:20_000])
