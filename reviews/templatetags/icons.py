"""Icons, each drawn once: a list of a thousand notes has some thousands of them."""

from functools import lru_cache

from django import template
from lucide.templatetags.lucide import lucide

register = template.Library()


@register.simple_tag
@lru_cache(maxsize=256)
def icon(name: str, size: int = 14) -> str:
    """Draw an icon that stands beside its word."""
    return lucide(name, size=size, aria_hidden="true")
