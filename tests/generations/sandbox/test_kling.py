"""The Kling dialect over plain HTTP: the vendor has no client of its own for Python."""

import base64
import io
import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import av
import httpx
import pytest
from standardwebhooks import Webhook

from generations.sandbox.kling_words import CODES
from tests.generations.sandbox.conftest import SECRET
from tests.generations.sandbox.process import RunningSandbox
from tests.generations.sandbox.test_render import picture_of
from tests.generations.sandbox.wires import Listener, png, waited

TEXT, IMAGE, OMNI = "text-to-video/kling-3.0", "image-to-video/kling-3.0", "omni-video/kling-3.0-omni"
TURBO = "text-to-video/kling-3.0-turbo"
FAR = "https://cdn.example/a"


def prompt(text: str = "a boat") -> dict[str, Any]:
    return {"type": "prompt", "text": text}


def item(kind: str, url: str = FAR) -> dict[str, Any]:
    return {"type": kind, "url": url}


def element(number: int) -> dict[str, Any]:
    return {"type": "element", "element_id": str(number)}


def base64_of(content: bytes) -> str:
    return base64.b64encode(content).decode()


class Caller:
    """Alice's account: sends a request and returns the HTTP status and the envelope."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=f"{url}/kling/", headers={"authorization": "Bearer alice"})

    def close(self) -> None:
        self._http.close()

    def send(self, method: str, path: str, body: object = None) -> tuple[int, dict[str, Any]]:
        answer = self._http.request(method, path, json=body) if body is not None else self._http.request(method, path)
        return answer.status_code, answer.json()

    def create(self, path: str, *contents: dict[str, Any], options: object = None, **settings: object) -> Any:
        body = {"contents": list(contents), "settings": settings, "options": options}
        return self.send("POST", path, body)

    def made(self, path: str, *contents: dict[str, Any], options: object = None, **settings: object) -> dict[str, Any]:
        """Create a task that must be taken."""
        status, answer = self.create(path, *contents, options=options, **settings)
        assert (status, answer["code"], answer["message"]) == (200, 0, "SUCCEED"), answer
        task: dict[str, Any] = answer["data"]
        return task

    def refused(self, path: str, *contents: dict[str, Any], options: object = None, **settings: object) -> int:
        """Send a create that must be refused; return the vendor's code."""
        before = self.total()
        status, answer = self.create(path, *contents, options=options, **settings)
        code: int = answer["code"]
        assert (status, self.total(), "data" in answer) == (CODES[code][0], before, False), answer
        return code

    def tasks(self, *ids: str) -> list[dict[str, Any]]:
        status, answer = self.send("GET", f"tasks?task_ids={','.join(ids)}")
        assert status == 200, answer
        found: list[dict[str, Any]] = answer["data"]
        return found

    def ended(self, task_id: str) -> dict[str, Any]:
        return waited(lambda: self.tasks(task_id)[0], lambda task: task["status"] in ("succeeded", "failed"))

    def total(self) -> int:
        count: int = self.send("POST", "tasks", {})[1]["data"]["count"]
        return count


@pytest.fixture(scope="module")
def alice(sandbox: RunningSandbox) -> Iterator[Caller]:
    with closing(Caller(sandbox.url)) as caller:
        yield caller


@pytest.fixture(scope="module")
def idle(idle_sandbox: RunningSandbox) -> Iterator[Caller]:
    control = f"{idle_sandbox.url}/_control/kling"
    httpx.post(control, json={"concurrency": 1000})
    with closing(Caller(idle_sandbox.url)) as caller:
        yield caller
    httpx.post(control, json={"concurrency": 20})


@pytest.fixture(scope="module")
def animated(alice: Caller, listener: Listener) -> dict[str, Any]:
    """A first frame brought to life for three seconds with sound."""
    options = {
        "callback_url": f"{listener.url}/kling/animated",
        "external_task_id": "shot-1",
        "watermark_info": {"enabled": True},
    }
    frame = item("first_frame", base64_of(png(300, 400)))
    task = alice.made(IMAGE, prompt(), frame, options=options, duration=3, audio="native")
    assert (task["status"], task["external_id"]) == ("submitted", "shot-1")
    return alice.ended(task["id"])


