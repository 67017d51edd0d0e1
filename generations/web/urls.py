"""Addresses."""

from django.urls import path

from generations.web import (
    generations,
    given,
    launching,
    media,
    people,
    projects,
    provider_accounts,
    references,
    shots,
    uploads,
    webhooks,
)

app_name = "generations"
urlpatterns = [
    path("projects/", projects.projects, name="projects"),
    path("projects/new/", projects.project_new, name="project-new"),
    path("projects/<uuid:pk>/", projects.project, name="project"),
    path("projects/<uuid:pk>/live/", projects.project_live, name="project-live"),
    path("projects/<uuid:pk>/archive/", projects.archive, name="project-archive"),
    path("projects/<uuid:pk>/people/", people.people, name="project-people"),
    path("projects/<uuid:pk>/people/<uuid:user_pk>/remove/", people.remove, name="project-person-remove"),
    path("projects/<uuid:pk>/shots/new/", shots.shot_new, name="shot-new"),
    path("projects/<uuid:pk>/upload/", uploads.upload, name="upload"),
    path("projects/<uuid:pk>/references/", references.references, name="references"),
    path("references/<uuid:pk>/file", media.reference, name="reference-file"),
    path("clients/", people.clients, name="clients"),
    path("shots/<uuid:pk>/", shots.shot, name="shot"),
    path("shots/<uuid:pk>/live/", shots.shot_live, name="shot-live"),
    path("shots/<uuid:pk>/select/", shots.select, name="shot-select"),
    path("shots/<uuid:pk>/prompts/new/", shots.prompt_new, name="prompt-new"),
    path("prompts/<uuid:pk>/generate/", launching.generate, name="generate"),
    path("prompts/<uuid:pk>/generate/preview/", launching.preview, name="generate-preview"),
    path("generations/<uuid:pk>/", generations.generation, name="generation"),
    path("generations/<uuid:pk>/live/", generations.generation_live, name="generation-live"),
    path("generations/<uuid:pk>/cancel/", generations.cancel, name="generation-cancel"),
    path("generations/<uuid:pk>/retry/", generations.retry, name="generation-retry"),
    path("uploads/<uuid:pk>/", uploads.upload_state, name="upload-state"),
    path("provider-accounts/", provider_accounts.accounts, name="provider-accounts"),
    path("provider-accounts/new/", provider_accounts.account_new, name="provider-account-new"),
    path("provider-accounts/<uuid:pk>/", provider_accounts.account, name="provider-account"),
    path("provider-accounts/<uuid:pk>/test/", provider_accounts.test, name="provider-account-test"),
    path("webhooks/<uuid:pk>/", webhooks.webhook, name="webhook"),
    path("webhooks/<uuid:pk>/<uuid:generation_pk>/<str:token>/", webhooks.webhook_of, name="webhook-of"),
    path("given/<uuid:pk>/<str:token>", given.given, name="given"),
    path("clips/<uuid:pk>/original", media.original, name="clip-original"),
    path("clips/<uuid:pk>/renditions/<slug:kind>", media.rendition, name="clip-rendition"),
]
