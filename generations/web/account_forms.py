"""The forms of provider accounts: their choices are what the route's record says."""

from typing import Any

from django import forms
from django.conf import settings

from generations import catalog
from generations.catalog import Webhook
from generations.models import ProviderAccount
from generations.providers.declared import PREFIX
from generations.providers.declared_files import declared

SIGNED = frozenset({Webhook.STANDARD, Webhook.OPTIONAL, Webhook.ED25519})
EMBEDDED = {"sandbox": "/v1", "sandbox-kling": "/kling", "sandbox-ark": "/api/v3", "sandbox-example": "/example"}
"""Where the service that is part of the hub answers in each dialect."""
DIALECTS = {"openai_videos": "OpenAI Videos", "kling": "Kling", "ark": "Ark (Volcengine, BytePlus)"}


def dialect_words(name: str) -> str:
    """Return the name of a wire format for people."""
    if not name.startswith(PREFIX):
        return DIALECTS.get(name, name)
    found = declared().get(name.removeprefix(PREFIX))
    title = found.title if found else name.removeprefix(PREFIX)
    return f"{title} (declared{', incomplete' if found and found.unknown else ''})"


def unknown_of(dialect: str) -> tuple[str, ...]:
    """Return what a declared provider still lacks before it can be used; nothing for every other dialect."""
    found = declared().get(dialect.removeprefix(PREFIX)) if dialect.startswith(PREFIX) else None
    return found.unknown if found else ()


def calls_back(route: catalog.Route) -> Webhook:
    """Return how the route's models call back: the strongest way that any of them has."""
    kinds = [row.webhook for row in catalog.rows() if row.route == route.name]
    return max(kinds, key=list(Webhook).index, default=Webhook.NONE)


class AccountForm(forms.Form):
    """An account with a provider. The key and the secret are never shown again."""

    name = forms.CharField(max_length=100, help_text="What people choose by, such as “Studio, Kling”.")
    dialect = forms.ChoiceField(label="Wire format", help_text="What this route speaks.")
    region = forms.CharField(required=False, max_length=50, help_text="If the provider has several.")
    base_url = forms.URLField(
        label="Address", assume_scheme="https", max_length=500, help_text="Such as https://api.example.com/v1"
    )
    api_key = forms.CharField(
        label="Key",
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Kept sealed; never shown again.",
    )
    webhook_secret = forms.CharField(
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="If the provider signs its calls: whsec_…",
    )
    max_in_flight = forms.IntegerField(
        min_value=1, max_value=100_000, initial=10, label="Places", help_text="Generations at the provider at once."
    )
    creates_per_minute = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=100_000,
        label="New generations a minute",
        help_text="Leave it empty where only the places limit it.",
    )
    polls_per_minute = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=100_000,
        initial=600,
        label="Questions a minute",
        help_text="How often the provider may be asked how its tasks stand, all tasks together. The more, the sooner a clip is noticed.",
    )
    contracting_party = forms.CharField(required=False, max_length=200, help_text="Who the contract is with.")
    plan = forms.CharField(required=False, max_length=100, help_text="Plan or tier, such as API or Enterprise.")

    def __init__(self, data: Any = None, *, route: catalog.Route, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        self.route = route
        self.fields["dialect"].choices = [(name, dialect_words(name)) for name in route.dialects]  # type: ignore[attr-defined]
        if len(route.dialects) == 1:
            self.fields["dialect"].initial = route.dialects[0]
        self._places()
        if calls_back(route) not in SIGNED and PREFIX not in route.dialects[0]:
            del self.fields["webhook_secret"]

    def _places(self) -> None:
        """Let people choose among the addresses that the route's record names."""
        regions = [(region, address) for region, address in self.route.addresses if region]
        if regions:
            choices = [("", "Another, whose address is entered below")]
            choices[:0] = [(region, f"{region}: {address}") for region, address in regions]
            self.fields["region"] = forms.ChoiceField(
                choices=choices,
                required=False,
                widget=forms.RadioSelect,
                initial=regions[0][0],
                help_text="A key often works in one region only.",
            )
        if self.route.addresses:
            self.fields["base_url"].required = False
            self.fields["base_url"].help_text = "Leave it empty for the provider's own address."

    def clean(self) -> dict[str, Any]:
        """Fill in the address of the chosen region where none was entered."""
        given = super().clean() or self.cleaned_data
        known = dict(self.route.addresses)
        if "base_url" not in self.errors and not given.get("base_url"):
            given["base_url"] = known.get(given.get("region", ""), known.get("", ""))
            if not given["base_url"]:
                self.add_error("base_url", "Choose a region, or enter an address.")
        return given

    def arguments(self) -> dict[str, Any]:
        """Return the arguments for the actions: what was left empty keeps its default."""
        given = {name: value for name, value in self.cleaned_data.items() if name != "polls_per_minute" or value}
        return {**given, "route": self.route.name}


class ChangeForm(AccountForm):
    """The same for an account that is there: an empty key stays as it is, and so does the route."""

    enabled = forms.BooleanField(required=False, label="In use", help_text="Switched off, it takes nothing new.")

    def __init__(self, data: Any = None, *, route: catalog.Route, account: ProviderAccount) -> None:
        fields = set(ChangeForm.base_fields) - {"api_key", "webhook_secret"}
        values = {name: getattr(account, name) for name in fields}
        if account.base_url == dict(route.addresses).get(account.region):
            values["base_url"] = ""  # so that another region brings its own address along
        super().__init__(data, route=route, initial=values)
        self.fields["api_key"].required = False
        self.fields[
            "api_key"
        ].help_text = "Leave it empty to keep the key there is. A new one is used from the next call on."
        if "webhook_secret" in self.fields:
            self.fields["webhook_secret"].help_text = "Leave it empty to keep the secret there is."

    def arguments(self) -> dict[str, Any]:
        """Return the arguments for the action: the route is not changed here."""
        return {name: value for name, value in super().arguments().items() if name != "route"}


class PauseForm(forms.Form):
    """Why nothing new is sent for a while."""

    reason = forms.CharField(
        max_length=300, help_text="Others will wonder what they wait for: such as “credit is being renewed”."
    )


class LimitForm(forms.Form):
    """The limits of one model at one account; empty: none of its own."""

    model = forms.CharField(max_length=100)
    max_in_flight = forms.IntegerField(required=False, min_value=1, max_value=100_000)
    creates_per_minute = forms.IntegerField(required=False, min_value=1, max_value=100_000)


def first_values(route: catalog.Route) -> dict[str, Any]:
    """Return what a new account of this route begins with; the embedded service is filled in ready to use."""
    values: dict[str, Any] = {"dialect": route.dialects[0]}
    if route.name in EMBEDDED:
        values |= {
            "name": "Embedded generation service" if route.name == "sandbox" else route.title,
            "base_url": f"{settings.SANDBOX_URL}{EMBEDDED[route.name]}",
            "contracting_party": "None: the embedded service is part of SoraHub",
        }
    return values
