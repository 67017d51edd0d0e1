"""The API's roof: what every app offers under /api/v1/, and the OpenAPI document."""

from typing import NoReturn

from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request
from rest_framework.views import APIView

from sorahub.lib.errors import NotFound


@extend_schema(exclude=True)
class Nowhere(APIView):
    """Every other address below /api/v1/, by every method: a problem like any other, never a page or a redirect."""

    def initial(self, request: Request, *args: object, **kwargs: object) -> NoReturn:
        """Refuse those who are not logged in like everywhere; to the others, say that nothing is here."""
        super().initial(request, *args, **kwargs)
        raise NotFound("There is nothing at this address. Ids are UUIDs, and every address ends with a slash.")


urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("reviews.api.urls")),
    path("", include("sorahub.accounts.api.urls")),
    path("", include("generations.api.urls")),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("<path:rest>", Nowhere.as_view(), name="nowhere"),
]
