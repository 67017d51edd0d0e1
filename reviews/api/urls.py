"""Addresses."""

from rest_framework.routers import SimpleRouter

from reviews.api import (
    calling_back,
    changes,
    choosing,
    clearing,
    costs,
    counsel,
    drafting_many,
    duties,
    finding,
    intake,
    keeping,
    library,
    note_files,
    putting,
    ranking,
    reference_releases,
    rereviews,
    rights,
    story,
    talking,
)

router = SimpleRouter(use_regex_path=False)
router.register("projects", talking.ProjectStagesViewSet, "project-stages")
router.register("annotations", talking.AnnotationViewSet, "annotation")
router.register("stages", talking.StageViewSet, "stage")
router.register("decisions", talking.DecisionViewSet, "decision")
router.register("reviews", putting.ReviewViewSet, "review")
router.register("terms-sources", rights.SourceViewSet, "terms-source")
router.register("terms-versions", rights.VersionViewSet, "terms-version")
router.register("clauses", rights.ClauseViewSet, "clause")
router.register("governing-sets", rights.GoverningSetViewSet, "governing-set")
router.register("licensing-notes", rights.NoteViewSet, "licensing-note")
router.register("licence-records", rights.RecordViewSet, "licence-record")
router.register("licence-record-versions", rights.RecordVersionViewSet, "licence-record-version")
router.register("releases", rights.ReleaseViewSet, "release")
router.register("reference-releases", reference_releases.ReferenceReleaseViewSet, "reference-release")
router.register("sign-offs", clearing.SignOffViewSet, "sign-off")
router.register("clips", clearing.ClipRightsViewSet, "clip-rights")
router.register("holds", clearing.HoldViewSet, "hold")
router.register("overrides", clearing.OverrideViewSet, "override")
router.register("deliveries", clearing.DeliveryViewSet, "delivery")
router.register("deliverables", clearing.DeliverableViewSet, "deliverable")
router.register("bundles", clearing.BundleViewSet, "bundle")
router.register("animatics", story.AnimaticViewSet, "animatic")
router.register("stories", story.StoryViewSet, "story")
router.register("shapes", talking.ShapeViewSet, "shape")
router.register("attachments", talking.AttachmentViewSet, "attachment")
router.register("clips", note_files.ClipNotesViewSet, "clip-notes")
router.register("reviews", note_files.ReviewNotesViewSet, "review-notes")
router.register("note-sheets", note_files.NoteSheetViewSet, "note-sheet")
router.register("clips", choosing.ClipPickViewSet, "clip-pick")
router.register("incidents", calling_back.IncidentViewSet, "incident")
router.register("recalls", calling_back.RecallViewSet, "recall")
router.register("checklists", duties.ChecklistViewSet, "checklist")
router.register("disclosure-rules", duties.RuleViewSet, "disclosure-rule")
router.register("extension-requests", clearing.ExtensionRequestViewSet, "extension-request")
router.register("terms-changes", changes.ChangeViewSet, "terms-change")
router.register("clause-flags", changes.FlagViewSet, "clause-flag")
router.register("terms-captures", intake.CaptureViewSet, "terms-capture")
router.register("terms-imports", intake.ImportViewSet, "terms-import")
router.register("re-reviews", rereviews.ReReviewViewSet, "re-review")
router.register("terms-changes", rereviews.ChangeImpactViewSet, "change-impact")
router.register("redrafts", drafting_many.RedraftViewSet, "redraft")
router.register("counsel-invitations", counsel.CounselInvitationViewSet, "counsel-invitation")
router.register("rankings", ranking.RankingViewSet, "ranking")
router.register("costs", costs.CostsViewSet, "costs")
router.register("search", finding.SearchViewSet, "search")
router.register("tags", keeping.TagViewSet, "tag")
router.register("custom-fields", keeping.CustomFieldViewSet, "custom-field")
router.register("clips", keeping.ClipFieldsViewSet, "clip-fields")
router.register("shots", keeping.ShotFieldsViewSet, "shot-fields")
router.register("saved-views", keeping.SavedViewViewSet, "saved-view")
router.register("library", library.LibraryViewSet, "library")

urlpatterns = router.urls