def test_a_finished_task_has_its_clip_and_its_bill(animated: dict[str, Any]) -> None:
    assert (animated["status"], animated["message"]) == ("succeeded", "")
    assert animated["billing"] == [{"charge_type": "unit", "amount": "2.7", "package_type": "video"}]
    assert animated["create_time"] > 1_700_000_000_000
    assert animated["update_time"] > animated["create_time"]
    (output,) = animated["outputs"]
    assert (output["type"], output["duration"], output["watermark_url"]) == ("video", "3", output["url"])


def test_the_clip_opens_on_the_first_frame_and_has_its_shape(animated: dict[str, Any]) -> None:
    with av.open(io.BytesIO(httpx.get(animated["outputs"][0]["url"]).read()), "r") as clip:
        frames = [picture_of(frame) for frame in clip.decode(video=0)]
        assert (len(frames), frames[0].size, len(clip.streams.audio)) == (72, (720, 960), 1)
    assert frames[0].getpixel((600, 400)) == pytest.approx((200, 30, 40), abs=6)


def test_an_edit_has_the_length_and_shape_of_its_video(
    idle: Caller, idle_sandbox: RunningSandbox, animated: dict[str, Any]
) -> None:
    edit = idle.made(OMNI, prompt(), item("base_video", animated["outputs"][0]["url"]), audio="original")
    job = json.loads((idle_sandbox.state / "jobs" / f"{edit['id']}.json").read_text())
    assert (job["width"], job["height"], job["seconds"], job["audio"]) == (720, 960, 3, True)
    assert job["facts"]["tenths"] == 3 * 9


def test_callbacks_tell_every_state_signed(animated: dict[str, Any], listener: Listener) -> None:
    posts = listener.at("/kling/animated", 3)
    told = [json.loads(post.body) for post in posts]
    assert [task["status"] for task in told] == ["submitted", "processing", "succeeded"]
    assert told[-1] == animated
    assert len({post.headers["webhook-id"] for post in posts}) == 3
    for post in posts:
        Webhook(SECRET).verify(post.body, post.headers)


def test_without_a_secret_callbacks_go_unsigned(idle: Caller, listener: Listener) -> None:
    task = idle.made(TEXT, prompt(), options={"callback_url": f"{listener.url}/kling/plain"})
    (post,) = listener.at("/kling/plain", 1)
    assert json.loads(post.body)["id"] == task["id"]
    assert "webhook-signature" not in post.headers


def test_a_batch_is_asked_by_either_id_and_leaves_out_the_unknown(idle: Caller) -> None:
    ids = [idle.made(TEXT, prompt(), options={"external_task_id": f"batch-{n}"})["id"] for n in range(2)]
    assert [task["id"] for task in idle.tasks(ids[1], "404", ids[0])] == [ids[1], ids[0]]
    status, answer = idle.send("GET", "tasks?external_task_ids=batch-0,batch-1,batch-2")
    assert (status, [task["external_id"] for task in answer["data"]]) == (200, ["batch-0", "batch-1"])
    for query in ("", "?task_ids=1&external_task_ids=batch-0", f"?task_ids={','.join('1' * 21)}"):
        assert idle.send("GET", f"tasks{query}")[1]["code"] == 1201


def test_a_callers_id_is_taken_once(idle: Caller) -> None:
    first = idle.made(TEXT, prompt(), options={"external_task_id": "only-one"})
    assert idle.refused(TEXT, prompt("another"), options={"external_task_id": "only-one"}) == 1201
    assert idle.send("GET", "tasks?external_task_ids=only-one")[1]["data"][0]["id"] == first["id"]


