"""All addresses of the hub."""

from allauth.socialaccount.views import login_cancelled
from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path

from sorahub import api, health, well_known
from sorahub.accounts.adapter import closed
from sorahub.events import events
from sorahub.styleguide import styleguide

urlpatterns = [
    path("api/v1/", include((api.urlpatterns, "api"))),
    path("", include("reviews.web.home_urls")),
    path("", include("generations.web.urls")),
    path("", include("reviews.web.urls")),
    path("", include("sorahub.accounts.web.urls")),
    path("accounts/email/", closed),
    path("accounts/second-factor/", include("sorahub.accounts.web.second_factor_urls")),
    path("accounts/sign-on/cancelled/", login_cancelled, name="socialaccount_login_cancelled"),
    path("accounts/", include("allauth.socialaccount.providers.openid_connect.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
    re_path(r"^events/(?P<kind>projects|clips)/(?P<pk>[0-9a-f-]{36})/$", events, name="events"),
    path(".well-known/sorahub-keys.json", well_known.keys, name="keys"),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
]

if settings.STYLEGUIDE:
    urlpatterns += [path("styleguide/", styleguide, name="styleguide")]

handler500 = "sorahub.problems.broken"
