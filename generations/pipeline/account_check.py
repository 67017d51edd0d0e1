"""Test a provider account: one call that spends nothing, its result on the account."""

from django.utils import timezone

from generations.models import ProviderAccount
from generations.pipeline.remote import adapter_for
from generations.providers.base import AccountCheck
from sorahub.jobs.models import Job
from sorahub.jobs.values import Json
from sorahub.lib.errors import DomainError


def check_account(job: Job) -> Json:
    """Job "provider.test": whatever comes of it, the account says so to whoever pressed the button."""
    account = ProviderAccount.objects.get(pk=job.payload["account"])
    found = _check(account)
    ProviderAccount.objects.filter(pk=account.pk).update(
        tested_at=timezone.now(), test_passed=found.ok, test_message=found.message[:300]
    )
    return {"ok": found.ok, "code": found.code}


def _check(account: ProviderAccount) -> AccountCheck:
    try:
        return adapter_for(account).check()
    except DomainError as error:
        return AccountCheck(ok=False, code=error.code, message=error.message)
