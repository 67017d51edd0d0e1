"""What tests of changed terms share: a change between two captured versions, and a person's word on it."""

from datetime import date

from reviews.actions.impact import after_judgement
from reviews.models import ChangeJudgement, TermsChange, TermsVersion
from sorahub.accounts.models import User


def change_of(before: TermsVersion, after: TermsVersion, suggestion: str = "unsure") -> TermsChange:
    """Return what lies between two versions: recorded when the later one was captured, or said here of any other pair."""
    return TermsChange.objects.get_or_create(before=before, after=after, defaults={"suggestion": suggestion})[0]


def judge(
    lena: User, change: TermsChange, verdict: str, reason: str = "Read", binds_from: date | None = None
) -> ChangeJudgement:
    """Give a verdict on the change, with all that follows from it."""
    judgement = ChangeJudgement.objects.create(
        change=change, verdict=verdict, reason=reason, binds_from=binds_from, judged_by=lena
    )
    after_judgement(actor=lena, judgement=judgement)
    return judgement
