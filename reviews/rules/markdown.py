"""The little Markdown of notes: emphasis, lists, quotes, code, links and mentions. What it becomes passes an allow-list.

A mention is written ``@[Name](person:<uuid>)``; pages that take notes insert it, people read ``@Name``.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from uuid import UUID

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererProtocol
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

MENTION = re.compile(
    r"@\[([^\[\]\n]{1,200})\]\(person:([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})\)"
)
KEPT_BELOW = 2_000  # characters: longer notes are rare, and not worth their room in the memory
_MEANS = ["list", "blockquote", "newline", "escape", "backticks", "emphasis", "link", "entity"]
_LINK = re.compile(r"(?:https?://|mailto:)\S", re.IGNORECASE)
# One line that no rule of Markdown could take for anything but words.
_PLAIN = re.compile(r"[^\W\d_][^\W_]*(?:[ ,;:?!'’“”…–—/%.()°€$\"-]+[^\W_]+)*[ ,;:?!'’“”…–—/%.()°€$\"-]*")
_ALLOWED = nh3.Cleaner(
    tags={"p", "br", "em", "strong", "ul", "ol", "li", "blockquote", "code", "a", "span"},
    attributes={"a": {"href"}, "ol": {"start"}},
    allowed_classes={"span": {"mention"}},
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
    link_rel="nofollow noopener noreferrer",
)


def render(body: str) -> SafeString:
    """Return the HTML of a note's words: the one place that vouches for markup made of what people typed."""
    return _kept(body) if len(body) <= KEPT_BELOW else _rendered(body)


def tokens(body: str) -> list[Token]:
    """Return the words as markdown-it takes them apart, for whoever writes something else than HTML of them."""
    return _MARKDOWN.parse(body)


def is_plain(body: str) -> bool:
    """Say whether no rule of Markdown takes these words for anything but words."""
    return _PLAIN.fullmatch(body) is not None


def plain(body: str) -> str:
    """Return the words with mentions as ``@Name``, everything else as it was typed."""
    return MENTION.sub(lambda found: f"@{found[1]}", body)


def mentioned(body: str) -> dict[UUID, str]:
    """Return who is mentioned, by id, with the name that was typed, in order."""
    named: dict[UUID, str] = {}
    for found in MENTION.finditer(body):
        named.setdefault(UUID(found[2]), found[1])
    return named


def with_names(body: str, name_of: Callable[[UUID], str]) -> str:
    """Return the words with every mention under the name that the person really has."""
    return MENTION.sub(lambda found: f"@[{_inside(name_of(UUID(found[2])))}](person:{found[2].lower()})", body)


def _inside(name: str) -> str:
    return " ".join(name.translate({ord("["): "(", ord("]"): ")"}).split())[:200]


@lru_cache(maxsize=4_096)
def _kept(body: str) -> SafeString:
    return _rendered(body)


def _rendered(body: str) -> SafeString:
    html = f"<p>{escape(body)}</p>" if is_plain(body) else _ALLOWED.clean(_MARKDOWN.render(body))
    # Safe: either escaped words between our own tags, or what the allow-list above let through; nothing else is joined to it.
    return mark_safe(html)  # noqa: S308 (see the line above; tests/reviews/rules/test_markdown.py tries to get past it)


def _mention(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 (the signature of a rule of markdown-it)
    found = MENTION.match(state.src, state.pos, state.posMax) if state.src[state.pos] == "@" else None
    if found is None:
        return False
    if not silent:
        state.push("mention", "span", 0).content = found[1]
    state.pos = found.end()
    return True


def _mention_html(
    renderer: RendererProtocol, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    return f'<span class="mention">@{escape(tokens[index].content)}</span>'


def _reader() -> MarkdownIt:
    """Markdown-it with its rules for these few means and no others: no HTML, no pictures, no headings, no bare addresses."""
    reader = MarkdownIt("zero", {"breaks": True, "html": False, "linkify": False}).enable(_MEANS)
    reader.inline.ruler.before("link", "mention", _mention)
    reader.add_render_rule("mention", _mention_html)
    reader.validateLink = lambda url: bool(_LINK.match(url))  # type: ignore[method-assign]  # its documented way
    return reader


_MARKDOWN = _reader()
