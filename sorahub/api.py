"""The API's roof: what every app offers under /api/v1/, and the OpenAPI document."""

from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("sorahub.accounts.api.urls")),
    path("", include("generations.api.urls")),
    path("", include("reviews.api.urls")),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
]
