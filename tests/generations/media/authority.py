"""An authority that signs Content Credentials as a provider would, and a server that must not be asked."""

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import c2pa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
XMP_UUID = bytes.fromhex("BE7ACFCB97A942E89C71999491E3AFAC")


class Authority:
    """A root of our own and a leaf that may sign content, until so many days from now; ``chain`` and ``key`` are PEM."""

    def __init__(self, days: int = 30) -> None:
        self._days = days
        root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        root_name = self._name("Test Root")
        root = self._certificate(root_name, root_name, root_key, root_key, authority=True)
        leaf = self._certificate(self._name("Test Studio"), root_name, key, root_key, authority=False)
        pem = serialization.Encoding.PEM
        self.root = root.public_bytes(pem).decode()
        self.chain = leaf.public_bytes(pem).decode() + self.root
        form = serialization.PrivateFormat.PKCS8
        self.key = key.private_bytes(pem, form, serialization.NoEncryption()).decode()

    def sign(self, source: Path, target: Path, *, remote_url: str | None = None, parent: Path | None = None) -> Path:
        info = c2pa.C2paSignerInfo(b"es256", self.chain.encode(), self.key.encode(), None)
        action = {"action": "c2pa.created", "digitalSourceType": SOURCE_TYPE}
        manifest = {
            "claim_generator_info": [{"name": "test", "version": "1"}],
            "assertions": [{"label": "c2pa.actions", "data": {"actions": [action]}}],
        }
        with (
            c2pa.Context.from_dict({"verify": {"verify_after_sign": False}}) as context,
            c2pa.Builder(json.dumps(manifest), context) as builder,
            c2pa.Signer.from_info(info) as signer,
        ):
            if remote_url:
                builder.set_no_embed()
                builder.set_remote_url(remote_url)
            if parent:
                with parent.open("rb") as file:
                    ingredient = {"title": "parent.mp4", "relationship": "componentOf"}
                    builder.add_ingredient(ingredient, "video/mp4", file)
            builder.sign_file(str(source), str(target), signer)
        return target

    @staticmethod
    def _name(common: str) -> x509.Name:
        organisation = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Test")
        return x509.Name([organisation, x509.NameAttribute(NameOID.COMMON_NAME, common)])

    def _certificate(
        self,
        subject: x509.Name,
        issuer: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        signing_key: ec.EllipticCurvePrivateKey,
        *,
        authority: bool,
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        parent = x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key())
        builder = (
            x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(days=90))
            .not_valid_after(now + timedelta(days=30 if authority else self._days))
            .add_extension(x509.BasicConstraints(authority, None), critical=True)
            .add_extension(identifier, critical=False)
            .add_extension(parent, critical=False)
            .add_extension(_usage(authority=authority), critical=True)
        )
        if not authority:
            use = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
            builder = builder.add_extension(use, critical=False)
        return builder.sign(signing_key, hashes.SHA256())


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def xmp_box(packet: str) -> bytes:
    """A box with an XMP packet as MP4 files have it."""
    content = b"uuid" + XMP_UUID + packet.encode()
    return (len(content) + 4).to_bytes(4, "big") + content


@contextmanager
def listening() -> Iterator[tuple[str, list[str]]]:
    """A server on this machine that writes down what it is asked for, and the address of a manifest there."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_args: object) -> None:
            """Silence."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/m.c2pa", asked
        server.shutdown()
        thread.join()


_TIME = """
[tsa]
default_tsa = here
[here]
serial = serial
signer_cert = tsa.pem
signer_key = tsa.key
certs = ca.pem
signer_digest = sha256
default_policy = 1.3.6.1.4.1.32473.2
digests = sha256, sha384, sha512
ess_cert_id_alg = sha256
[extensions]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


@contextmanager
def attesting(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """A time-stamping authority on this machine whose every word is OpenSSL's: its address, and who asked how often."""
    asked: list[str] = []
    (folder / "tsa.cnf").write_text(_TIME)
    (folder / "serial").write_text("01\n")
    for words in (
        "req -x509 -newkey rsa:2048 -nodes -subj /CN=Root -keyout ca.key -out ca.pem -days 30",
        "req -newkey rsa:2048 -nodes -subj /CN=Time -keyout tsa.key -out tsa.csr",
        "x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out tsa.pem -days 30 -extfile tsa.cnf -extensions extensions",
    ):
        subprocess.run(["openssl", *words.split()], cwd=folder, check=True, capture_output=True)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.path)
            (folder / "query.tsq").write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            command = ["openssl", "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query.tsq", "-out", "reply.tsr"]
            subprocess.run(command, cwd=folder, check=True, capture_output=True)
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write((folder / "reply.tsr").read_bytes())

        def log_message(self, *_args: object) -> None:
            """Silence."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/tsa", asked
        server.shutdown()
        thread.join()
