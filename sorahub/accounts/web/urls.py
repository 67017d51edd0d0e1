"""Addresses."""

from django.urls import path

from sorahub.accounts.web import agency, own, people, preferences

app_name = "people"
urlpatterns = [
    path("account/", own.account, name="account"),
    path("account/tokens/", own.issue, name="token-issue"),
    path("account/tokens/<uuid:pk>/revoke/", own.revoke, name="token-revoke"),
    path("account/mail/", own.mail, name="account-mail"),
    path("people/", people.people, name="people"),
    path("people/<uuid:pk>/deactivate/", people.close, name="deactivate"),
    path("people/<uuid:pk>/second-factor/reset/", people.reset_factor, name="factor-reset"),
    path("account/preferences/", preferences.preferences, name="preferences"),
    path("agency/", agency.agency, name="agency"),
    path("agency/logo.png", agency.logo, name="agency-logo"),
]
