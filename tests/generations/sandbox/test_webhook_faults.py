"""What can go wrong on the way of a webhook: lost, late, twice, forged, out of order. All about jobs that fail without rendering."""

import json
import time

import httpx
import pytest
from openai import OpenAI
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from generations.sandbox.words import LATE_SECONDS, SpecialWord
from tests.generations.sandbox.conftest import SECRET, Subscriber
from tests.generations.sandbox.process import RunningSandbox
from tests.generations.sandbox.wires import Listener

pytestmark = pytest.mark.long


def failing_with(client: OpenAI, word: SpecialWord) -> str:
    """Order a video that fails at once, and whose webhook has a fault; return its id."""
    return client.videos.create(prompt=f"a boat, {SpecialWord.FAILED_RENDER.value} {word.value}").id


def test_a_webhook_comes_twice_forged_late_or_not_at_all(client: OpenAI, subscriber: Subscriber) -> None:
    begun = time.monotonic()
    lost, late, twice, forged = (
        failing_with(client, word)
        for word in (
            SpecialWord.WEBHOOK_LOST,
            SpecialWord.WEBHOOK_LATE,
            SpecialWord.WEBHOOK_TWICE,
            SpecialWord.WEBHOOK_FORGED,
        )
    )
    refused, taken, again = subscriber.calls_about(twice, 3)
    assert (refused.answered, taken.answered, again.answered) == (500, 204, 204)
    assert {call.headers["webhook-id"] for call in (refused, taken, again)} == {taken.headers["webhook-id"]}
    wrong, right = subscriber.calls_about(forged, 2)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(wrong.body.decode(), wrong.headers)
    Webhook(SECRET).verify(right.body.decode(), right.headers)
    subscriber.calls_about(late, 1)
    assert time.monotonic() - begun > LATE_SECONDS
    assert client.videos.retrieve(lost).status == "failed"
    assert not [call for call in subscriber.calls if lost.encode() in call.body]


def test_news_of_the_beginning_comes_after_the_end(sandbox: RunningSandbox, listener: Listener) -> None:
    words = f"{SpecialWord.FAILED_RENDER.value} {SpecialWord.WEBHOOK_DISORDERED.value}"
    order = {
        "contents": [{"type": "prompt", "text": f"a boat, {words}"}],
        "settings": {"duration": 3, "multi_shot": False},
        "options": {"callback_url": f"{listener.url}/disordered"},
    }
    headers = {"authorization": "Bearer alice"}
    answer = httpx.post(f"{sandbox.url}/kling/text-to-video/kling-3.0", json=order, headers=headers)
    assert answer.status_code == 200, answer.text
    states = [json.loads(post.body)["status"] for post in listener.at("/disordered", 3)]
    assert (states[0], sorted(states[1:])) == ("failed", ["processing", "submitted"])