def test_the_list_goes_on_from_its_cursor(idle: Caller) -> None:
    ids = [idle.made(IMAGE, prompt(), item("first_frame"))["id"] for _ in range(3)]
    condition = [{"key": "product_type", "values": ["image-to-video"]}, {"key": "status", "values": ["submitted"]}]
    first = idle.send("POST", "tasks", {"limit": 2, "filters": condition})[1]["data"]
    assert ([task["id"] for task in first["result"]], first["has_more"]) == ([ids[2], ids[1]], True)
    rest = idle.send("POST", "tasks", {"filters": condition, "cursor": first["next_cursor"]})[1]["data"]
    assert ([task["id"] for task in rest["result"]], rest["has_more"], rest["count"]) == ([ids[0]], False, 1)
    assert idle.send("POST", "tasks", {"limit": 501})[1]["code"] == 1201
    assert idle.send("POST", "tasks", {"end_time": 1_600_000_000_000})[1]["data"]["count"] == 0


REFUSED: list[Any] = [
    pytest.param(TEXT, [], {}, id="no contents"),
    pytest.param(TEXT, [prompt(" ")], {}, id="blank prompt"),
    pytest.param(TEXT, [prompt("x" * 3073)], {}, id="long prompt"),
    pytest.param(TEXT, [prompt(), prompt()], {}, id="two prompts"),
    pytest.param(TEXT, [prompt(), item("first_frame")], {}, id="a frame for words only"),
    pytest.param(TEXT, [prompt()], {"duration": 2}, id="too short"),
    pytest.param(TEXT, [prompt()], {"duration": 16}, id="too long"),
    pytest.param(TEXT, [prompt()], {"resolution": "720P"}, id="resolution in capitals"),
    pytest.param(TURBO, [prompt()], {"resolution": "4k"}, id="turbo in 4k"),
    pytest.param(TEXT, [prompt()], {"aspect_ratio": "4:3"}, id="ratio"),
    pytest.param(TEXT, [prompt()], {"audio": "original"}, id="original sound of nothing"),
    pytest.param(IMAGE, [prompt(), item("last_frame")], {}, id="a last frame alone"),
    pytest.param(IMAGE, [prompt(), item("first_frame", base64_of(png(299, 300)))], {}, id="a small image"),
    pytest.param(IMAGE, [prompt(), item("first_frame", base64_of(png(300, 751)))], {}, id="a narrow image"),
    pytest.param(IMAGE, [prompt(), item("first_frame", "data:image/png;base64,AAAA")], {}, id="a data prefix"),
    pytest.param(OMNI, [prompt(), item("base_video"), item("first_frame")], {}, id="frame beside an edit"),
    pytest.param(OMNI, [prompt(), item("base_video"), item("feature_video")], {}, id="two videos"),
    pytest.param(OMNI, [prompt(), *[item("refer_image")] * 8], {}, id="eight images"),
    pytest.param(OMNI, [prompt(), item("feature_video"), *[item("refer_image")] * 5], {}, id="five beside a video"),
    pytest.param(OMNI, [prompt(), item("feature_video")], {"multi_shot": False}, id="one shot of a feature video"),
    pytest.param(OMNI, [prompt(), *map(element, range(4))], {}, id="four elements"),
    pytest.param(TEXT, [prompt("shot 1, 2, a; shot 2, 2, b;")], {"duration": 5}, id="shots too short together"),
    pytest.param(TEXT, [prompt("".join(f"shot {n}, 1, a;" for n in range(1, 8)))], {"duration": 7}, id="seven shots"),
    pytest.param(TEXT, [prompt(f"shot 1, 5, {'x' * 513};")], {"duration": 5}, id="a long shot"),
]


@pytest.mark.parametrize(("path", "contents", "settings"), REFUSED)
def test_what_the_ranges_forbid_is_refused(
    idle: Caller, path: str, contents: list[dict[str, Any]], settings: dict[str, Any]
) -> None:
    assert idle.refused(path, *contents, **settings) == 1201


