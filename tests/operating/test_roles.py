"""The hub runs as a PostgreSQL role that can work, and cannot touch what is written once."""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.operating.hubs import Hub, hub

pytestmark = [pytest.mark.long, pytest.mark.postgres]


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[Hub]:
    """The hub as its owner sees it."""
    with hub(tmp_path / "hub") as made:
        yield made


@pytest.fixture
def role() -> Iterator[str]:
    """A new role of the cluster with a password of the same name."""
    name = f"app_{secrets.token_hex(4)}"
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as opened:
        opened.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{name}'")
    yield name


def as_role(owner: Hub, role: str) -> Hub:
    """The same hub, run as the lesser role."""
    return Hub(owner.folder, f"postgresql://{role}:{role}@{owner.url.rpartition('@')[2]}")


def test_the_lesser_role_does_the_hubs_work_and_no_forgery(owner: Hub, role: str) -> None:
    owner.done("grant_app_role", role)
    app = as_role(owner, role)
    app.play("sign_a_clip")
    app.play("hold_it")
    answers = app.play("forge")
    assert "done" not in answers.values(), answers
    for way in ("update", "delete", "truncate", "migrations", "schema", "replica"):
        assert "permission denied" in answers[way], answers
    for way in ("disable", "drop"):
        assert "must be owner" in answers[way], answers
    assert app.play("look")["sound"]
    assert "sound" in app.done("verify_ledger")
    assert "cannot disable the append-only triggers" in app.manage("doctor").stdout
    assert "who can disable the append-only triggers" in owner.manage("doctor").stdout


def test_before_the_grant_it_may_nothing_and_the_owner_is_told_from_it(owner: Hub, role: str) -> None:
    refused = as_role(owner, role).manage("verify_ledger")
    assert "permission denied" in refused.stderr
    assert "There is no role nobody_here" in owner.manage("grant_app_role", "nobody_here").stderr
    assert "must run as a lesser role" in owner.manage("grant_app_role", "sorahub").stderr
    assert "letters, digits" in owner.manage("grant_app_role", "x; drop table y").stderr
