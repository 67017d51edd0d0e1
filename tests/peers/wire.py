"""Our adapter through the proxy: its ids, its errors, its missing calls."""

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from generations import catalog
from generations.providers.base import (
    AccountFacts,
    CreateRequest,
    ErrorClass,
    ProviderError,
    RemoteState,
    RemoteTask,
    Variant,
)
from generations.providers.openai_videos import OpenAIVideos
from generations.providers.reading import parsed
from tests.generations.factories import Sandbox
from tests.peers.findings import Finding
from tests.peers.proxy import KEY, Proxy

FOX = CreateRequest("sora-2", "A fox in the snow", 4, 1280, 720)
LOOPBACK = ("127.0.0.0/8", "::1/128")
WAIT_SECONDS = 60


def adapter(proxy: Proxy, key: str = KEY) -> OpenAIVideos:
    """Our adapter with the proxy as its service."""
    return OpenAIVideos(AccountFacts("openai_videos", proxy.base_url, key, allowed_networks=LOOPBACK))


def finished(account: OpenAIVideos, remote_id: str) -> RemoteTask:
    """Ask until the task has ended. Raises TimeoutError."""
    deadline = time.monotonic() + WAIT_SECONDS
    while (task := account.get(remote_id)).state in {RemoteState.QUEUED, RemoteState.RUNNING}:
        if time.monotonic() > deadline:
            raise TimeoutError(remote_id)
        time.sleep(0.2)
    return task


def findings(proxy: Proxy, sandbox: Sandbox) -> list[Finding]:
    """Look at everything on the wire."""
    account = adapter(proxy)
    source = account.create(FOX).remote_id
    return [
        *_ids(account, source),
        *_files(account, source),
        *_derived(account, source),
        *_refusals(account, sandbox),
        *_missing(account, proxy, source),
        _price(account),
    ]


def _ids(account: OpenAIVideos, source: str) -> list[Finding]:
    task = finished(account, source)
    other = parsed(account.ask("GET", account.task_path(source)))["id"]
    return [
        Finding("its GET answers with the id of its POST", str(other == source), "False"),
        Finding("our adapter keeps the id of the create", str(task.remote_id == source), "True"),
        Finding("a finished task", f"{task.state} {task.actual.seconds} s {task.actual.width}", "fetching 4 s 1280"),
        Finding("asked with the other id it made", _outcome(lambda: account.get(other)), "provider_transient"),
    ]


def _files(account: OpenAIVideos, source: str) -> list[Finding]:
    with account.download(source) as stream:
        whole = stream.read()
    return [
        Finding("the file", str(whole[4:8]), "b'ftyp'"),
        Finding("the thumbnail", _outcome(lambda: account.download(source, Variant.THUMBNAIL)), "integrity"),
        Finding("the sprites", _outcome(lambda: account.download(source, Variant.SPRITESHEET)), "integrity"),
    ]


def _derived(account: OpenAIVideos, source: str) -> list[Finding]:
    """Without its route put back, the id of a remix, an edit or an extension would lead to api.openai.com."""
    found: list[Finding] = []
    for mode, seconds in (("remix", 4), ("edit", 4), ("extend", 8)):
        order = replace(FOX, mode=mode, prompt=f"{mode} it", source_remote_id=source)
        task = finished(account, account.create(order).remote_id)
        found.append(
            Finding(f"{mode}, asked for afterwards", f"{task.state} {task.actual.seconds} s", f"fetching {seconds} s")
        )
    return found


def _refusals(account: OpenAIVideos, sandbox: Sandbox) -> list[Finding]:
    """Each refused create, as our adapter understands it, and how often the service saw it."""
    words = {
        "moderated-input": ErrorClass.MODERATION_INPUT,
        "quota": ErrorClass.ACCOUNT,
        "rate-limit": ErrorClass.RATE_LIMITED,
        "server-error": ErrorClass.AMBIGUOUS_SUBMIT,
        "dropped-connection": ErrorClass.AMBIGUOUS_SUBMIT,
    }
    orders = {word: replace(FOX, prompt=f"sandbox:{word} on the wire") for word in words}
    outcomes = {word: _outcome(partial(account.create, order)) for word, order in orders.items()}
    return [
        Finding(
            f"create: {word}",
            f"{outcomes[word]}, {sandbox.creates(orders[word].prompt)} at the service",
            f"{kind}, 1 at the service",
        )
        for word, kind in words.items()
    ]


def _missing(account: OpenAIVideos, proxy: Proxy, source: str) -> list[Finding]:
    now = dt.datetime.now(dt.UTC)
    stranger = adapter(proxy, "sk-wrong-0123456789")
    return [
        Finding("the list", _outcome(lambda: account.find(FOX, now)), "provider_permanent list-unsupported"),
        Finding("DELETE", _outcome(lambda: account.delete(source)), "provider_permanent delete-unsupported"),
        Finding("the account's test with a good key", account.check().code, "no-list"),
        Finding("the account's test with a wrong key", stranger.check().code, "auth"),
        Finding("create with a wrong key", _outcome(lambda: stranger.create(FOX)), "auth"),
    ]


def _price(account: OpenAIVideos) -> Finding:
    """The proxy reckons the price by a table of its own, which we did not write."""
    body = {"model": "sora-2", "prompt": "A priced fox", "seconds": "4", "size": "1280x720"}
    theirs = account.send_once("videos", json=body).headers.get("x-litellm-response-cost", "none")
    row = catalog.capability("compatible", "sora-2", "text_to_video")
    ours = catalog.estimate(row, catalog.Params("A priced fox", 4, 1280, 720))
    assert ours is not None
    return Finding("its price for 4 s, and our estimate", theirs, f"{ours.micro / 1_000_000:g}")


def _outcome(call: Callable[[], object]) -> str:
    """Return the error's class, with the code where that is our own word; "done" where there is no error."""
    try:
        call()
    except ProviderError as error:
        ours = error.code.endswith("-unsupported")
        return f"{error.error_class} {error.code}" if ours else str(error.error_class)
    return "done"
