"""A time-stamping authority made with OpenSSL: a root, a signer, and tokens over any digest."""

import subprocess
from pathlib import Path

from django.utils import timezone

from sorahub.ledger.models import TimeStamp

_CONFIG = """
[ tsa ]
default_tsa = one
[ one ]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
certs = {folder}/root.pem
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_chain = no
ess_cert_id_alg = sha256
[ signer ]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
"""


def openssl(*words: str) -> None:
    """Run one command of OpenSSL."""
    subprocess.run(["openssl", *words], check=True, capture_output=True)


class Authority:
    """Makes tokens with keys of its own in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        (folder / "serial").write_text("01")
        (folder / "tsa.cnf").write_text(_CONFIG.format(folder=folder))
        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        root, signer, request = (str(folder / name) for name in ("root.pem", "tsa.pem", "tsa.csr"))
        openssl(
            "req", "-x509", *key, "-keyout", f"{folder}/root.key", "-out", root, "-days", "30", "-subj", "/CN=Test root"
        )
        openssl("req", "-new", *key, "-keyout", f"{folder}/tsa.key", "-out", request, "-subj", "/CN=Test authority")
        openssl("x509", "-req", "-in", request, "-CA", root, "-CAkey", f"{folder}/root.key", "-CAcreateserial", "-days", "30",
                "-extfile", f"{folder}/tsa.cnf", "-extensions", "signer", "-out", signer)  # fmt: skip

    def stamp(self, digest: str) -> TimeStamp:
        """Have a digest (hexadecimal) stamped and keep the token."""
        query, token = self.folder / "query.tsq", self.folder / "token.tsr"
        openssl("ts", "-query", "-digest", digest, "-sha256", "-cert", "-out", str(query))
        openssl(
            "ts",
            "-reply",
            "-queryfile",
            str(query),
            "-config",
            str(self.folder / "tsa.cnf"),
            "-token_out",
            "-out",
            str(token),
        )
        now = timezone.now()
        return TimeStamp.objects.create(
            digest=digest, token=token.read_bytes(), at=now, authority="Test", received_at=now
        )
