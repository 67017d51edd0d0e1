"""What changed while somebody was away from a record, or while they read it, for the page on which it is signed."""

from dataclasses import dataclass
from datetime import datetime

from django.forms import Form

from reviews.actions import looking
from reviews.actions.looking import Seen
from reviews.actions.since import Change, changes_since, differences
from reviews.models import LicenceRecordVersion
from sorahub.accounts.models import User


@dataclass(frozen=True)
class Since:
    """What changed after a moment; ``differences`` are the parts in which the version differs from the one of that moment."""

    at: datetime
    changes: list[Change]
    differences: list[str]

    def __bool__(self) -> bool:
        return bool(self.changes or self.differences)


def since(user: User, version: LicenceRecordVersion, seen: Seen) -> Since | None:
    """What changed since this person had looked before; None when they look for the first time."""
    return _since(user, version, seen.before_at) if seen.before_at else None


def meanwhile(user: User, version: LicenceRecordVersion, form: Form) -> Since | None:
    """What changed after the page was shown whose form was sent, where that is not what there is any more."""
    said = form.data.get(form.add_prefix("shown_sha256"), "") if form.is_bound else ""
    if not said or said in {version.sha256, looking.shown_hash(version, user)}:
        return None
    shown_at = looking.shown_at(user, version, said)
    return _since(user, version, shown_at) if shown_at else None


def _since(user: User, version: LicenceRecordVersion, at: datetime) -> Since:
    changes = changes_since([version], {version.pk: at}, user).get(version.pk, [])
    return Since(at, changes, differences(version, at))
