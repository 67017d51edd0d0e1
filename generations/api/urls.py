"""Addresses."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from generations.api import accounts, alarms, catalogue, characters, footage, invoices, making, money, planning, schema

router = SimpleRouter(use_regex_path=False)
router.register("projects", planning.ProjectViewSet, "project")
router.register("members", planning.MemberViewSet, "member")
router.register("shots", planning.ShotViewSet, "shot")
router.register("prompts", planning.PromptViewSet, "prompt")
router.register("references", planning.ReferenceViewSet, "reference")
router.register("provider-accounts", accounts.ProviderAccountViewSet, "provider-account")
router.register("generations", making.GenerationViewSet, "generation")
router.register("batches", making.BatchViewSet, "batch")
router.register("characters", characters.CharacterViewSet, "character")
router.register("budgets", money.BudgetViewSet, "budget")
router.register("spend-entries", money.SpendViewSet, "spend-entry")
router.register("invoices", invoices.InvoiceViewSet, "invoice")
router.register("alarms", alarms.AlarmViewSet, "alarm")
router.register("uploads", footage.UploadViewSet, "upload")
router.register("clips", footage.ClipViewSet, "clip")
router.register("renditions", footage.RenditionViewSet, "rendition")
router.register("provenance-reports", footage.ProvenanceViewSet, "provenance-report")

urlpatterns = [path("models/", catalogue.ModelsView.as_view(), name="models"), *router.urls]

__all__ = ["schema", "urlpatterns"]  # the schema module registers what guests get of a clip
