"""What gets judged, from annotation to evidence."""

from reviews.models.annotation import Annotation, Category, Shape, Visibility
from reviews.models.approval import (
    Decision,
    Review,
    ReviewItem,
    ReviewParticipant,
    Share,
    Stage,
    Verdict,
)
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
from reviews.models.sign_off import Bundle, Delivery, Reauthentication, SignOff
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
    "WORLD", "Annotation", "Bundle", "Category", "Citation", "Clause", "Decision", "Delivery", "Finding", "GoverningMember",
    "GoverningSet", "Hold", "LicenceRecord", "LicenceRecordVersion", "LicensingNote", "Override", "Reauthentication",
    "RecordRelease", "Release", "Review", "ReviewItem", "ReviewParticipant", "Shape", "Share", "SignOff", "Stage",
    "TermsSource", "TermsVersion", "Use", "Verdict", "Visibility",
]  # fmt: skip
