"""How values look in admin lists: badges, short hashes, money."""

from django.template.loader import render_to_string
from django.utils.html import format_html

from sorahub.lib.amounts import money_words

MICRO = 1_000_000


def state(word: str, label: str | None = None) -> str:
    """Return a stored state as the badge that every other page shows too."""
    return render_to_string("components/state.html", {"state": word, "label": label})


def short(digest: str) -> str:
    """Return the first twelve characters of a hash, with the whole of it as its title."""
    return format_html('<code title="{}">{}</code>', digest, digest[:12]) if digest else "–"


def money(micro: int | None, currency: str) -> str:
    """Return millionths as words, such as 0.40 USD; a dash where nothing is known."""
    return money_words(micro, currency) or "–"
