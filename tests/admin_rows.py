"""Rows for the admin's pages that no other test of two clients needs: plumbing, links, marks, money."""

from datetime import timedelta

from django.contrib import admin
from django.db.models import Model
from django.utils import timezone

from generations.models import ClipGrant, SpendEntry, WebhookDelivery
from reviews.models import Shape, Share
from sorahub.jobs.models import Heartbeat, Job
from sorahub.ledger import checkpoints
from tests.two_clients import Side


def with_admin_rows(side: Side, name: str) -> Side:
    """Return the side with one row more of each model that has pages in the admin but no row here yet."""
    chain = side["ledger-event"].chain
    until = timezone.now() + timedelta(days=9)
    made: Side = {
        "human": side["person"].person,
        "spend-entry": SpendEntry.objects.create(
            generation=side["failed-generation"], kind="settled", amount_micro=1, currency="USD", basis="A test"
        ),
        "clip-grant": ClipGrant.objects.filter(clip=side["clip"]).latest("granted_at"),
        "share": Share.objects.create(
            review=side["review"], token_digest=f"digest of {name}", expires_at=until, created_by=side["person"]
        ),
        "shape": Shape.objects.create(
            annotation=side["annotation"], kind="pen", points=[[0, 0], [1, 1]], stroke="0.01", author=side["person"]
        ),
        "reauthentication": side["sign-off"].reauthentication,
        "chain": chain,
        "checkpoint": checkpoints.make(chain),
        "job": Job.objects.create(kind="test", key=f"job of {name}"),
        "heartbeat": Heartbeat.objects.create(name=f"heart of {name}", beat_at=timezone.now(), process="1"),
        "webhook-delivery": WebhookDelivery.objects.create(
            account=side["account"], webhook_id=f"webhook of {name}", body=b"{}"
        ),
    }
    return {**side, **made}


def by_model(side: Side) -> dict[str, Model]:
    """Return the side's first row of each model that the admin has pages for."""
    rows: dict[str, Model] = {}
    for row in side.values():
        if isinstance(row, Model):
            rows.setdefault(row._meta.label_lower, row)
    return {model._meta.label_lower: rows[model._meta.label_lower] for model in admin.site._registry}
