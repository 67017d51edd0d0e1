"""Generations as they stand after a launch, written directly: for tests of what follows it."""

from itertools import count
from typing import Any

from django.utils import timezone

from generations.models import Generation, ProviderAccount, State
from generations.pipeline import money
from tests.generations.factories import ORDER
from tests.people import Agency, provider_account

_number = count(1)


def launched(agency: Agency, account: ProviderAccount | None = None, **facts: Any) -> Generation:
    """A generation of alice's, with its money set aside, waiting to be sent."""
    values = {"model": "sora-2", "params": ORDER, "capability_version": "sandbox@1", "estimate_micro": 400_000}
    made = Generation.objects.create(
        project=agency.aurora,
        prompt=agency.prompt,
        account=account or provider_account(),
        created_by=agency.alice,
        **{**values, **facts},
    )
    money.reserve(made, "4 s", agency.alice)
    return made


def running(agency: Agency, account: ProviderAccount | None = None, **facts: Any) -> Generation:
    """One that the provider works on, due to be asked for."""
    now = timezone.now()
    values = {"state": State.RUNNING, "remote_id": f"video_{next(_number)}", "submitted_at": now, "next_poll_at": now}
    return launched(agency, account, **{**values, **facts})
