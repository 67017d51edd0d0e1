"""Scripts asked for together: without this a browser learns of a module only once it has read the one that imports it."""

import re
from functools import lru_cache
from pathlib import Path, PurePosixPath

from django import template
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

register = template.Library()
_IMPORT = re.compile(r'^import\s+(?:[^"\']*?\s+from\s+)?"\./([\w-]+\.js)"', re.MULTILINE)


@register.simple_tag
def module_preloads(entry: str) -> SafeString:
    """Link every module that the entry module needs, nearest first, so that the browser fetches them at once."""
    return format_html_join("", '<link rel="modulepreload" href="{}">', ((static(name),) for name in modules_of(entry)))


@lru_cache(maxsize=16)
def modules_of(entry: str) -> tuple[str, ...]:
    """Return the static names of the modules that this one imports, and those that these import, each once."""
    found: dict[str, None] = {}
    waiting = [entry]
    while waiting:
        name = waiting.pop(0)
        for imported in _imports(name):
            if imported not in found:
                found[imported] = None
                waiting.append(imported)
    return tuple(found)


def _imports(name: str) -> list[str]:
    path = finders.find(name)
    source = Path(path).read_text(encoding="utf-8") if isinstance(path, str) else ""
    return [str(PurePosixPath(name).with_name(other)) for other in _IMPORT.findall(source)]
