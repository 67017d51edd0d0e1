"""Addresses of judging and clearing."""

from django.urls import path

from reviews.web import annotations, clip_rights, clips, egress, ledger, licences, reviews, rights, terms

app_name = "reviews"
urlpatterns = [
    path("clips/<uuid:pk>/", clips.clip, name="clip"),
    path("clips/<uuid:pk>/decisions/", clips.decide, name="decide"),
    path("clips/<uuid:pk>/threads/", annotations.threads, name="clip-threads"),
    path("clips/<uuid:pk>/annotations/", annotations.annotations, name="annotations"),
    path("annotations/<uuid:pk>/edit/", annotations.edit, name="annotation-edit"),
    path("annotations/<uuid:pk>/resolve/", annotations.resolve, name="annotation-resolve"),
    path("annotations/<uuid:pk>/reopen/", annotations.reopen, name="annotation-reopen"),
    path("annotations/<uuid:pk>/delete/", annotations.delete, name="annotation-delete"),
    path("reviews/", reviews.reviews, name="reviews"),
    path("reviews/<uuid:pk>/", reviews.review, name="review"),
    path("reviews/<uuid:pk>/close/", reviews.review_close, name="review-close"),
    path("reviews/<uuid:pk>/revoke/", reviews.review_revoke, name="review-revoke"),
    path("projects/<uuid:pk>/reviews/new/", reviews.review_new, name="review-new"),
    path("projects/<uuid:pk>/stages/", reviews.stages, name="stages"),
    path("projects/<uuid:pk>/releases/new/", clip_rights.release_new, name="release-new"),
    path("rights/", rights.rights, name="rights"),
    path("clips/<uuid:pk>/rights/", rights.clip_rights, name="clip-rights"),
    path("clips/<uuid:pk>/rights/notes/", clip_rights.licensing_note, name="licensing-note"),
    path("clips/<uuid:pk>/rights/holds/", clip_rights.hold_place, name="hold-place"),
    path("clips/<uuid:pk>/rights/exceptions/", clip_rights.override_request, name="override-request"),
    path("clips/<uuid:pk>/rights/draft/", licences.licence_draft, name="licence-draft"),
    path("clips/<uuid:pk>/download", egress.download, name="download"),
    path("holds/<uuid:pk>/lift/", clip_rights.hold_lift, name="hold-lift"),
    path("exceptions/<uuid:pk>/approve/", clip_rights.override_approve, name="override-approve"),
    path("records/<uuid:pk>/sign/", licences.sign, name="sign"),
    path("sign-offs/<uuid:pk>/", licences.sign_off, name="sign-off"),
    path("sign-offs/<uuid:pk>/bundles/", egress.bundle_request, name="bundle-request"),
    path("bundles/<uuid:pk>/download", egress.bundle_download, name="bundle-download"),
    path("terms/", terms.terms, name="terms"),
    path("terms/sources/new/", terms.terms_source_new, name="terms-source-new"),
    path("terms/sources/<uuid:pk>/", terms.terms_source, name="terms-source"),
    path("terms/sources/<uuid:pk>/capture/", terms.terms_capture, name="terms-capture"),
    path("terms/versions/<uuid:pk>/", terms.terms_version, name="terms-version"),
    path("terms/versions/<uuid:pk>/raw", terms.terms_raw, name="terms-raw"),
    path("terms/governing-sets/", terms.governing_sets, name="governing-sets"),
    path("terms/governing-sets/new/", terms.governing_set_new, name="governing-set-new"),
    path("terms/governing-sets/<uuid:pk>/", terms.governing_set, name="governing-set"),
    path("ledger/", ledger.ledger, name="ledger"),
]
