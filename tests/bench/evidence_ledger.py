"""The ledger's part of ``make bench-evidence``: how fast it appends, is verified and proves, and whether any change is named.

``python -m tests.bench.evidence_ledger`` runs it alone on throwaway PostgreSQL clusters and prints the figures as JSON.

- *Append* beside the bare chained INSERT of the same run: one transaction each that locks one head row, hashes in Python what
  the ledger hashes (RFC 8785 of the entry, the link to the one before), inserts one row and moves the head, by psycopg alone
  with prepared statements and no index but the key. Both on one cluster that writes durably (fsync, synchronous commit), in turn;
  the ratio is the middle one of all rounds. A second ratio without waiting for the disk shows the work alone.
- *Verify*: a chain of ``events`` true events, loaded by COPY with the hashes that the ledger would have computed, with its signed
  checkpoint; seconds, and by how much the process grew meanwhile (kernel's peak, counted anew before).
- *Prove*: inclusion proofs of random events under that checkpoint, each verified; consistency between sizes.
- *Named*: on a small chain, each kind of tampering at random places, one at a time: the audit's first fault must be it.
"""

import argparse
import json
import os
import random
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg

from sorahub.lib.merkle import Frontier
from tests.cluster import cluster

if TYPE_CHECKING:
    from sorahub.ledger.models import Chain

ROOT = Path(__file__).resolve().parents[2]
EVENTS, ROUNDS = 1_000_000, 15
APPENDS = 200
"""In each round, by each."""
PROOFS = 400
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
ACTOR, SUBJECT, CLIENT = (UUID(int=0x019AC0DE0000700080000000000000 << 8 | number) for number in (1, 2, 3))
BODY: dict[str, Any] = {"clip_sha256": "ab" * 32, "meaning": "approved", "number": 5}
KIND, ABOUT = "clip.downloaded", "ledger.chain"
Figures = dict[str, float | int | bool]


def ledger_figures(*, events: int = EVENTS, rounds: int = ROUNDS) -> Figures:
    """Return every figure; takes some minutes for a million events. Starts its own clusters, one after the other."""
    durable = _in_cluster("append", rounds, **DURABLE)
    figures: Figures = {
        "append_to_bare": durable["ratio"],
        "append_per_s": durable["ours"],
        "bare_per_s": durable["bare"],
    }
    figures["append_to_bare_without_disk"] = _in_cluster("append", rounds)["ratio"]
    return {**figures, **_in_cluster("verify", events), **_in_cluster("tamper", rounds * 20)}


def _in_cluster(what: str, number: int, **settings: str) -> Figures:
    """Run one part in a process of its own, whose environment names a fresh cluster; return what it said last."""
    with tempfile.TemporaryDirectory() as folder, cluster(None, **settings) as running:
        environment = {
            **os.environ,
            "DATABASE_URL": running.url,
            "DJANGO_SETTINGS_MODULE": "sorahub.settings.test",
            "SORAHUB_VAR_DIR": folder,
        }
        command = [sys.executable, "-m", "tests.bench.evidence_ledger", "--part", what, "--number", str(number)]
        done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True, text=True)
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


def append(rounds: int) -> Figures:
    """The ledger's append and the bare one in turn, so many a second each, and the middle ratio."""
    from django.db import transaction  # noqa: PLC0415 (set up by the environment that the parent made)

    from sorahub.ledger import record  # noqa: PLC0415
    from sorahub.ledger.models import Chain  # noqa: PLC0415

    subject = Chain(id=SUBJECT)

    def ours() -> None:
        with transaction.atomic():
            record.append(kind=KIND, actor=ACTOR, client=CLIENT, subject=subject, body=BODY)

    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True, prepare_threshold=0) as connection:
        bare = _bare(connection)
        for warm in (bare, ours):
            _rate(warm, 50)
        runs = [(_rate(bare, APPENDS), _rate(ours, APPENDS)) for _ in range(rounds)]
    return {
        "ratio": round(median(mine / theirs for theirs, mine in runs), 3),
        "bare": round(median(theirs for theirs, _ in runs)),
        "ours": round(median(mine for _, mine in runs)),
    }


def _bare(connection: "psycopg.Connection[Any]") -> Callable[[], None]:
    from sorahub.ledger import entry  # noqa: PLC0415 (needs Django's settings)
    from sorahub.lib import canonical  # noqa: PLC0415

    connection.execute("CREATE TABLE bare_head (id int PRIMARY KEY, size bigint NOT NULL, head text NOT NULL)")
    connection.execute(
        "CREATE TABLE bare_event (seq bigint PRIMARY KEY, at timestamptz NOT NULL, kind text NOT NULL, actor uuid, "
        "subject_type text NOT NULL, subject_id uuid NOT NULL, body text NOT NULL, leaf text NOT NULL, link text NOT NULL)"
    )
    connection.execute("INSERT INTO bare_head VALUES (1, 0, %s)", ["00" * 32])

    def once() -> None:
        with connection.transaction():
            found = connection.execute("SELECT size, head FROM bare_head WHERE id = 1 FOR UPDATE").fetchone()
            seq, head = found or (0, "")
            at, body = datetime.now(UTC), canonical.dumps(BODY).decode()
            about: Any = {"subject_type": ABOUT, "subject_id": SUBJECT, "body": body}
            leaf = entry.leaf(entry.text(chain="bare", seq=seq, at=at, kind=KIND, actor=ACTOR, **about))
            link = sha256(b"\x02" + bytes.fromhex(head) + leaf).hexdigest()
            row = [seq, at, KIND, ACTOR, ABOUT, SUBJECT, body, leaf.hex(), link]
            connection.execute("INSERT INTO bare_event VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)", row)
            connection.execute("UPDATE bare_head SET size = %s, head = %s WHERE id = 1", [seq + 1, link])

    return once


