"""The words of a text, without what is no change of it: links' targets, counters, typography, Markdown's marks, white space.

What is left out is left out of comparing only; what was captured stays as it came. The same text always gives the same
words, and numbers, negations and the order of words are never touched.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from hashlib import sha256

from reviews.rules.noise import is_noise

NORMALISER = "sorahub-words/1"
CJK = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
Rule = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]

_UNSEEN = (
    *"\u00ad\u061c\u180e\ufeff", *map(chr, range(0x200B, 0x2010)), *map(chr, range(0x202A, 0x202F)),
    *map(chr, range(0x2060, 0x2070)), *map(chr, range(0xFE00, 0xFE10)),
)  # fmt: skip
_CHARACTERS = str.maketrans(
    dict.fromkeys(_UNSEEN, "")
    | dict.fromkeys("\u00a0\u1680\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B))), " ")
    | dict.fromkeys("‘’‚‛′´`ʼ", "'")
    | dict.fromkeys("“”„‟″«»", '"')
    | dict.fromkeys("‐‑‒–—―−﹘﹣", "-")
    | {"…": "...", "ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
    | {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
)
_TAGS = (
    "a|abbr|b|br|code|div|em|font|h[1-6]|hr|i|img|li|ol|p|s|small|span|strong|sub|sup|table|tbody|td|th|thead|tr|u|ul"
)
_UNIT = "(?:second|minute|hour|day|week|month|year)s?"
_AGO = rf"(?:(?:over|about|almost|more than) )?(?:\d{{1,4}}|an?|one) {_UNIT} ago"
_SEEN = "(?:last )?(?:updated|modified|edited|published|posted|reviewed)"
_COUNTERS = (
    rf"(?:{_SEEN}:? )?{_AGO}\.?", rf"{_SEEN}:? (?:just now|today|yesterday|(?:this|last|over a) (?:week|month|year)(?: ago)?)\.?",
    r"\d[\d.,]* (?:views?|likes?|shares?|comments?)", r"\d{1,3} min(?:ute)?s? read",
    r"(?:(?:Zuletzt )?(?:aktualisiert|geändert):? )?vor \d{1,4} (?:Sekunde|Minute|Stunde|Tag|Woche|Monat|Jahr)e?n?\.?",
    r"(?:最后|最近)?(?:更新|修改|编辑)?[:于]? ?\d{1,4} ?(?:秒|分钟|小时|天|周|个月|年)(?:之)?前(?:更新|修改|编辑)?",
)  # fmt: skip
_COUNTER_LINE = re.compile("|".join(_COUNTERS), re.IGNORECASE)
_LINK = re.compile(
    r'!?\[([^\[\]\n]{0,1000})\]\((?:<[^<>\n]*>|[^()\s]*(?:\([^()\s]*\)[^()\s]*)*)(?:[ \t]+"[^"\n]*")?[ \t]*\)'
)
_RULES: tuple[Rule, ...] = (
    (re.compile(r"[^\S\n]+"), " "),  # first: what follows is quick because blanks come alone
    (re.compile(r"<!--[^<]*?-->"), ""),
    (re.compile(r'^[ \t]*\[[^\[\]^\n][^\[\]\n]*\]:[ \t]+<?(?:https?://|mailto:|/|#)\S*[ \t]*(?:"[^"\n]*")?[ \t]*$', re.M), ""),
    (_LINK, r"\1"),
    (_LINK, r"\1"),  # a picture inside a link
    (re.compile(rf"</?(?:{_TAGS})(?:\s[^<>]*)?/?>", re.IGNORECASE), " "),
    (re.compile(r"<(https?://[^<>\s]+|[^<>\s@]+@[^<>\s@]+)>"), r"\1"),
    (re.compile(r"^[ \t]*(?:[-*_=][ \t]*){3,}$", re.M), ""),
    (re.compile(r"^[ \t]*\|?[ \t]*:?-{2,}[ \t|:-]*$", re.M), ""),
    (re.compile(r"^[ \t]*(?:(?:[-*+•·▪◦‣]|#{1,6})[ \t]+|>[ \t]?)+", re.M), ""),
    (re.compile(r"(?:(?<=[ \t])#+|\{#[^{}\n]*\}|¶)[ \t]*$", re.M), ""),
    (re.compile(r"\\(?=[\\`*_{}\[\]()#+\-.!|>~<])"), ""),
    (re.compile(r"[*`|]|~~|__|(?<!\w)_|_(?!\w)"), " "),
)  # fmt: skip
_BESIDE_CJK = re.compile(rf"(?<=[{CJK}、。《-】])\s+(?=\S)|(?<=\S)\s+(?=[{CJK}、。《-】])")
_BEFORE_MARK = re.compile(r"\s+(?=[.,;:!?)\]}](?:\s|$))|(?<=[(\[{])\s+")


def lines(text: str, noise: Sequence[re.Pattern[str]] = ()) -> list[str]:
    """Return the text's lines as words alone. Lines without words, counters, and lines that ``noise`` matches are left out."""
    bare = unicodedata.normalize("NFC", text)
    for pattern, replacement in _RULES:
        bare = pattern.sub(replacement, bare)
    tidied = (_tidied(line) for line in bare.translate(_CHARACTERS).split("\n"))
    return [line for line in tidied if line and not _COUNTER_LINE.fullmatch(line) and not is_noise(line, noise)]


def normalised(text: str, noise: Sequence[re.Pattern[str]] = ()) -> str:
    """Return the text's words in one line. Two texts with the same normalised text have the same words."""
    return joined(lines(text, noise))


def joined(words: Sequence[str]) -> str:
    """Return lines of words, as ``lines`` makes them, as one line: where they break is no difference."""
    return _tidied(" ".join(words))


def digest(text: str, noise: Sequence[re.Pattern[str]] = ()) -> str:
    """Return the SHA-256 of the normalised text, in hexadecimal."""
    return sha256(normalised(text, noise).encode("utf-8", "surrogatepass")).hexdigest()


def _tidied(line: str) -> str:
    words = " ".join(line.split())
    return _BEFORE_MARK.sub("", words if words.isascii() else _BESIDE_CJK.sub("", words))
