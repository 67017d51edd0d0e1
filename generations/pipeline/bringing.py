"""Bring answers home: news at once and one by one, everything else by one statement every few seconds."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from generations.models import Alarm, Generation, ProviderAccount, Pulse
from generations.pipeline.alarms import clear_alarm, raise_alarm
from generations.pipeline.looking import Due, Look, store
from generations.pipeline.polling import apply_answer, apply_failure
from generations.providers.base import ErrorClass, ProviderError, RemoteTask

FLUSH_SECONDS = 3.0
ASKING = "asking:"
AWAY = (OperationalError, InterfaceError)
"""What Django raises while the database is away."""
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class News:
    """An answer that changes something, or an unanswered question that somebody should know of."""

    generation: UUID
    answer: RemoteTask | ProviderError


@dataclass
class Notebook:
    """What was seen and is not written yet: looks by task, projects with visible progress, how accounts answer."""

    looks: dict[UUID, Look] = field(default_factory=dict)
    projects: set[UUID] = field(default_factory=set)
    answered: set[UUID] = field(default_factory=set)
    healed: dict[UUID, ProviderAccount] = field(default_factory=dict)
    troubled: dict[UUID, tuple[ProviderAccount, ProviderError]] = field(default_factory=dict)
    begun: float = field(default_factory=monotonic)

    def note(self, due: Due, look: Look) -> None:
        """Keep a look, unless it leaves nothing behind."""
        if look.progress != due.progress:
            self.projects.add(due.project)
        elif look.at == look.seen and look.failures == due.poll_failures and look.facts is None:
            self.looks.pop(due.id, None)
            return
        self.looks[due.id] = look

    def add(self, newer: "Notebook") -> None:
        """Take over what was noted since."""
        self.looks.update(newer.looks)
        self.projects |= newer.projects
        self.answered |= newer.answered
        self.healed.update(newer.healed)
        self.troubled.update(newer.troubled)

    @property
    def is_due(self) -> bool:
        """Whether it is time to write, so that progress is stored every few seconds at most."""
        return monotonic() - self.begun >= FLUSH_SECONDS


def bring(news: Sequence[News]) -> None:
    """Apply news, each in its own transaction. Raises one of AWAY when the database is away: try again then.

    Any other mistake concerns one generation only; it is logged, and the task is asked for again at its next moment.
    """
    for each in news:
        try:
            _apply(each)
        except AWAY:
            raise
        except Exception:  # the edge of the process: one generation's trouble must not stop all others
            log.exception("the answer for generation %s could not be applied", each.generation)


def _apply(news: News) -> None:
    rows = Generation.objects.select_related("project", "account")
    generation = rows.filter(pk=news.generation).first()
    if generation is None:
        return
    if isinstance(news.answer, ProviderError):
        apply_failure(generation, news.answer)
    else:
        apply_answer(generation, news.answer)


def write(notebook: Notebook) -> None:
    """Write what a notebook holds: a fixed number of statements for each few hundred looks. May be repeated."""
    store(list(notebook.looks.values()))
    if notebook.answered:
        ProviderAccount.objects.filter(pk__in=notebook.answered).update(last_answer_at=timezone.now())
    if notebook.projects:
        with transaction.atomic():
            Pulse.objects.bump_all(notebook.projects)
    for account in notebook.healed.values():
        _clear_trouble(account)
    for account, error in notebook.troubled.values():
        _say_trouble(account, error)


def _say_trouble(account: ProviderAccount, error: ProviderError) -> None:
    """An account's questions go unanswered: a refused key and a provider out of reach are different things to mend."""
    if error.error_class is ErrorClass.AUTH:
        raise_alarm(
            Alarm.Kind.KEY,
            str(account.pk),
            message=f"{account} refuses our key; what runs there cannot be asked for.",
            mend="Enter the key anew on the account's page and test it. Nothing is lost meanwhile.",
            account=account,
        )
        return
    if error.error_class in (ErrorClass.RATE_LIMITED, ErrorClass.CONCURRENCY_LIMITED):
        raise_alarm(
            Alarm.Kind.ACCOUNT_LIMIT,
            f"{ASKING}{account.pk}",
            message=f"{account} says that it is asked too often how its tasks stand.",
            mend="Lower the account's questions per minute; other programs may use the same key.",
            account=account,
        )
        return
    raise_alarm(
        Alarm.Kind.UNREACHABLE,
        str(account.pk),
        message=f"{account} cannot be asked how its tasks stand: {error.message}",
        mend="Wait, or look at the provider's status page; the hub keeps asking and loses nothing.",
        account=account,
    )


def _clear_trouble(account: ProviderAccount) -> None:
    """The account answers again."""
    clear_alarm(Alarm.Kind.KEY, str(account.pk))
    clear_alarm(Alarm.Kind.UNREACHABLE, str(account.pk))