def _rate(once: Callable[[], None], times: int) -> float:
    began = time.perf_counter()
    for _ in range(times):
        once()
    return times / (time.perf_counter() - began)


def verify(events: int) -> Figures:
    """Load a chain of so many events, have it verified, and prove from it."""
    from sorahub.ledger import audit, checkpoints  # noqa: PLC0415 (models can be imported only now)

    half = _loaded(events // 2)
    older = checkpoints.make(half)
    whole = _loaded(events, half)
    newest = checkpoints.make(whole)
    before = _memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted anew from here
    began = time.monotonic()
    faults = audit.verify()
    seconds = time.monotonic() - began
    grown = _memory("VmHWM") - before
    return {
        "events": events,
        "verify_seconds": round(seconds, 1),
        "verify_events_per_s": round(events / seconds),
        "verify_growth_mib": round(grown, 1),
        "sound": not faults,
        **_proved(newest, older, events),
    }


def _proved(newest: Any, older: Any, events: int) -> Figures:
    """Random proofs, each by a fresh query and tried; milliseconds, of one hundred the ninety-fifth."""
    from sorahub.ledger import checkpoints  # noqa: PLC0415 (models can be imported only now)
    from sorahub.ledger.models import Event  # noqa: PLC0415

    took, chosen = [], random.Random(6962)
    for seq in chosen.sample(range(events), min(PROOFS, events)):
        event = Event.objects.get(chain=newest.chain_id, seq=seq)
        began = time.perf_counter()
        checkpoints.inclusion(event, newest)
        took.append((time.perf_counter() - began) * 1000)
    began = time.perf_counter()
    checkpoints.consistency(older, newest)
    return {
        "inclusion_ms": round(median(took), 2),
        "inclusion_p95_ms": round(quantiles(took, n=100)[94], 2),
        "consistency_ms": round((time.perf_counter() - began) * 1000, 2),
    }


def _loaded(events: int, chain: "Chain | None" = None) -> "Chain":
    """Bring the chain to so many events by COPY, with true hashes."""
    from django.db import connection, transaction  # noqa: PLC0415 (models can be imported only now)

    from sorahub.ledger.models import Chain, Event, Subtree  # noqa: PLC0415

    chain = chain or Chain.objects.create(key=str(CLIENT), client_id=CLIENT)
    tree, made = Frontier.from_hex(chain.size, chain.peaks), list[Subtree]()
    with transaction.atomic(), connection.cursor() as cursor:
        columns = ", ".join(str(field.column) for field in Event._meta.concrete_fields)
        with cursor.copy(f"COPY ledger_event ({columns}) FROM STDIN") as copy:
            for row in _rows(chain, events, tree, made):
                copy.write_row(row)
        Subtree.objects.bulk_create(made, batch_size=1000)
        chain.size, chain.peaks = tree.size, tree.hex()
        chain.save()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return chain


def _rows(chain: "Chain", events: int, tree: Frontier, made: list[Any]) -> Iterator[list[Any]]:
    from sorahub.ledger import entry  # noqa: PLC0415 (models can be imported only now)
    from sorahub.ledger.models import Subtree  # noqa: PLC0415

    begun, head = datetime(2026, 11, 1, tzinfo=UTC), bytes.fromhex(chain.head)
    for seq in range(chain.size, events):
        at, body = begun + timedelta(milliseconds=37 * seq), f'{{"clip_sha256":"{"ab" * 32}","number":{seq}}}'
        about: Any = {"subject_type": ABOUT, "subject_id": UUID(int=SUBJECT.int ^ seq), "body": body}
        leaf = entry.leaf(entry.text(chain=chain.key, seq=seq, at=at, kind=KIND, actor=ACTOR, **about))
        head = entry.link(head, leaf)
        completed = tree.completing(leaf)
        made += [
            Subtree(chain=chain, height=height, number=seq >> height, root=completed[height].hex())
            for height in range(8, len(completed), 8)
        ]
        pk = entry.identifier(at, leaf)
        yield [pk, chain.pk, seq, at, KIND, ACTOR, ABOUT, about["subject_id"], body, leaf.hex(), head.hex()]
    chain.head = head.hex()


def _memory(line: str) -> float:
    """What the kernel says of this process, in MiB."""
    said = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(each for each in said.splitlines() if each.startswith(f"{line}:")).split()[1]) / 1024


def tamper(times: int) -> Figures:
    """Tamper so many times with a chain of a thousand events under two checkpoints: was each change named rightly?"""
    from sorahub.ledger import checkpoints  # noqa: PLC0415 (models can be imported only now)
    from tests.bench import tampering  # noqa: PLC0415

    half = _loaded(600)
    checkpoints.make(half)
    whole = _loaded(1000, half)
    checkpoints.make(whole)
    missed = tampering.unnamed(whole, random.Random(secrets.randbits(32)), times)
    sys.stderr.writelines(f"{words}\n" for words in missed)
    return {"tamperings": times, "named": times - len(missed), "every_change_named": not missed}


PARTS: dict[str, Callable[[int], Figures]] = {"append": append, "verify": verify, "tamper": tamper}


def main() -> None:
    """Print all figures, or do the one part that a parent asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--part", choices=sorted(PARTS), help=argparse.SUPPRESS)
    parser.add_argument("--number", type=int, default=0, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.part is None:
        say(ledger_figures(events=given.events, rounds=given.rounds))
        return
    import django  # noqa: PLC0415 (set up by the environment that the parent made)

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    say(PARTS[given.part](given.number))


def say(figures: Figures) -> None:
    """Print them on one line."""
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
