"""What gets judged, from annotation to evidence."""

from reviews.models.annotation import Annotation, Category, Shape, Visibility
from reviews.models.approval import Decision, ReasonKind, Stage, Verdict
from reviews.models.choosing import Pick
from reviews.models.licence import (
    WORLD,
    Finding,
    Hold,
    LicenceRecord,
    LicenceRecordVersion,
    Override,
    RecordRelease,
    Release,
    Use,
)
from reviews.models.review import Review, ReviewItem, ReviewParticipant, Share, Viewing
from reviews.models.sign_off import Bundle, Delivery, Reauthentication, SignOff
from reviews.models.talk import Attachment, Mention, Notice, Wording
from reviews.models.terms import (
    Citation,
    Clause,
    GoverningMember,
    GoverningSet,
    LicensingNote,
    TermsSource,
    TermsVersion,
)

__all__ = [
    "WORLD", "Annotation", "Attachment", "Bundle", "Category", "Citation", "Clause", "Decision", "Delivery", "Finding",
    "GoverningMember", "GoverningSet", "Hold", "LicenceRecord", "LicenceRecordVersion", "LicensingNote", "Mention", "Notice",
    "Override", "Pick", "ReasonKind", "Reauthentication", "RecordRelease", "Release", "Review", "ReviewItem",
    "ReviewParticipant", "Shape", "Share", "SignOff", "Stage", "TermsSource", "TermsVersion", "Use", "Verdict", "Viewing",
    "Visibility", "Wording",
]  # fmt: skip
