"""Takes one generation through a fault to its end, by the real actions, jobs and tracker, and says what became of it."""

import datetime as dt
import time
import uuid
from collections.abc import Callable, Set
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from generations.actions.launches import launch_generation
from generations.models import Alarm, Generation, Prompt, ProviderAccount, SpendEntry
from generations.models.generation import ACTIVE, TERMINAL
from generations.pipeline import bookkeeping, money
from sorahub.jobs.models import Job, JobState
from sorahub.jobs.runner import run_one
from sorahub.lib import storage
from tests.generations.factories import Sandbox, track_once
from tests.generations.pipeline.matrix.proxy import Proxy, Trap
from tests.generations.pipeline.matrix.wires import PHASES, Step, Wire
from tests.people import Agency, provider_account

PATIENCE = 40.0
SECRET = "whsec_" + "YSBzZWNyZXQgb2YgdGhlIG1hdHJpeCBhbG9uZQ=="
TRACK = PHASES[Step.POLL]
OPEN = (JobState.QUEUED, JobState.RUNNING)


@dataclass(frozen=True)
class Outcome:
    """What became of a generation."""

    state: str
    code: str
    words: str
    clip: bool
    recovered: bool
    creates: int
    money: dict[str, int]
    set_aside: int
    open_jobs: list[str]
    dead_jobs: list[str]
    alarms: list[str]
    left_over: list[str]
    unsound: list[str]


class Bench:
    """A hub with one account at one wire, behind the proxy."""

    def __init__(self, agency: Agency, wire: Wire, proxy: Proxy, sandbox: Sandbox) -> None:
        self.agency, self.wire, self.proxy, self.sandbox = agency, wire, proxy, sandbox
        self.account = account_for(wire, proxy)
        self.refused = 0
        self.found = set(incoming())
        proxy.forget()

    def launch(self, words: str = "") -> Generation:
        """Launch one with words of its own."""
        return launch_on(self.agency, self.account, self.wire, words)

    def trap(self, step: Step, fault: Callable[..., None], *, times: int = 1) -> Trap:
        """Have the step's first requests in its phase meet a fault."""
        phase = PHASES[step]
        found = Trap(lambda seen: seen.phase == phase and self.wire.step_of(seen) is step, fault, times)
        self.proxy.traps.append(found)
        return found

    def carry(
        self, generation: Generation, *, refuse: Step | None = None, until: Callable[[], bool] | None = None
    ) -> Generation:
        """Work, track and let time pass until nothing is left to do, or it is ``until``.

        With ``refuse`` that step finds nobody listening, once; ``refused`` counts that it did.
        """
        deadline = time.monotonic() + PATIENCE
        refusing, done = refuse, until or (lambda: generation.state in TERMINAL and not open_jobs(generation))
        while not done():
            let_time_pass(self.account)
            for job in Job.objects.filter(subject_id=generation.pk, state=JobState.QUEUED).order_by("pk"):
                refusing = self._in_phase(job.kind, refusing, partial(run_one, job.pk))
            generation.refresh_from_db()
            if generation.state in ACTIVE and generation.remote_id and not done():
                refusing = self._in_phase(TRACK, refusing, track_once)
                generation.refresh_from_db()
            assert time.monotonic() < deadline, f"stuck as {generation.state}: {why_waiting(generation)}"
            time.sleep(0.01)
        return generation

    def _in_phase(self, phase: str, refusing: Step | None, work: Callable[[], object]) -> Step | None:
        """Do one piece of work; say which step is still to be refused."""
        now = refusing is not None and PHASES[refusing] == phase
        self.proxy.enter(phase, close_after=self.wire.before.get(refusing, 0) if now and refusing else None)
        try:
            work()
        finally:
            self.refused += now and not self.proxy.is_listening
            self.proxy.listen()
        return None if now else refusing

    def outcome(self, generation: Generation) -> Outcome:
        """What became of it, leaving out what others had left on its way in before."""
        return outcome_of(generation, self.sandbox, self.found)


def outcome_of(generation: Generation, sandbox: Sandbox, found: Set[str] = frozenset()) -> Outcome:
    """What became of it, as the database, the disk and the service say; ``found`` lay on its way in before."""
    rows = Job.objects.filter(subject_id=generation.pk)
    return Outcome(
        state=generation.state,
        code=generation.error_code,
        words=generation.error_message or generation.get_state_display(),
        clip=has_sound_clip(generation),
        recovered=generation.recovered_at is not None,
        creates=sandbox.creates(generation.prompt.text),
        money=dict(SpendEntry.objects.filter(generation=generation).values_list("kind", "amount_micro")),
        set_aside=money.reserved_of(generation),
        open_jobs=open_jobs(generation),
        dead_jobs=list(rows.filter(state__in=[JobState.DEAD, JobState.FAILED]).values_list("kind", flat=True)),
        alarms=list(Alarm.objects.open().values_list("kind", flat=True)),
        left_over=sorted(set(incoming()) - found),
        unsound=[str(fault) for fault in bookkeeping.faults()],
    )


def incoming() -> list[str]:
    """What lies on its way in; other tests may have left something there."""
    return [path.name for path in (Path(settings.MEDIA_ROOT) / "incoming").glob("*")]


def account_for(wire: Wire, proxy: Proxy) -> ProviderAccount:
    """An account at the wire; one that cannot sign its calls holds no secret."""
    account = provider_account(f"{proxy.origin}{wire.base}", route=wire.route)
    account.dialect = wire.dialect
    account.sealed_webhook_secret = ""
    if wire.signs:
        account.set_webhook_secret(SECRET)
    account.save()
    return account


def launch_on(agency: Agency, account: ProviderAccount, wire: Wire, words: str = "") -> Generation:
    """Launch one, by what its wire orders and no more: what tells it from others is the hub's own affair."""
    text = f"A lighthouse {uuid.uuid4().hex[:12]} {words}".strip()
    version = agency.shot.prompts.count() + 1
    prompt = Prompt.objects.create(shot=agency.shot, version=version, text=text, created_by=agency.alice)
    return launch_generation(actor=agency.alice, prompt=prompt, account=account, model=wire.model, params=wire.params)


def let_time_pass(account: ProviderAccount) -> None:
    """What waiting would do: whatever is planned for later is due."""
    now = timezone.now()
    Job.objects.filter(state=JobState.QUEUED, run_at__gt=now).update(run_at=now)
    past = now - dt.timedelta(seconds=1)
    Job.objects.filter(state=JobState.RUNNING).update(lease_until=past)
    ProviderAccount.objects.filter(pk=account.pk).update(resume_at=None, poll_lease_until=None, poll_owner="")
    Generation.objects.filter(next_poll_at__gt=now, state__in=ACTIVE).update(next_poll_at=now)


def open_jobs(generation: Generation) -> list[str]:
    """What is still to be done for it; what is made of its clip later is another matter."""
    return list(Job.objects.filter(subject_id=generation.pk, state__in=OPEN).values_list("kind", flat=True))


def why_waiting(generation: Generation) -> str:
    """What it and its jobs last said, for whoever reads a failed test."""
    jobs = Job.objects.filter(subject_id=generation.pk).values_list("kind", "state", "attempt", "error_code")
    return f"{generation.error_message} {list(jobs)}"


def has_sound_clip(generation: Generation) -> bool:
    """Whether its clip is there, byte for byte."""
    clip = generation.clip
    return clip is not None and storage.verify(clip.storage_key, Path(settings.MEDIA_ROOT), clip.sha256)
