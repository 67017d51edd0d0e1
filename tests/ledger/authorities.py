"""Time-stamp authorities on loopback: the sandbox's, and one that is nothing but ``openssl ts -reply``."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from django.test import override_settings

from generations.sandbox.tsa import REPLY, Authority, Mode
from tests.lib.servers import Received, Server, reply, serving


@contextmanager
def authority(folder: Path) -> Iterator[tuple[Authority, Server]]:
    """Run the sandbox's authority on a port of its own, and make it the hub's."""
    made = Authority.of(folder / "tsa")

    def answer(handler: BaseHTTPRequestHandler, received: Received) -> None:
        if made.mode == Mode.AWAY:
            handler.connection.close()
        elif made.mode == Mode.BUSY:
            reply(handler, 503)
        else:
            reply(handler, 200, made.reply(received.body), {"Content-Type": REPLY})

    with serving(answer) as server, asked(server.url, roots=folder / "tsa" / "root.pem"):
        yield made, server


@contextmanager
def asked(*urls: str, roots: Path) -> Iterator[None]:
    """Let the hub ask these authorities and trust these roots."""
    with override_settings(TSA_URLS=urls, TSA_ROOTS=str(roots)):
        yield


@contextmanager
def openssl_authority(folder: Path) -> Iterator[Server]:
    """Run an authority whose every word is OpenSSL's own, with an RSA key; its root is ``folder / "ca.pem"``."""
    _certify(folder)

    def answer(handler: BaseHTTPRequestHandler, received: Received) -> None:
        (folder / "query.tsq").write_bytes(received.body)
        command = ["openssl", "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query.tsq", "-out", "reply.tsr"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        reply(handler, 200, (folder / "reply.tsr").read_bytes(), {"Content-Type": REPLY})

    with serving(answer) as server:
        yield server


CONFIGURATION = """
[tsa]
default_tsa = here
[here]
dir = .
serial = serial
crypto_device = builtin
signer_cert = tsa.pem
certs = ca.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.32473.2
digests = sha256, sha384, sha512
accuracy = secs:1
ordering = no
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
[extensions]
extendedKeyUsage = critical,timeStamping
"""


def _certify(folder: Path) -> None:
    (folder / "tsa.cnf").write_text(CONFIGURATION)
    (folder / "serial").write_text("01\n")
    root = "req -x509 -newkey rsa:2048 -nodes -subj /CN=Root -keyout ca.key -out ca.pem -days 30"
    ask = "req -newkey rsa:2048 -nodes -subj /CN=Authority -keyout tsa.key -out tsa.csr"
    sign = "x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out tsa.pem -days 30 -extfile tsa.cnf -extensions extensions"
    for words in (root, ask, sign):
        subprocess.run(["openssl", *words.split()], cwd=folder, check=True, capture_output=True)


def openssl_accepts(token: bytes, digest: str, roots: Path, folder: Path) -> bool:
    """Whether ``openssl ts -verify`` takes the token as one over this digest, under these roots."""
    file = folder / "token.der"
    file.write_bytes(token)
    command = ["openssl", "ts", "-verify", "-digest", digest, "-in", str(file), "-token_in", "-CAfile", str(roots)]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0
