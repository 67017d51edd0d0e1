"""The people of the tests: one small agency with two clients. ``tests/conftest.py`` makes these fixtures known everywhere.

alice produces, bob reviews, lena clears and ada administers for North; dora is North's guest. carol is a guest of South,
whose project nobody of North takes part in.
"""

from dataclasses import dataclass

import pytest

from generations.models import Membership, Project, Prompt, ProviderAccount, Shot
from sorahub.accounts.models import Client, User
from sorahub.accounts.roles import Kind

PASSWORD = "correct horse battery staple"


@dataclass(frozen=True)
class Agency:
    """Everybody and everything that a test may want to begin with."""

    alice: User
    bob: User
    lena: User
    ada: User
    dora: User
    carol: User
    north: Client
    south: Client
    aurora: Project
    borealis: Project
    shot: Shot
    prompt: Prompt


def user(name: str, kind: Kind) -> User:
    """Make an account called after its person."""
    staff = kind in {Kind.PRODUCER, Kind.ADMINISTRATOR}
    admin = kind == Kind.ADMINISTRATOR
    email = f"{name}@example.com"
    return User.objects.create_user(email, PASSWORD, name=name.title(), kind=kind, is_staff=staff, is_superuser=admin)


def project(client: Client, code: str, creator: User, *members: User) -> Project:
    """Make a project with its members."""
    made = Project.objects.create(client=client, name=code.title(), code=code, created_by=creator)
    Membership.objects.bulk_create([Membership(project=made, user=member) for member in members])
    return made


def found_agency() -> Agency:
    """Write the agency's rows."""
    alice, bob = user("alice", Kind.PRODUCER), user("bob", Kind.REVIEWER)
    lena, ada = user("lena", Kind.LEGAL), user("ada", Kind.ADMINISTRATOR)
    dora, carol = user("dora", Kind.GUEST), user("carol", Kind.GUEST)
    north = Client.objects.create(name="North", created_by=ada)
    south = Client.objects.create(name="South", created_by=ada)
    aurora = project(north, "AURORA", alice, alice, bob, lena)
    borealis = project(south, "BOREALIS", ada)
    shot = Shot.objects.create(project=aurora, code="SC010-SH010", title="Dawn", created_by=alice)
    prompt = Prompt.objects.create(shot=shot, version=1, text="A lighthouse at dawn", created_by=alice)
    return Agency(alice, bob, lena, ada, dora, carol, north, south, aurora, borealis, shot, prompt)


def provider_account(base_url: str = "http://localhost:9/v1", *, route: str = "sandbox") -> ProviderAccount:
    """Make an account with the embedded service's dialect; by default nothing answers at its address."""
    account = ProviderAccount(name=f"Account {ProviderAccount.objects.count() + 1}", route=route, base_url=base_url)
    account.set_api_key("sk-sandbox-0123456789")
    account.set_webhook_secret("whsec_" + "c2VjcmV0IGZvciB0ZXN0cyBvbmx5IQ==")
    account.save()
    return account


@pytest.fixture
def agency(db: None) -> Agency:
    """The agency, fresh for each test."""
    return found_agency()


@pytest.fixture
def alice(agency: Agency) -> User:
    """The producer."""
    return agency.alice


@pytest.fixture
def bob(agency: Agency) -> User:
    """The creative reviewer."""
    return agency.bob


@pytest.fixture
def carol(agency: Agency) -> User:
    """A guest of the other client."""
    return agency.carol


@pytest.fixture
def dora(agency: Agency) -> User:
    """A guest of the own client."""
    return agency.dora


@pytest.fixture
def lena(agency: Agency) -> User:
    """From legal."""
    return agency.lena


@pytest.fixture
def ada(agency: Agency) -> User:
    """The administrator."""
    return agency.ada
