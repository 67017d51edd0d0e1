"""Outside counsel at once: one invitation is good for one decision, one version for one signature. Real threads on PostgreSQL."""

from collections.abc import Callable

import pytest

from generations.models import Clip
from reviews.actions import counsel_codes, counsel_sign
from reviews.actions.counsel import Counsel, invite_counsel, withdraw_counsel
from reviews.actions.counsel_sign import Asking, Intended
from reviews.models import CounselInvitation, LicenceRecordVersion, Reauthentication, SignOff
from sorahub.ledger import audit
from sorahub.ledger.models import Event
from tests.people import Agency
from tests.reviews import world
from tests.reviews.actions.test_races import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]
APPROVE = {"meaning": "approved"}
REJECT = {"meaning": "rejected", "reason": "No release."}


def asked(agency: Agency, version: LicenceRecordVersion, name: str = "Rosa Kahn") -> CounselInvitation:
    """Ask a lawyer of another firm, who could watch the clip."""
    world.watchable(version.record.clip)
    counsel = Counsel(f"{name.split()[0].lower()}@kahn.example", name, "Kahn & Partners")
    return invite_counsel(actor=agency.lena, record_version=version, counsel=counsel)


def deciding(invitation: CounselInvitation, **words: str) -> Callable[[], SignOff]:
    """Prepare a decision up to its last code; the call enters that."""
    version, name = invitation.record_version, invitation.counsel.person.name
    said = Intended(typed_name=name, intent=True, shown_sha256=version.sha256, **words)
    code = counsel_sign.prepare(invitation, said)
    digits = counsel_codes.make(code)
    return lambda: counsel_sign.decide_by_counsel(
        invitation=invitation, said=said, code=code.pk, digits=digits, opened={}, asking=Asking("127.0.0.1", "test")
    )


def one_signature_and_a_whole_ledger() -> bool:
    """Whether the chains verify and tell of exactly one decision."""
    decided = Event.objects.filter(kind="counsel.decided").count()
    return (SignOff.objects.count(), decided, list(audit.verify())) == (1, 1, [])


def test_of_two_decisions_of_one_invitation_one_is_signed(
    agency: Agency, clip: Clip, version: LicenceRecordVersion
) -> None:
    invitation = asked(agency, version)
    results = at_once(deciding(invitation, **APPROVE), deciding(invitation, **REJECT))
    assert "done" in results
    assert set(results) - {"done"} <= {"invitation-ended", "already-signed"}
    assert results.count("done") == 1
    assert one_signature_and_a_whole_ledger()
    assert CounselInvitation.objects.get().sign_off == SignOff.objects.get()
    assert Reauthentication.objects.exclude(used_at=None).count() == 1


def test_of_two_counsel_on_one_version_one_signs(agency: Agency, clip: Clip, version: LicenceRecordVersion) -> None:
    invitations = [asked(agency, version), asked(agency, version, "Max Rath")]
    results = at_once(*(deciding(one, **APPROVE) for one in invitations))
    assert sorted(results) == ["already-signed", "done"]
    assert one_signature_and_a_whole_ledger()
    assert CounselInvitation.objects.exclude(decided_at=None).count() == 1


def test_one_code_entered_twice_signs_once(agency: Agency, clip: Clip, version: LicenceRecordVersion) -> None:
    decide = deciding(asked(agency, version), **APPROVE)
    results = at_once(decide, decide)
    assert results.count("done") == 1
    assert one_signature_and_a_whole_ledger()
    assert Reauthentication.objects.count() == 1


def test_withdrawn_or_decided(agency: Agency, clip: Clip, version: LicenceRecordVersion) -> None:
    invitation = asked(agency, version)
    mine = CounselInvitation.objects.for_list().get()
    results = at_once(
        deciding(invitation, **APPROVE), lambda: withdraw_counsel(actor=agency.lena, invitation=mine)
    )  # fmt: skip
    row = CounselInvitation.objects.get()
    assert sorted(results) == ["done", "invitation-ended"]
    assert (row.sign_off is not None, row.withdrawn_at is not None) == (
        (True, False) if results[0] == "done" else (False, True)
    )
    assert SignOff.objects.count() == (1 if results[0] == "done" else 0)
    assert list(audit.verify()) == []
