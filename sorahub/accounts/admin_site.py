"""The admin site: Django's own, made ours. What is not scoped by ``visible_to`` cannot be registered on it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib.admin import AdminSite, site
from django.contrib.admin.apps import AdminConfig
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from sorahub.accounts.roles import Kind

STAFF = frozenset({Kind.PRODUCER, Kind.LEGAL, Kind.ADMINISTRATOR})
LEFT_OUT = frozenset({"view_on_site"})  # it would tell which ids exist, whoever asks


@dataclass(frozen=True)
class Panel:
    """A part of the front page: its template, and what fills it for one person (None: nothing for this person)."""

    template: str
    facts: Callable[[Any], dict[str, Any] | None]
    last: bool = False


class HubSite(AdminSite):
    """The hub's admin site. It takes scoped pages only, and leaves log-in to the hub's own log-in page."""

    site_header = "SoraHub"
    site_title = "SoraHub admin"
    index_title = "What waits, what failed, what it costs"
    enable_nav_sidebar = True

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.panels: list[Panel] = []
        self.disable_action("delete_selected")

    def register(
        self,
        model_or_iterable: type[Model] | Iterable[type[Model]],
        admin_class: type[Any] | None = None,
        **options: Any,
    ) -> None:
        """Register pages derived from ScopedAdmin; other packages' pages know nothing of who may see what, and stay out."""
        if getattr(admin_class, "is_scoped", False):
            super().register(model_or_iterable, admin_class, **options)

    def add_panel(self, panel: Panel) -> None:
        """Put a panel on the front page; apps add theirs in the order of INSTALLED_APPS, ``last`` ones come at the end."""
        self.panels = sorted([*self.panels, panel], key=lambda each: each.last)

    def has_permission(self, request: HttpRequest) -> bool:
        """Let active staff in. A guest or reviewer never is, whatever a flag says."""
        user = request.user
        return user.is_authenticated and user.is_active and user.is_staff and user.kind in STAFF

    @method_decorator(never_cache)
    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Show the panels above the list of models."""
        filled = ((panel.template, panel.facts(request.user)) for panel in self.panels)
        panels = [{"template": template, "facts": facts} for template, facts in filled if facts is not None]
        return super().index(request, {**(extra_context or {}), "panels": panels})

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send strangers to the hub's log-in; for people without a place here there is no such page."""
        if self.has_permission(request):
            return HttpResponseRedirect(reverse("admin:index"))
        if request.user.is_authenticated:
            raise Http404
        onwards = request.GET.get("next") or reverse("admin:index")
        return HttpResponseRedirect(f"{reverse('account_login')}?{urlencode({'next': onwards})}")

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Send people to the hub's log-out page."""
        return HttpResponseRedirect(reverse("account_logout"))

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Send people to the hub's own page for it."""
        return HttpResponseRedirect(reverse("account_change_password"))

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """Leave out addresses that answer for rows nobody scoped."""
        return [each for each in super().get_urls() if getattr(each, "name", "") not in LEFT_OUT]


def add_panel(template: str, facts: Callable[[Any], dict[str, Any] | None], *, last: bool = False) -> None:
    """Put a panel on the front page of the hub's site. Called by an app's admin module."""
    cast("HubSite", site).add_panel(Panel(template, facts, last))


class HubAdmin(AdminConfig):
    """Django's admin app with the hub's site as its default."""

    default = False
    default_site = "sorahub.accounts.admin_site.HubSite"
