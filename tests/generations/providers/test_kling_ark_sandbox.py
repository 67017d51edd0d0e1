"""Both adapters against the embedded service: real orders, real files, real callbacks, and its faults."""

import asyncio
import datetime as dt
import json
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from generations.providers.ark import Ark
from generations.providers.base import (
    AccountFacts,
    CancelOutcome,
    CreateRequest,
    ErrorClass,
    ProviderError,
    ReferenceFile,
    RemoteState,
    RemoteTask,
    ShotPart,
)
from generations.providers.kling import Kling
from sorahub.lib import http
from tests.generations.sandbox.process import RunningSandbox, running_sandbox
from tests.generations.sandbox.wires import Listener, listening, png, waited

pytestmark = pytest.mark.slow
KEY = "sk-planted-0123456789"
SECRET = "whsec_c2FuZGJveC10ZXN0LXNlY3JldC0wMTIzNDU2Nzg5"
LOOPBACK = ("127.0.0.0/8", "::1/128")
FAR = "https://cdn.example/run.mp4"
KLING = CreateRequest("kling-3.0", "A fox in the snow", 3, 1280, 720, ratio="16:9", resolution="720p", audio="on")
ARK = CreateRequest("doubao-seedance-2-0-260128", "A fox", 4, 864, 496, ratio="16:9", resolution="480p", audio="off")


@dataclass(frozen=True)
class Wire:
    """One adapter, and the smallest order that its service takes."""

    service: Kling | Ark
    order: CreateRequest


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    program = ("-m", "tests.generations.quick_sandbox")
    options = ("--speed", "0.1", "--webhook-secret", SECRET, "--key", KEY)
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), *options, program=program) as running:
        yield running


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """A service whose tasks wait for good."""
    with running_sandbox(tmp_path_factory.mktemp("idle"), "--speed", "600") as running:
        yield running


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    with listening() as running:
        yield running


@pytest.fixture(scope="module")
def kling(sandbox: RunningSandbox) -> Kling:
    address = f"{sandbox.url.rstrip('/')}/kling"
    return Kling(AccountFacts("kling", address, KEY, (SECRET,), allowed_networks=LOOPBACK))


@pytest.fixture(scope="module")
def ark(sandbox: RunningSandbox) -> Ark:
    return Ark(AccountFacts("ark", f"{sandbox.url.rstrip('/')}/api/v3", KEY, allowed_networks=LOOPBACK))


@pytest.fixture(params=["kling", "ark"])
def wire(request: pytest.FixtureRequest, kling: Kling, ark: Ark) -> Wire:
    return Wire(kling, KLING) if request.param == "kling" else Wire(ark, ARK)


@pytest.fixture
def waiting(wire: Wire, idle: RunningSandbox, sandbox: RunningSandbox) -> Wire:
    """The same wire to the service whose tasks wait."""
    address = wire.service.facts.base_url.replace(sandbox.url.rstrip("/"), idle.url.rstrip("/"))
    return Wire(type(wire.service)(replace(wire.service.facts, base_url=address)), wire.order)


def fresh(order: CreateRequest, words: str = "A fox", **changes: object) -> CreateRequest:
    """The order with words and an id that nobody has used before."""
    made = replace(order, prompt=f"{words} {uuid.uuid4()}", client_id=str(uuid.uuid4()))
    return replace(made, **changes)  # type: ignore[arg-type]


def asked(service: Kling | Ark, remote_id: str, until: Callable[[RemoteTask], bool]) -> RemoteTask:
    """Ask for a task until it is as it should be."""
    return waited(lambda: service.get(remote_id), until, 30)


def ended(service: Kling | Ark, remote_id: str) -> RemoteTask:
    return asked(service, remote_id, lambda task: task.state not in {RemoteState.QUEUED, RemoteState.RUNNING})


def refusal(wire: Wire, order: CreateRequest) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        wire.service.create(order)
    return caught.value


