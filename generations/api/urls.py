"""Addresses."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from generations.api import footage, making, planning, schema

router = SimpleRouter(use_regex_path=False)
router.register("projects", planning.ProjectViewSet, "project")
router.register("members", planning.MemberViewSet, "member")
router.register("shots", planning.ShotViewSet, "shot")
router.register("prompts", planning.PromptViewSet, "prompt")
router.register("references", planning.ReferenceViewSet, "reference")
router.register("provider-accounts", making.ProviderAccountViewSet, "provider-account")
router.register("generations", making.GenerationViewSet, "generation")
router.register("batches", making.BatchViewSet, "batch")
router.register("uploads", footage.UploadViewSet, "upload")
router.register("clips", footage.ClipViewSet, "clip")
router.register("renditions", footage.RenditionViewSet, "rendition")
router.register("provenance-reports", footage.ProvenanceViewSet, "provenance-report")

urlpatterns = [path("models/", making.ModelsView.as_view(), name="models"), *router.urls]

__all__ = ["schema", "urlpatterns"]  # the schema module registers what guests get of a clip
