"""Admission: who may go to a provider's account next. Places are limited; whoever was launched first goes first."""

from django.db import models

from generations.models import Generation, ProviderAccount, State
from sorahub.jobs.models import Job, JobState
from sorahub.jobs.queue import hasten

AT_PROVIDER = (State.SUBMITTING, State.SUBMIT_UNKNOWN, State.QUEUED, State.RUNNING)
FULL = "account-full"


def may_go(generation: Generation) -> bool:
    """Whether a place is free that nobody who waits for longer will take. Locks the account: call it where the place is taken."""
    account = ProviderAccount.objects.select_for_update().get(pk=generation.account_id)
    return _waiting(account).filter(subject_id__lt=generation.pk).count() < _free(account)


def wake_next(account: ProviderAccount) -> None:
    """A place may have become free: have the jobs of those who are next try at once. Inside the caller's transaction."""
    free = _free(account)
    if free > 0:
        for job in _waiting(account).order_by("subject_id")[:free]:
            hasten(job)


def _free(account: ProviderAccount) -> int:
    return account.max_in_flight - account.generations.filter(state__in=AT_PROVIDER).count()


def _waiting(account: ProviderAccount) -> models.QuerySet[Job]:
    """The jobs that wait for a place and for nothing else; one that has met another trouble holds nobody up."""
    reserved = Generation.objects.filter(account=account, state=State.RESERVED).values("pk")
    jobs = Job.objects.filter(kind="generation.submit", state=JobState.QUEUED, error_code__in=("", FULL))
    return jobs.filter(subject_id__in=reserved)