def control(sandbox: RunningSandbox, **values: object) -> None:
    address = f"{sandbox.url.rstrip('/')}/_control/kling"
    told = urllib.request.Request(address, json.dumps(values).encode(), {"Content-Type": "application/json"})  # noqa: S310
    urllib.request.urlopen(told, timeout=10).close()  # noqa: S310 (our own origin)


def test_an_order_becomes_a_task_then_a_file(wire: Wire) -> None:
    created = wire.service.create(fresh(wire.order))
    assert created.state is RemoteState.QUEUED
    task = ended(wire.service, created.remote_id)
    assert (task.state, task.alarm, task.actual.seconds) == (RemoteState.FETCHING, "", wire.order.seconds)
    assert task.expires_at is not None
    with wire.service.download(created.remote_id, result_url=task.result_url) as stream:
        content = stream.read()
    assert (content[4:8], len(content)) == (b"ftyp", stream.length)


def test_ark_says_what_it_used_and_bills_tokens(ark: Ark) -> None:
    task = ended(ark, ark.create(fresh(ARK, seed=11)).remote_id)
    actual = task.actual
    assert (actual.model, actual.ratio, actual.resolution, actual.fps) == (ARK.model, "16:9", "480p", 24)
    assert (actual.seed, actual.tokens) == (11, round(864 * 496 * 97 / 1024))


def test_kling_bills_units_from_a_pack_or_money_from_the_balance(sandbox: RunningSandbox, kling: Kling) -> None:
    units = ended(kling, kling.create(fresh(KLING)).remote_id).actual
    control(sandbox, charge="cash")
    money = ended(kling, kling.create(fresh(KLING)).remote_id).actual
    control(sandbox, charge="unit")
    assert (units.units_milli, units.cost_micro) == (2700, None)
    assert (money.units_milli, money.cost_micro, money.currency) == (None, 378_000, "USD")


def test_an_order_whose_answer_was_lost_is_found_and_only_that_one(wire: Wire) -> None:
    since = dt.datetime.now(dt.UTC)
    seed = {"seed": uuid.uuid4().int % 2**32} if wire.order is ARK else {}
    dropped = fresh(wire.order, "sandbox:dropped-connection", **seed)
    assert refusal(wire, dropped).error_class is ErrorClass.AMBIGUOUS_SUBMIT
    before = {task.remote_id for task in wire.service.find(dropped, since)}
    assert before
    assert wire.service.find(fresh(wire.order, model="kling-3.0-turbo"), since) == []
    if wire.order is KLING:
        assert len(before) == 1
        assert refusal(wire, dropped).error_class is ErrorClass.AMBIGUOUS_SUBMIT
        assert {task.remote_id for task in wire.service.find(dropped, since)} == before


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("moderated-input", ErrorClass.MODERATION_INPUT),
        ("server-error", ErrorClass.AMBIGUOUS_SUBMIT),
        ("rate-limit", ErrorClass.RATE_LIMITED),
        ("quota", ErrorClass.ACCOUNT),
        ("arrears", ErrorClass.ACCOUNT),
    ],
)
def test_a_refused_order_makes_no_task(wire: Wire, word: str, kind: ErrorClass) -> None:
    since = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=2)
    order = fresh(wire.order, f"sandbox:{word}", seconds=5)
    assert refusal(wire, order).error_class is kind
    assert wire.service.find(order, since) == []


def test_klings_places_are_counted_and_a_full_account_is_no_money_trouble(
    sandbox: RunningSandbox, kling: Kling
) -> None:
    control(sandbox, concurrency=0)
    try:
        found = refusal(Wire(kling, KLING), fresh(KLING))
    finally:
        control(sandbox, concurrency=20)
    assert (found.error_class, found.code, found.safe_to_resubmit) == (ErrorClass.CONCURRENCY_LIMITED, "1303", True)


