"""The demo agency: two clients, three projects, people of all five kinds. Made through the same actions as anybody's."""

import base64
import secrets
from dataclasses import dataclass

from django.conf import settings

from generations.actions import budgets, projects, provider_accounts
from generations.models import Budget, Project, ProviderAccount
from sorahub.accounts.actions import clients, people, tokens
from sorahub.accounts.actions.agency import set_agency_profile
from sorahub.accounts.models import AgencyProfile, ApiToken, Client, User
from sorahub.accounts.roles import Kind

DOMAIN = "sorahub.example"
ACCOUNT = "Embedded generation service"
TOKEN_DAYS = 90


@dataclass(frozen=True)
class Somebody:
    """A person of the demo: key in ``demo.json``, name, kind, and the codes of their projects."""

    key: str
    name: str
    kind: Kind
    projects: tuple[str, ...]

    @property
    def email(self) -> str:
        """The address that this person logs in with."""
        return f"{self.key}@{DOMAIN}"


@dataclass(frozen=True)
class Wire:
    """The embedded service under one of the dialects it speaks."""

    name: str
    route: str
    dialect: str
    path: str
    signs: bool = False


OPENAI = Wire(ACCOUNT, "sandbox", "openai_videos", "v1", signs=True)
OTHERS = (
    Wire("Embedded service, Kling dialect", "sandbox-kling", "kling", "kling"),
    Wire("Embedded service, Ark dialect", "sandbox-ark", "ark", "api/v3"),
    Wire("Embedded service, declared example", "sandbox-example", "declared:example", "example"),
)
PROJECTS = {
    "AURORA": ("Aurora Coffee", "Spring launch", "Three shots for the spring campaign, warm and quiet."),
    "AURORA-APP": ("Aurora Coffee", "Loyalty app film", "One film for the app store page."),
    "RIDGE": ("Nordwind Outdoor", "Ridge jacket", "A storm on the ridge, and somebody who does not mind."),
}
EVERY = tuple(PROJECTS)
PEOPLE = (
    Somebody("alice", "Alice Moreau", Kind.PRODUCER, EVERY),
    Somebody("bob", "Bob Tanaka", Kind.REVIEWER, EVERY),
    Somebody("dora", "Dora Lind", Kind.GUEST, ("AURORA", "AURORA-APP")),
    Somebody("carol", "Carol Nord", Kind.GUEST, ("RIDGE",)),
    Somebody("lena", "Lena Okafor", Kind.LEGAL, EVERY),
)
ADMINISTRATOR = Somebody("ada", "Ada Field", Kind.ADMINISTRATOR, ())


PRIVACY = "We keep your address, when you were here, which frames you watched, and what you write and decide."


@dataclass(frozen=True)
class Agency:
    """What the demo works with."""

    people: dict[str, User]
    projects: dict[str, Project]
    account: ProviderAccount


def found(password: str) -> Agency:
    """Make what is missing of the demo agency and return it. All accounts share one password."""
    ada = _administrator(password)
    if not AgencyProfile.objects.current().name:
        set_agency_profile(actor=ada, name="Lumen Post", contact=f"hello@{DOMAIN}", privacy_words=PRIVACY)
    everybody = {ADMINISTRATOR.key: ada} | {who.key: _person(ada, who, password) for who in PEOPLE}
    alice = everybody["alice"]
    made = {code: _project(alice, code) for code in PROJECTS}
    for who in PEOPLE:
        for code in who.projects:
            projects.add_member(actor=alice, project=made[code], user=everybody[who.key])
    for service in OTHERS:
        _account(ada, service)
    _budget(ada, made["AURORA"])
    return Agency(everybody, made, _account(ada, OPENAI))


def issue_tokens(everybody: dict[str, User]) -> dict[str, str]:
    """Issue a fresh read-and-write token for each person; those of earlier runs are revoked."""
    secrets_by_person = {}
    for key, user in everybody.items():
        for old in ApiToken.objects.visible_to(user).filter(name="demo", revoked_at=None):
            tokens.revoke_token(actor=user, token=old)
        secrets_by_person[key] = tokens.issue_token(actor=user, name="demo", scope="write", days=TOKEN_DAYS)[1]
    return secrets_by_person


def _administrator(password: str) -> User:
    found_user = User.objects.filter(email=ADMINISTRATOR.email).first()
    return found_user or User.objects.create_superuser(ADMINISTRATOR.email, password, name=ADMINISTRATOR.name)


def _person(ada: User, who: Somebody, password: str) -> User:
    user = User.objects.filter(email=who.email).first()
    if user is not None:
        return user
    return people.add_person(
        actor=ada, name=who.name, email=who.email, kind=who.kind, password=password, time_zone="Europe/Berlin"
    )


def _project(alice: User, code: str) -> Project:
    client_name, name, brief = PROJECTS[code]
    client = Client.objects.filter(name=client_name).first() or clients.add_client(actor=alice, name=client_name)
    existing = Project.objects.filter(client=client, code=code).first()
    return existing or projects.create_project(actor=alice, client=client, name=name, code=code, brief=brief)


def _account(ada: User, service: Wire) -> ProviderAccount:
    base_url = f"{settings.SANDBOX_URL}/{service.path}"
    account = ProviderAccount.objects.filter(name=service.name).first()
    if account is None:
        return provider_accounts.add_account(
            actor=ada,
            name=service.name,
            route=service.route,
            dialect=service.dialect,
            base_url=base_url,
            api_key=f"demo-{secrets.token_urlsafe(16)}",
            webhook_secret=_webhook_secret() if service.signs else "",
            contracting_party="None: the embedded service is part of SoraHub",
            plan="Demo",
        )
    if account.base_url != base_url:
        provider_accounts.change_account(actor=ada, account=account, base_url=base_url)
    return account


def _budget(ada: User, project: Project) -> None:
    """A limit that the demo's own generations stay far below."""
    if not Budget.objects.filter(project=project).exists():
        budgets.add_budget(
            actor=ada,
            name=f"{project.name}, generations",
            project=project,
            soft_micro=40_000_000,
            hard_micro=50_000_000,
        )


def _webhook_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode("ascii")
