"""Addresses."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from generations.api import (
    accounts,
    alarms,
    batches,
    catalogue,
    characters,
    footage,
    imports,
    invoices,
    kept_words,
    making,
    money,
    planning,
    prompts,
    references,
    schema,
    transfers,
)

router = SimpleRouter(use_regex_path=False)
router.register("projects", planning.ProjectViewSet, "project")
router.register("members", planning.MemberViewSet, "member")
router.register("shots", planning.ShotViewSet, "shot")
router.register("prompts", prompts.PromptViewSet, "prompt")
router.register("snippets", kept_words.SnippetViewSet, "snippet")
router.register("templates", kept_words.TemplateViewSet, "template")
router.register("sheets", kept_words.SheetViewSet, "sheet")
router.register("known-names", prompts.NameViewSet, "known-name")
router.register("references", references.ReferenceViewSet, "reference")
router.register("reference-changes", references.ReferenceChangeViewSet, "reference-change")
router.register("reference-intakes", references.ReferenceIntakeViewSet, "reference-intake")
router.register("provider-accounts", accounts.ProviderAccountViewSet, "provider-account")
router.register("generations", making.GenerationViewSet, "generation")
router.register("batches", batches.BatchViewSet, "batch")
router.register("characters", characters.CharacterViewSet, "character")
router.register("budgets", money.BudgetViewSet, "budget")
router.register("spend-entries", money.SpendViewSet, "spend-entry")
router.register("invoices", invoices.InvoiceViewSet, "invoice")
router.register("alarms", alarms.AlarmViewSet, "alarm")
router.register("uploads", footage.UploadViewSet, "upload")
router.register("imports", imports.ImportViewSet, "import")
router.register("import-rows", imports.ImportRowViewSet, "import-row")
router.register("transfers", transfers.TransferViewSet, "transfer")
router.register("clips", footage.ClipViewSet, "clip")
router.register("renditions", footage.RenditionViewSet, "rendition")
router.register("provenance-reports", footage.ProvenanceViewSet, "provenance-report")

urlpatterns = [path("models/", catalogue.ModelsView.as_view(), name="models"), *router.urls]

__all__ = ["schema", "urlpatterns"]  # the schema module registers what guests get of a clip
