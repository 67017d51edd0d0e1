"""Two people at once: one wins, the other is told, and the ledger stays whole. Real threads on PostgreSQL."""

import threading
from collections.abc import Callable, Iterator

import pytest
from django.db import connection

from generations.models import Clip, Membership
from reviews.actions.clear import clearance
from reviews.actions.overrides import approve_override, request_override
from reviews.actions.sign import revoke_sign_off, sign_record
from reviews.models import LicenceRecordVersion, Override, Reauthentication, SignOff
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.ledger import audit
from sorahub.lib.errors import DomainError
from tests.people import Agency, user
from tests.reviews import world
from tests.reviews.actions.test_overrides import tomorrow

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


@pytest.fixture(autouse=True)
def ledger_stays_whole(transactional_db: None) -> Iterator[None]:
    yield
    assert list(audit.verify()) == []


@pytest.fixture
def leo(agency: Agency) -> User:
    """A second lawyer."""
    lawyer = user("leo", Kind.LEGAL)
    Membership.objects.create(project=agency.aurora, user=lawyer)
    return lawyer


def at_once(*attempts: Callable[[], object]) -> list[str]:
    """Run the attempts in threads that start together; return "done" or the error's code of each, in their order."""
    start = threading.Barrier(len(attempts))
    results = ["lost"] * len(attempts)

    def run(number: int, attempt: Callable[[], object]) -> None:
        start.wait()
        try:
            attempt()
            results[number] = "done"
        except DomainError as error:
            results[number] = error.code
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(attempts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


def signing(
    lawyer: User, version: LicenceRecordVersion, proof: Reauthentication | None = None
) -> Callable[[], SignOff]:
    fresh = proof or Reauthentication.objects.create(user=lawyer)
    return lambda: sign_record(
        actor=lawyer, record_version=version, meaning="approved", reauthentication=fresh, shown_sha256=version.sha256
    )


def revoking(lawyer: User, sign_off: SignOff) -> Callable[[], SignOff]:
    fresh = Reauthentication.objects.create(user=lawyer)
    return lambda: revoke_sign_off(actor=lawyer, sign_off=sign_off, reason="Claim", reauthentication=fresh)


def granted(clip: Clip) -> bool:
    return clearance(clip=clip, **world.SCOPE).granted


def test_of_two_signers_one_signs(agency: Agency, leo: User, version: LicenceRecordVersion) -> None:
    results = at_once(signing(agency.lena, version), signing(leo, version))
    assert sorted(results) == ["already-signed", "done"]
    assert SignOff.objects.count() == 1
    assert Reauthentication.objects.exclude(used_at=None).count() == 1


def test_one_password_entry_gives_one_signature(agency: Agency, clip: Clip, version: LicenceRecordVersion) -> None:
    other = world.add_clip(agency.aurora, agency.alice, grey=50)
    for name, person in (("Creative", agency.bob), ("Client", agency.dora)):
        world.approve(other, agency.aurora.stages.get(name=name), person)
    second = world.draft(agency.bob, other, version.governing_set)
    proof = Reauthentication.objects.create(user=agency.lena)
    results = at_once(signing(agency.lena, version, proof), signing(agency.lena, second, proof))
    assert sorted(results) == ["done", "reauthenticate"]
    assert SignOff.objects.count() == 1


def test_of_two_revocations_one_counts(agency: Agency, leo: User, signed: SignOff) -> None:
    results = at_once(revoking(agency.lena, signed), revoking(leo, signed))
    assert sorted(results) == ["done", "not-revocable"]
    assert SignOff.objects.filter(meaning="revoked").count() == 1


def test_an_approval_does_not_overtake_a_revocation(agency: Agency, leo: User, clip: Clip, signed: SignOff) -> None:
    results = at_once(revoking(agency.lena, signed), signing(leo, signed.record_version))
    assert results == ["done", "already-signed"]
    assert not granted(clip)


def test_a_draft_that_comes_in_between_is_never_covered(
    agency: Agency, clip: Clip, version: LicenceRecordVersion
) -> None:
    def drafting() -> LicenceRecordVersion:
        return world.draft(agency.bob, clip, version.governing_set, uses=["cinema"])

    results = at_once(signing(agency.lena, version), drafting)
    assert results in (["done", "done"], ["stale-record", "done"])
    assert SignOff.objects.count() == results.count("done") - 1
    assert not granted(clip)


def test_drafts_at_once_get_versions_of_their_own(agency: Agency, clip: Clip) -> None:
    governing = world.governing(agency.lena)
    people = [agency.alice, agency.bob, agency.lena, agency.bob]
    results = at_once(*[lambda person=person: world.draft(person, clip, governing) for person in people])
    assert results == ["done"] * 4
    assert sorted(LicenceRecordVersion.objects.values_list("version", flat=True)) == [1, 2, 3, 4]


def test_an_override_is_approved_once(agency: Agency, leo: User, clip: Clip) -> None:
    asked = request_override(
        actor=agency.ada, clip=clip, block="route-unknown", reason="Because", expires_at=tomorrow()
    )
    results = at_once(
        lambda: approve_override(actor=agency.lena, override=Override.objects.get(pk=asked.pk)),
        lambda: approve_override(actor=leo, override=Override.objects.get(pk=asked.pk)),
    )
    assert sorted(results) == ["done", "override-settled"]


@pytest.mark.parametrize("both", [True, False])
def test_two_clients_are_not_promised_the_same_at_once(
    agency: Agency, leo: User, version: LicenceRecordVersion, both: bool
) -> None:
    """Each signature alone may be given; of two at once one finds the other, in whichever project it is."""
    rita = user("rita", Kind.REVIEWER)
    for each in (rita, leo):
        Membership.objects.create(project=agency.borealis, user=each)
    same = world.add_clip(agency.borealis, agency.ada)
    promise = world.draft(rita, same, version.governing_set, exclusive=True)
    norths = world.draft(agency.bob, version.record.clip, version.governing_set, exclusive=both)
    results = at_once(signing(agency.lena, norths), signing(leo, promise))
    assert sorted(results) == ["done", "not-signable"]
    assert SignOff.objects.count() == 1
