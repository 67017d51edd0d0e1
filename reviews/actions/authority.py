"""By what right a person signs one record version: a legal approver by their office, outside counsel by an invitation."""

from typing import Protocol

from generations.actions import checks
from reviews.models import LicenceRecordVersion, SignOff
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind, Permission


class Authority(Protocol):
    """Answers whether a person may sign this version now, as whom, and hears of it when they have."""

    def demand(self, actor: User, version: LicenceRecordVersion) -> None:
        """Raise Forbidden, NotFound or Conflict unless they may. Asked first, and once more under the record's lock."""

    def role(self, signer: User) -> str:
        """Say in what capacity they sign, as the signed text keeps it."""

    def settle(self, sign_off: SignOff) -> None:
        """Take note of the signature, in its transaction and before it is ledgered. Raises Conflict where the right was used up."""


class Office:
    """The right of legal approvers, to every version that they may see."""

    def demand(self, actor: User, version: LicenceRecordVersion) -> None:
        """Raise Forbidden for who does not sign, NotFound for what they may not see."""
        actor.demand(Permission.SIGN)
        checks.require_seen(actor, LicenceRecordVersion.objects.all(), version)

    def role(self, signer: User) -> str:
        """The account's kind."""
        return str(Kind(signer.kind).label)

    def settle(self, sign_off: SignOff) -> None:
        """Nothing is used up by a signature."""


OFFICE = Office()
