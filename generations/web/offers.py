"""What a person can launch today by which account, and what they cannot launch any more, with what could serve instead."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.utils import timezone

from generations import catalog
from generations.models import Generation, ProviderAccount
from generations.pipeline.remote import shut_routes
from generations.providers import unusable
from sorahub.accounts.models import User

SEPARATOR = "|"
PLAIN = "text_to_video"
MODES = {
    PLAIN: "from words",
    "image_to_video": "from a first frame",
    "reference_to_video": "from references",
    "remix": "remix a take",
    "edit": "change a video",
    "extend": "extend a take",
}
INSTEAD_SHOWN = 4


@dataclass(frozen=True)
class Offer:
    """A model in one of its modes, by one account."""

    account: ProviderAccount
    capability: catalog.Capability

    @cached_property
    def value(self) -> str:
        """The choice as the form sends it."""
        return SEPARATOR.join((str(self.account.pk), self.capability.model, self.capability.mode))

    @property
    def label(self) -> str:
        """The choice in words."""
        return f"{self.capability.title}, {mode_words(self.capability)}"


@dataclass(frozen=True)
class Closed:
    """A model that an account's route knows and that cannot be launched: why, and which offers could serve instead."""

    account: ProviderAccount
    model: str
    title: str
    why: str
    instead: tuple[Offer, ...]


def mode_words(row: catalog.Capability) -> str:
    """Return what a row makes its clips from, in words."""
    return MODES.get(row.mode, row.mode.replace("_", " "))


def offers(user: User, source: Generation | None = None) -> list[Offer]:
    """Return what this person can launch today: each switched-on account with the models its route offers.

    With a ``source`` only what starts from it: its own account's and model's ways to go on from a take.
    """
    rows = sorted(catalog.launchable(_today()), key=lambda row: (row.title, list(MODES).index(row.mode)))
    ready = [account for account in _accounts(user) if not unusable(account.dialect)]
    every = [Offer(account, row) for account in ready for row in rows if row.route == account.route]
    if source is None:
        return [offer for offer in every if not offer.capability.uses_source]
    own = [offer for offer in every if offer.account == source.account and offer.capability.model == source.model]
    return [offer for offer in own if offer.capability.uses_source]


def chosen(available: Sequence[Offer], value: str | None, shut: Sequence[Closed] = ()) -> Offer | None:
    """Return the offer with this value; for one that is shut what could serve instead; else the first from words alone."""
    named = [offer for offer in available if offer.value == value]
    wanted = (value or "").split(SEPARATOR)[:2]
    instead = [offer for one in shut if [str(one.account.pk), one.model] == wanted for offer in one.instead]
    plain = [offer for offer in available if offer.capability.mode == PLAIN]
    return next(iter([*named, *instead, *plain, *available]), None)


def closed(user: User, available: Sequence[Offer]) -> list[Closed]:
    """Return the models of the switched-on accounts that cannot be launched today, each once."""
    today = _today()
    found: dict[tuple[str, str], Closed] = {}
    for account in _accounts(user):
        shut = bool(unusable(account.dialect))
        rows = [row for row in catalog.rows() if row.route == account.route and (shut or not row.launchable(today))]
        for row in sorted(rows, key=lambda each: each.mode != PLAIN):
            found.setdefault((str(account.pk), row.model), _closed(account, row, available, today))
    return list(found.values())


def _closed(account: ProviderAccount, row: catalog.Capability, available: Sequence[Offer], today: dt.date) -> Closed:
    nothing = catalog.Params(prompt="", seconds=0, width=0, height=0)
    shut = shut_routes()
    said = (each.message for each in catalog.refusals(row, nothing, today, without=shut) if each.field == "model")
    why = unusable(account.dialect) or next(said, "")
    places = {each.name: place for place, each in enumerate(catalog.alternatives(row, today, without=shut))}
    fitting = [offer for offer in available if offer.capability.name in places]
    ranked = sorted(fitting, key=lambda offer: places[offer.capability.name])
    return Closed(account, row.model, row.title, why, tuple(ranked[:INSTEAD_SHOWN]))


def _accounts(user: User) -> list[ProviderAccount]:
    return list(ProviderAccount.objects.visible_to(user).enabled())


def _today() -> dt.date:
    return timezone.now().date()