@pytest.mark.parametrize(
    ("word", "kind"),
    [("moderated-output", ErrorClass.MODERATION_OUTPUT), ("failed-render", ErrorClass.PROVIDER_TRANSIENT)],
)
def test_a_task_that_fails_says_why(wire: Wire, word: str, kind: ErrorClass) -> None:
    task = ended(wire.service, wire.service.create(fresh(wire.order, f"sandbox:{word}")).remote_id)
    assert task.error is not None
    assert (task.state, task.error.error_class, task.error.safe_to_resubmit) == (RemoteState.FAILED, kind, False)


def test_an_unknown_word_raises_an_alarm_and_the_task_is_followed_to_its_end(kling: Kling, ark: Ark) -> None:
    overdue = ark.create(fresh(ARK, "sandbox:overdue")).remote_id
    wires = [Wire(kling, KLING), Wire(ark, ARK)]
    tasks = [(each.service, each.service.create(fresh(each.order, "sandbox:unknown-word")).remote_id) for each in wires]
    for service, remote_id in tasks:
        odd = asked(service, remote_id, lambda task: bool(task.alarm))
        assert (odd.state, odd.alarm) == (RemoteState.RUNNING, "unknown state 'pondering'")
    for service, remote_id in tasks:
        assert ended(service, remote_id).state is RemoteState.FETCHING
    assert ended(ark, overdue).state is RemoteState.EXPIRED


@pytest.mark.parametrize(("word", "kind"), [("malformed-json", ErrorClass.INTEGRITY), ("auth-lost", ErrorClass.AUTH)])
def test_one_bad_answer_says_nothing_about_the_task(wire: Wire, word: str, kind: ErrorClass) -> None:
    remote_id = wire.service.create(fresh(wire.order, f"sandbox:{word}")).remote_id
    with pytest.raises(ProviderError) as caught:
        wire.service.get(remote_id)
    assert caught.value.error_class is kind
    assert ended(wire.service, remote_id).state is RemoteState.FETCHING


def test_bad_files_are_noticed_and_the_next_download_is_whole(wire: Wire) -> None:
    remote_id = wire.service.create(fresh(wire.order, "sandbox:truncated-download")).remote_id
    ended(wire.service, remote_id)
    with wire.service.download(remote_id) as stream, pytest.raises(http.IncompleteBody):
        stream.read()
    with wire.service.download(remote_id) as stream:
        assert len(stream.read()) == stream.length


@pytest.mark.parametrize(
    ("word", "kind"), [("wrong-content-type", ErrorClass.INTEGRITY), ("expired", ErrorClass.EXPIRED_ASSET)]
)
def test_a_file_that_is_none_says_why(wire: Wire, word: str, kind: ErrorClass) -> None:
    remote_id = wire.service.create(fresh(wire.order, f"sandbox:{word}")).remote_id
    ended(wire.service, remote_id)
    with pytest.raises(ProviderError) as caught:
        wire.service.download(remote_id)
    assert caught.value.error_class is kind


def test_the_tracker_asks_for_several_at_once_and_misses_none(wire: Wire) -> None:
    ids = [wire.service.create(fresh(wire.order)).remote_id for _ in range(3)]

    async def story() -> dict[str, RemoteTask]:
        found = await wire.service.aget_many([*ids, "unknown"])
        await wire.service.aclose()
        return found

    found = asyncio.run(story())
    assert list(found) == [*ids, "unknown"]
    assert [found[each].remote_id for each in ids] == ids
    assert found["unknown"].state is RemoteState.LOST
    assert RemoteState.LOST not in {found[each].state for each in ids}


def test_ark_leaves_alone_what_runs_or_is_done(ark: Ark) -> None:
    done = ark.create(fresh(ARK)).remote_id
    running = ark.create(fresh(ARK, "sandbox:never-finishes")).remote_id
    ended(ark, done)
    asked(ark, running, lambda task: task.state is RemoteState.RUNNING)
    assert {ark.cancel(done), ark.cancel(running)} == {CancelOutcome.TOO_LATE}
    assert ark.get(done).state is RemoteState.FETCHING


