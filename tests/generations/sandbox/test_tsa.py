"""The sandbox's time-stamp authority over real HTTP, as the development settings use it."""

import pytest

from sorahub.ledger import timestamps
from sorahub.ledger.timestamps import NotStamped
from sorahub.lib import http
from tests.generations.sandbox.process import RunningSandbox
from tests.ledger.authorities import asked

DIGEST = "ab" * 32


def test_it_stamps_under_the_root_in_its_folder_and_fails_as_it_is_told(sandbox: RunningSandbox) -> None:
    client = http.Client(sandbox.url, allowed_networks=("127.0.0.0/8", "::1/128"), allow_http=True)
    root = sandbox.state / "tsa" / "root.pem"
    assert client.get("/tsa/root").content == root.read_bytes()
    with asked(f"{sandbox.url}/tsa", roots=root):
        word = timestamps.ask(DIGEST)
        assert timestamps.verify_token(word.token, DIGEST, root.read_bytes()) == word.at
        for mode, code in (("away", "http-no-answer"), ("busy", "authority-status"), ("other-nonce", "other-nonce")):
            assert client.post("/_control/tsa", json={"mode": mode}).status == 200
            with pytest.raises(NotStamped) as raised:
                timestamps.ask(DIGEST)
            assert raised.value.code == code
        assert client.post("/_control/tsa", json={"mode": "well", "ahead": 90}).status == 200
        assert round(timestamps.ask(DIGEST).offset.total_seconds()) == -90
        assert client.post("/_control/tsa", json={"mode": "odd"}).status == 400
        client.post("/_control/tsa", json={})
        assert abs(timestamps.ask(DIGEST).offset.total_seconds()) < 5
