"""All addresses of the hub."""

from django.contrib import admin
from django.urls import include, path, re_path

from sorahub import api, health
from sorahub.events import events

urlpatterns = [
    path("", include("reviews.web.home_urls")),
    path("", include("generations.web.urls")),
    path("", include("reviews.web.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", include((api.urlpatterns, "api"))),
    re_path(r"^events/(?P<kind>projects|clips)/(?P<pk>[0-9a-f-]{36})/$", events, name="events"),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
]
