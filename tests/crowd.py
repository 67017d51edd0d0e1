"""Many rows of every kind, written at once: what lists are measured with."""

import itertools
from datetime import timedelta
from typing import Any

from django.db import models
from django.utils import timezone

from generations.models import Membership
from sorahub.accounts.models import ApiToken, Client, Person, User
from sorahub.jobs.models import Heartbeat
from sorahub.ledger.models import Event
from sorahub.lib.ids import uuid7
from tests.two_clients import TwoClients

_serial = itertools.count(1)
# Copies of North's rows: of each name in the world of two clients, and what must differ from copy to copy.
COPIED: dict[str, dict[str, str]] = {
    "project": {"code": "P{}"},
    "shot": {"code": "S{}"},
    "prompt": {"version": "#"},
    "reference": {"sha256": "{:064x}"},
    "account": {"name": "Account no. {}"},
    "failed-generation": {},
    "batch": {},
    "upload": {},
    "transfer": {},
    "import": {},
    "import-row": {"number": "#"},
    "reference-change": {},
    "reference-release": {},
    "character": {"name": "Character {}"},
    "known-name": {"name": "Name {}"},
    "budget": {},
    "invoice": {"number": "R no. {}", "sha256": "{:064x}"},
    "alarm": {"key": "alarm {}"},
    "annotation": {},
    "decision": {},
    "review": {},
    "ranking": {},
    "stage": {"position": "#", "name": "Stage {}"},
    "terms-source": {"title": "Title {}"},
    "terms-version": {"label": "v{}", "raw_sha256": "{:064x}"},
    "terms-import": {},
    "clause": {"end": "#"},
    "governing-set": {"sha256": "{:064x}"},
    "licensing-note": {},
    "tag": {"key": "tag {}"},
    "custom-field": {"key": "field-{}"},
    "saved-view": {"name": "View {}"},
    "checklist": {"key": "checklist-{}"},
    "disclosure-rule": {"key": "duty-{}"},
    "release": {},
    "hold": {},
    "override": {},
    "incident": {},
    "extension-request": {"territory": "T{}"},
    "bundle": {},
    "certificate": {"sha256": "{:064x}"},
    "deliverable": {},
    "animatic": {},
    "share": {"token_digest": "{:064x}"},
    "counsel-invitation": {"token_digest": "{:064x}"},
    "shape": {},
    "attachment": {},
    "job": {"key": "Job {}"},
    "plan-period": {},
    "webhook-delivery": {"webhook_id": "webhook {}"},
    "checkpoint": {},
}


def crowd(hub: TwoClients, many: int) -> None:
    """Write so many more rows of every kind on North's side, which has the admin's rows too (tests/admin_rows.py)."""
    copies = {name: _copy(hub.own[name], many, differing) for name, differing in COPIED.items()}
    _copy(hub.own["spend-entry"], many, {}, generation=copies["failed-generation"])
    for sort in ("snippet", "template", "sheet"):
        kept = hub.own[sort]
        _copy(kept.versions.get(), many, {}, kept=_copy(kept, many, {"name": "kept-{}"}))
    _copy(hub.own["clause-flag"], many, {}, version=copies["terms-version"])
    _copy(hub.own["reference-intake"], many, {}, transfer=copies["transfer"])
    clips = _copy(hub.own["clip"], many, {"sha256": "{:064x}", "take": "#"})
    for name in ("rendition", "provenance-report", "licence-record", "clip-grant"):
        _copy(hub.own[name], many, {}, clip=clips)
    _copy(hub.own["recall"], many, {}, delivery=_copy(hub.own["delivery"], many, {}))
    changes = _copy(hub.own["terms-change"], many, {}, after=copies["terms-version"])
    _copy(hub.own["re-review"], many, {}, change=changes)
    _sign_offs(hub, many)
    _people(hub, many)
    _events(hub, many)
    _heartbeats(many)


def _copy(row: Any, many: int, differing: dict[str, str], **each: list[Any]) -> list[Any]:
    """Return ``many`` copies of the row, written; "#" stands for a number, {} in a text too."""
    kind = type(row)
    return list(kind._base_manager.bulk_create([_one(row, place, differing, each) for place in range(many)]))


def _one(row: Any, place: int, differing: dict[str, str], each: dict[str, list[Any]]) -> Any:
    number = 1_000 + next(_serial)
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    values |= {"id": uuid7()}
    values |= {name: number if text == "#" else text.format(number) for name, text in differing.items()}
    values |= {f"{name}_id": rows[place].pk for name, rows in each.items()}
    made: models.Model = type(row)(**values)
    return made


def _sign_offs(hub: TwoClients, many: int) -> None:
    signed = hub.own["sign-off"]
    proofs = _copy(signed.reauthentication, many, {})
    versions = _copy(hub.own["licence-record-version"], many, {"version": "#"})
    _copy(signed, many, {"payload_sha256": "{:064x}"}, reauthentication=proofs, record_version=versions)


def _people(hub: TwoClients, many: int) -> None:
    persons = Person.objects.bulk_create([Person(name=f"Extra {next(_serial)}") for _ in range(many)])
    users = User.objects.bulk_create([User(email=f"extra-{one.pk}@example.com", person=one) for one in persons])
    Membership.objects.bulk_create([Membership(project=hub.own["project"], user=one) for one in users])
    ada, until = hub.people["administrator"], timezone.now() + timedelta(days=9)
    tokens = [ApiToken(user=ada, name="t", digest=f"{next(_serial):064x}", expires_at=until) for _ in range(many)]
    ApiToken.objects.bulk_create(tokens)


def _events(hub: TwoClients, many: int) -> None:
    clients = Client.objects.bulk_create([Client(name=f"Client {next(_serial)}") for _ in range(many)])
    _copy(hub.own["chain"], many, {"key": "chain {}"}, client=list(clients))
    event = hub.own["ledger-event"]
    Event._base_manager.bulk_create([_one(event, place, {"seq": "#"}, {}) for place in range(many)])


def _heartbeats(many: int) -> None:
    names = [f"Heart {next(_serial)}" for _ in range(many)]
    Heartbeat.objects.bulk_create([Heartbeat(name=name, beat_at=timezone.now(), process="1") for name in names])