def test_a_waiting_task_is_cancelled_where_there_is_a_cancel(waiting: Wire) -> None:
    remote_id = waiting.service.create(fresh(waiting.order)).remote_id
    kling = waiting.order is KLING
    outcome = CancelOutcome.UNSUPPORTED if kling else CancelOutcome.CANCELLED
    assert [waiting.service.cancel(remote_id) for _ in range(2)] == [outcome, outcome]
    assert waiting.service.get(remote_id).state is (RemoteState.QUEUED if kling else RemoteState.CANCELLED)


def image(role: str, width: int = 1280, height: int = 720) -> ReferenceFile:
    return ReferenceFile("frame.png", "image/png", png(width, height), "image", role)


def film(role: str) -> ReferenceFile:
    return ReferenceFile("run.mp4", "video/mp4", b"", "video", role, FAR)


OMNI = replace(KLING, model="kling-3.0-omni", mode="reference_to_video", audio="off")


ORDERS = {
    "shots": replace(KLING, shots=(ShotPart("A fox; it waits", 1), ShotPart("It leaps", 2))),
    "frames": replace(KLING, mode="image_to_video", references=(image("first_frame"), image("last_frame"))),
    "turbo": replace(KLING, model="kling-3.0-turbo"),
    "omni": replace(OMNI, references=(image("reference"), image("subject"), film("feature_video")), characters=("77",)),
    "edit": replace(OMNI, mode="edit", references=(film("base_video"),), audio="original"),
    "ark frames": replace(ARK, ratio="", references=(image("first_frame"), image("last_frame"))),
    "ark references": replace(ARK, references=(image("reference"), film("reference"))),
    "ark elsewhere": replace(ARK, model="dreamina-seedance-2-0-mini-260615", expires_after=3600, seed=-1),
}


@pytest.mark.parametrize("name", ORDERS)
def test_a_service_takes_every_kind_of_order(name: str, kling: Kling, ark: Ark, idle: RunningSandbox) -> None:
    order, origin = ORDERS[name], idle.url.rstrip("/")
    service = (
        Kling(replace(kling.facts, base_url=f"{origin}/kling"))
        if order.model.startswith("kling")
        else Ark(replace(ark.facts, base_url=f"{origin}/api/v3"))
    )
    remote_id = service.create(replace(order, client_id=str(uuid.uuid4()))).remote_id
    assert service.get(remote_id).state is RemoteState.QUEUED


def test_what_a_service_refuses_is_an_invalid_order(wire: Wire) -> None:
    small = replace(fresh(wire.order), mode="image_to_video", references=(image("first_frame", 64, 64),))
    found = refusal(wire, small)
    assert (found.error_class, found.charged) == (ErrorClass.INVALID_REQUEST, False)


def test_callbacks_are_believed_by_klings_signature_and_by_arks_path(wire: Wire, listener: Listener) -> None:
    path = f"/hooks/{uuid.uuid4()}"
    order = fresh(wire.order, callback_url=f"{listener.url}{path}")
    remote_id = wire.service.create(order).remote_id
    calls = listener.at(path, 3)
    hints = [wire.service.verify_webhook(each.headers, each.body, trusted_path=wire.order is ARK) for each in calls]
    assert {hint.remote_id for hint in hints} == {remote_id}
    assert {hint.signed for hint in hints} == {wire.order is KLING}
    assert {hint.client_id for hint in hints} == ({order.client_id} if wire.order is KLING else {""})
    assert len({hint.webhook_id for hint in hints}) == 3
    assert "succeeded" in {hint.kind for hint in hints}


def test_the_account_test_knows_the_right_key_from_a_wrong_one(wire: Wire) -> None:
    assert wire.service.check().ok
    stranger = type(wire.service)(replace(wire.service.facts, api_key="another"))
    assert (stranger.check().ok, stranger.check().code) == (False, "auth")
