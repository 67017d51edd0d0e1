"""Say that somebody looks after an alarm."""

from django.db import transaction
from django.utils import timezone

from generations.actions import checks
from generations.models import Alarm, Pulse
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission


def acknowledge_alarm(*, actor: User, alarm: Alarm) -> Alarm:
    """Note who looks after it; the first one stays. It is cleared by itself when it no longer holds.

    For those who launch or who keep the accounts. Raises Forbidden, NotFound.
    """
    if not actor.may(Permission.MANAGE_PEOPLE):
        actor.demand(Permission.GENERATE)
    checks.require_seen(actor, Alarm.objects.all(), alarm)
    with transaction.atomic():
        fresh = Alarm.objects.filter(pk=alarm.pk, acknowledged_at=None)
        if fresh.update(acknowledged_by=actor, acknowledged_at=timezone.now()) and alarm.project is not None:
            Pulse.objects.bump(alarm.project)
    alarm.refresh_from_db()
    return alarm
