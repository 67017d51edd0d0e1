"""What gets judged, from annotation to evidence."""

from reviews.models.animatic import Animatic
from reviews.models.annotation import Annotation, Category, Shape, Visibility
from reviews.models.approval import Decision, ReasonKind, Stage, Verdict
from reviews.models.bundle import Bundle
from reviews.models.certificate import Certificate
from reviews.models.changes import (
    ChangeJudgement,
    ClauseFlag,
    ReReview,
    TermsChange,
    TermsSighting,
    TermsText,
)
from reviews.models.checklist import ChecklistTemplate, Depiction, DisclosureRule
from reviews.models.choosing import Pick
from reviews.models.counsel import CounselCode, CounselInvitation
from reviews.models.deliverable import Deliverable
from reviews.models.extension import ExpiryWarning, ExtensionRequest
from reviews.models.finding import CustomField, CustomValue, Findable, SavedView, SearchEntry, Tag, Tagging
from reviews.models.intake import TermsImport
from reviews.models.licence import (
    WORLD,
    Alteration,
    Finding,
    Hold,
    LicenceRecord,
    LicenceRecordVersion,
    Override,
    Purpose,
    RecordRelease,
    Release,
    Use,
)
from reviews.models.look import Look
from reviews.models.ranking import (
    Ranking,
    RankingEntry,
    RankingJudge,
    RankingPair,
    RankingResult,
    RankingVote,
)
from reviews.models.recall import Incident, Recall
from reviews.models.reference_release import ReferenceRelease
from reviews.models.review import Review, ReviewItem, ReviewParticipant, Share, Viewing
from reviews.models.sign_off import VERDICTS, Delivery, PresenceRequest, Reauthentication, SignOff
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
    "VERDICTS", "WORLD", "Alteration", "Animatic", "Annotation", "Attachment", "Bundle", "Category", "Certificate", "ChangeJudgement",
    "ChecklistTemplate", "Citation", "Clause", "ClauseFlag", "CounselCode", "CounselInvitation", "CustomField", "CustomValue", "Decision",
    "Deliverable", "Delivery", "Depiction", "DisclosureRule", "ExpiryWarning", "ExtensionRequest", "Findable", "Finding",
    "GoverningMember", "GoverningSet", "Hold", "Incident", "LicenceRecord", "LicenceRecordVersion", "LicensingNote", "Look", "Mention",
    "Notice", "Override", "Pick", "PresenceRequest", "Purpose", "Ranking", "RankingEntry", "RankingJudge", "RankingPair", "RankingResult",
    "RankingVote", "ReReview", "ReasonKind", "Reauthentication", "Recall", "RecordRelease", "ReferenceRelease", "Release", "Review",
    "ReviewItem", "ReviewParticipant", "SavedView", "SearchEntry", "Shape", "Share", "SignOff", "Stage", "Tag", "Tagging", "TermsChange",
    "TermsImport", "TermsSighting", "TermsSource", "TermsText", "TermsVersion", "Use", "Verdict", "Viewing",
    "Visibility", "Wording",
]  # fmt: skip
