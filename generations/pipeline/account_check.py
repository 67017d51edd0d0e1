"""Test a provider account: one call that spends nothing, its result on the account."""

from django.utils import timezone

from generations.models import ProviderAccount
from generations.pipeline.remote import adapter_for
from sorahub.jobs.models import Job
from sorahub.jobs.values import Json


def check_account(job: Job) -> Json:
    """Job "provider.test"."""
    account = ProviderAccount.objects.get(pk=job.payload["account"])
    found = adapter_for(account).check()
    ProviderAccount.objects.filter(pk=account.pk).update(
        tested_at=timezone.now(), test_passed=found.ok, test_message=found.message[:300]
    )
    return {"ok": found.ok, "code": found.code}
