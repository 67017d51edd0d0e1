"""Make characters: subjects that a provider learns from a short clip, to be named in prompts."""

from django.db import transaction
from django.utils import timezone

from generations import catalog
from generations.actions import checks
from generations.models import Character, Project, ProviderAccount, Pulse, Reference
from generations.pipeline.characters import ATTEMPTS, can_make
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.jobs.queue import enqueue
from sorahub.ledger import record
from sorahub.lib.errors import Conflict, InvalidInput, Refused
from sorahub.lib.ids import uuid7

State = Character.State


def make_character(
    *, actor: User, project: Project, account: ProviderAccount, reference: Reference, name: str
) -> Character:
    """Ask for a character from a video reference of this project; job "character.create" makes the one call.

    Raises Forbidden, NotFound, InvalidInput (no name, not a video), Refused where the account's models know no
    characters, Conflict for a name in use or an archived project.
    """
    actor.demand(Permission.GENERATE)
    checks.require_seen(actor, Project.objects.all(), project)
    checks.require_seen(actor, ProviderAccount.objects.all(), account)
    checks.require_seen(actor, Reference.objects.filter(project=project), reference)
    checks.require_open(project)
    _require_offered(account)
    if reference.kind != Reference.Kind.VIDEO:
        raise InvalidInput("A character is made from a video.", fields={"reference": "Choose a video."})
    character = Character(
        project=project,
        account=account,
        reference=reference,
        name=checks.words(name, "name", "Name the character as prompts will call it."),
        created_by=actor,
    )
    with transaction.atomic():
        _require_free(character)
        checks.insert(character)
        key, payload = f"character.create:{character.pk}", {"character": str(character.pk)}
        enqueue("character.create", key=key, payload={**payload}, max_attempts=ATTEMPTS, subject_id=character.pk)
        Pulse.objects.bump(project)
        body = {
            "project": str(project.pk),
            "account": str(account.pk),
            "reference": reference.sha256,
            "name": record.conceal(character.name),
        }
        record.append(kind="character.asked", actor=actor.pk, client=project.client_id, subject=character, body=body)
    return character


def settle_character(*, actor: User, character: Character, remote_id: str = "") -> Character:
    """Say what became of a character whose answer is missing: the id it has at the provider, or nothing (it failed).

    Job "character.check" asks the provider about the id afterwards; one that it knows under no such id is unknown again.
    Raises Forbidden, NotFound, Conflict when there is nothing to settle.
    """
    actor.demand(Permission.GENERATE)
    checks.require_seen(actor, Character.objects.all(), character)
    found = remote_id.strip()[:300]
    outcome = State.READY if found else State.FAILED
    with transaction.atomic():
        rows = Character.objects.filter(pk=character.pk, state=State.UNKNOWN)
        if not rows.update(state=outcome, remote_id=found, error_code="", error_message=""):
            raise Conflict("Nothing is missing about this character.", code="not-unknown")
        if found:
            key, payload = f"character.check:{uuid7()}", {"character": str(character.pk), "remote_id": found}
            enqueue("character.check", key=key, payload={**payload}, subject_id=character.pk)
        Pulse.objects.bump(character.project)
        client, body = character.project.client_id, {"state": outcome.value, "remote_id": found}
        record.append(kind="character.settled", actor=actor.pk, client=client, subject=character, body=body)
    character.refresh_from_db()
    return character


def _require_free(character: Character) -> None:
    same = Character.objects.filter(account=character.account, project=character.project, name=character.name)
    if same.exclude(state=State.FAILED).exists():
        words = f"There is a character called {character} at this account already."
        raise Conflict(words, code="taken", fields={"name": words})


def offers_characters(account: ProviderAccount) -> bool:
    """Say whether any model of this account takes characters today, and its wire has a call to make them."""
    today = timezone.now().date()
    taken = any(row.route == account.route and row.characters for row in catalog.launchable(today))
    return taken and can_make(account)


def _require_offered(account: ProviderAccount) -> None:
    if not account.enabled:
        raise Refused(f"The account {account} is switched off.", code="account-disabled")
    if not offers_characters(account):
        words = f"The account {account} offers no way to make characters today."
        raise Refused(words, code="characters-unsupported")