def test_what_the_ranges_allow_is_taken(idle: Caller) -> None:
    idle.made(OMNI, prompt(), item("feature_video"), *[item("refer_image")] * 3, element(1), audio="native")
    idle.made(OMNI, prompt(), *[item("refer_image")] * 7, resolution="4k", duration=15, aspect_ratio="1:1")
    idle.made(IMAGE, prompt(), item("first_frame"), item("last_frame"), duration="3")
    idle.made(TEXT, prompt("shot 1, 2, a hand; shot 2, 3, a door;"), duration=5)
    idle.made(TEXT, prompt("shot 1, 2, only words;"), duration=5, multi_shot=False)
    assert idle.send("POST", TEXT, {"prompt": "words outside of contents"})[1]["code"] == 0


@pytest.mark.parametrize("code", CODES)
def test_every_code_can_be_asked_for_and_has_its_status(idle: Caller, code: int) -> None:
    assert idle.refused(TEXT, prompt(f"a boat, sandbox:kling-{code}")) == code


@pytest.mark.parametrize(
    ("word", "code"),
    [("moderated-input", 1301), ("rate-limit", 1302), ("server-error", 5000), ("arrears", 1101), ("quota", 1102)],
)
def test_a_refusing_word_gives_the_vendors_code(idle: Caller, word: str, code: int) -> None:
    assert idle.refused(TEXT, prompt(f"kling, sandbox:{word}")) == code


def test_keys_models_methods_and_bodies_have_codes_of_their_own(idle: Caller, idle_sandbox: RunningSandbox) -> None:
    url = f"{idle_sandbox.url}/kling"
    assert httpx.get(f"{url}/tasks?task_ids=1").json()["code"] == 1001
    assert httpx.get(f"{url}/tasks?task_ids=1", headers={"authorization": "Basic x"}).json()["code"] == 1002
    assert idle.refused("text-to-video/kling-9", prompt()) == 1203
    assert idle.send("DELETE", "tasks/1")[1]["code"] == 1202
    answer = httpx.post(f"{url}/{TEXT}", content=b"{", headers={"authorization": "Bearer alice"})
    assert (answer.status_code, answer.json()["code"]) == (400, 1200)


def test_an_account_holds_no_more_tasks_than_its_places(alice: Caller, sandbox: RunningSandbox) -> None:
    task = alice.made(TEXT, prompt("sandbox:never-finishes"))
    httpx.post(f"{sandbox.url}/_control/kling", json={"concurrency": 1}).raise_for_status()
    assert alice.refused(TEXT, prompt("one too many")) == 1303
    httpx.post(f"{sandbox.url}/_control/kling", json={"concurrency": 20}).raise_for_status()
    assert alice.tasks(task["id"])[0]["status"] in ("submitted", "processing")


def test_money_is_charged_where_the_account_has_no_pack(alice: Caller, sandbox: RunningSandbox) -> None:
    httpx.post(f"{sandbox.url}/_control/kling", json={"charge": "cash"}).raise_for_status()
    task = alice.made(TURBO, prompt("a boat, paid in cash"), duration=3)
    httpx.post(f"{sandbox.url}/_control/kling", json={"charge": "unit"}).raise_for_status()
    (bill,) = alice.ended(task["id"])["billing"]
    assert (bill["charge_type"], bill["amount"], bill["list_price"], bill["currency"]) == (
        "cash",
        "0.336",
        "0.336",
        "USD",
    )


def test_a_clip_that_fails_the_check_costs_nothing(alice: Caller) -> None:
    task = alice.ended(alice.made(TEXT, prompt("sandbox:moderated-output"), duration=3)["id"])
    assert (task["status"], task["message"]) == ("failed", "Failure to pass the risk control system")
    assert (task["billing"][0]["amount"], "outputs" in task) == ("0", False)


def test_a_dropped_connection_leaves_a_task_that_its_callers_id_finds(idle: Caller) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        idle.create(TEXT, prompt("sandbox:dropped-connection"), options={"external_task_id": "dropped"})
    assert len(idle.send("GET", "tasks?external_task_ids=dropped")[1]["data"]) == 1
