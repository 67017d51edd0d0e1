"""One part of the ingest bench: real processes, real clips, and the time from "completed" to a page that plays."""

import datetime as dt
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import django

django.setup()

from django.core.management import call_command  # noqa: E402 (Django first)
from django.utils import timezone  # noqa: E402

from generations.actions.launches import launch_generation  # noqa: E402
from generations.actions.webhooks import receive_webhook  # noqa: E402
from generations.models import Clip, Generation, Prompt, ProviderAccount, Rendition, State  # noqa: E402
from generations.models.generation import POLLED  # noqa: E402
from generations.web.showing import playing  # noqa: E402
from tests.generations.factories import QUICK, ROOT, running_sandbox  # noqa: E402
from tests.generations.pipeline.matrix.proxy import Proxy, Seen, proxying  # noqa: E402
from tests.people import Agency, found_agency, provider_account  # noqa: E402

SHORT = ("sora-2", {"seconds": 4, "size": "1280x720"})
LONG = ("sora-2-pro", {"seconds": 20, "size": "1920x1080"})
PATIENCE = 120.0
SECRET = "whsec_" + "c2VjcmV0IGZvciB0ZXN0cyBvbmx5IQ=="


def watch(folder: Path, clips: int) -> dict[str, float]:
    """Start everything, wait for ``clips`` short ones by polls and as many by webhook, then for one long one; the figures."""
    call_command("migrate", verbosity=0)
    agency = found_agency()
    with ExitStack() as stack:
        os.environ["SORAHUB_SANDBOX_WEBHOOK_SECRET"] = SECRET
        proxy = stack.enter_context(_service(folder))
        account = provider_account(f"{proxy.origin}/v1")
        for command in (["run_cluster"], ["track"]):
            stack.enter_context(_process(folder, command))
        hall = Hall(agency, account, proxy)
        hall.arrival("warm-up", SHORT, called=False)
        polls = [hall.arrival(f"by poll {number}", SHORT, called=False) for number in range(clips)]
        calls = [hall.arrival(f"by webhook {number}", SHORT, called=True) for number in range(clips)]
        long = hall.arrival("20 s of 1080p", LONG, called=False)
    return {
        "watchable_after_poll_s_max": max(polls),
        "watchable_after_webhook_s_max": max(calls),
        "watchable_1080p_20s_s": long,
        "watchable_after_download_s_max": max(*polls, *calls, long),
    }


@contextmanager
def _service(folder: Path) -> Iterator[Proxy]:
    """The embedded service, calling back through the proxy in front of it."""
    with proxying(0) as proxy:
        os.environ["SORAHUB_SANDBOX_WEBHOOK_URL"] = f"{proxy.origin}/webhooks/"
        with running_sandbox(folder / "sandbox", script=QUICK) as sandbox:
            proxy.upstream = urlsplit(sandbox.origin).port or 0
            yield proxy


@contextmanager
def _process(folder: Path, command: list[str]) -> Iterator[None]:
    with (
        (folder / f"{command[0]}.log").open("wb") as log,
        subprocess.Popen([sys.executable, "manage.py", *command], cwd=ROOT, stdout=log, stderr=log) as process,
    ):
        try:
            yield
        finally:
            process.terminate()


class Hall:
    """Where clips arrive."""

    def __init__(self, agency: Agency, account: ProviderAccount, proxy: Proxy) -> None:
        self.agency, self.account, self.proxy = agency, account, proxy

    def arrival(self, words: str, order: tuple[str, dict[str, object]], *, called: bool) -> float:
        """Launch one and wait until its page plays; seconds since "completed" was seen, without those of the download."""
        del self.proxy.seen[:], self.proxy.calls[:]
        generation = self._launch(words, order)
        seen = self._called(generation) if called else 0.0
        clip = self._watchable(generation)
        now = time.monotonic()
        seen = seen or min(each.ended for each in self.proxy.seen if b'"completed"' in each.answer)
        file = next(each for each in self.proxy.seen if _is_file(each))
        spent = now - seen - (file.ended - file.began)
        self._until_derived(clip)
        extras = time.monotonic() - seen - (file.ended - file.began)
        say = (
            f"{words}: {clip.size:,} bytes, watchable after {spent:.2f} s, its poster and sprite after {extras:.2f} s\n"
        )
        sys.stdout.write(say)
        sys.stdout.flush()
        return round(spent, 2)

    def _launch(self, words: str, order: tuple[str, dict[str, object]]) -> Generation:
        version = self.agency.shot.prompts.count() + 1
        alice = self.agency.alice
        prompt = Prompt.objects.create(shot=self.agency.shot, version=version, text=words, created_by=alice)
        return launch_generation(actor=alice, prompt=prompt, account=self.account, model=order[0], params=order[1])

    def _called(self, generation: Generation) -> float:
        """Put the next poll off, wait for the service's call, and take it in; when that was."""
        rows = Generation.objects.filter(pk=generation.pk, state__in=POLLED)
        _until(lambda: rows.update(next_poll_at=timezone.now() + dt.timedelta(hours=1)))
        _until(lambda: self.proxy.calls)
        call, seen = self.proxy.calls[0], time.monotonic()
        receive_webhook(account=self.account, headers=call.headers, raw=call.body)
        return seen

    def _watchable(self, generation: Generation) -> Clip:
        """Wait for a page that plays."""
        found: list[Clip] = []

        def plays() -> bool:
            row = Generation.objects.select_related("clip").get(pk=generation.pk)
            assert row.state not in (State.FAILED, State.LOST, State.EXPIRED), row.error_message
            found[:] = [row.clip] if row.clip else []
            return bool(row.clip and playing(row.clip, self.agency.alice))

        _until(plays)
        return found[0]

    def _until_derived(self, clip: Clip) -> None:
        """Wait until the small extras are there, so that the next one finds quiet workers."""
        _until(lambda: clip.renditions.filter(kind=Rendition.Kind.SPRITE).exists())


def _is_file(seen: Seen) -> bool:
    return urlsplit(seen.path).path.endswith("/content")


def _until(true: Callable[[], object]) -> None:
    """Look every 20 ms until it is so."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "nothing came in two minutes"
        time.sleep(0.02)
