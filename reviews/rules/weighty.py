"""Words that carry rights and duties, as data: by language, what the filter never takes for a mere change of wording."""

NEGATION, MODAL, LIMIT = "negation", "modal", "limit"
MONEY, DATE, NUMBER, PARTY = "money", "date", "number", "party"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


WORDS: dict[str, dict[str, frozenset[str]]] = {
    "en": {
        NEGATION: _words("no not non none never neither nor nothing without cannot refuse deny prohibit prohibited forbid forbidden"),
        MODAL: _words("may must shall should will would can could might ought required requires permitted allowed entitled"),
        LIMIT: _words(
            "only solely except excluding exclude excludes exclusive exclusively non-exclusive include including unless until if "
            "provided all any each every or either perpetual irrevocable worldwide royalty-free sublicensable transferable "
            "non-transferable unlimited limited sole material written consent own owns owned ownership assign assigns assigned "
            "commercial non-commercial personal"
        ),
        NUMBER: _words(
            "one two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty sixty ninety hundred "
            "thousand million billion once twice half double"
        ),
        DATE: _words(
            "january february march april june july august september october november december day days week weeks month months "
            "year years annually monthly immediately"
        ),
        PARTY: _words("licensor licensee assignor assignee lessor lessee employer employee indemnitor indemnitee"),
    },
    "de": {
        NEGATION: _words("nicht nie niemals kein keine keinen keiner keinem keines ohne weder noch untersagt verboten unzulässig"),
        MODAL: _words("darf dürfen muss müssen soll sollen sollte kann können könnte wird werden berechtigt verpflichtet"),
        LIMIT: _words(
            "nur ausschließlich ausser außer ausgenommen sofern soweit falls wenn denn oder alle jede jeder jedes weltweit "
            "unwiderruflich unbefristet unentgeltlich übertragbar eigentum gewerblich kommerziell privat"
        ),
        NUMBER: _words("eins zwei drei vier fünf sechs sieben acht neun zehn zwölf zwanzig dreißig hundert tausend"),
        DATE: _words(
            "januar februar märz april mai juni juli august september oktober november dezember tag tage tagen woche wochen monat "
            "monate monaten jahr jahre jahren unverzüglich"
        ),
    },
    "zh": {
        NEGATION: frozenset("不无未禁勿非"),
        MODAL: frozenset("须应必"),
        LIMIT: frozenset("仅除只"),
        NUMBER: frozenset("一二两三四五六七八九十百千万亿"),
        DATE: frozenset("年月日天"),
    },
}  # fmt: skip
CURRENCIES = _words("usd eur gbp cny rmb jpy chf dollar dollars euro euros pounds yuan 元 円 $ € £ ¥")
NEGATING = ("un", "in", "im", "ir", "non", "non-", "dis", "mis", "il")
ENGLISH = "en"


def of(language: str) -> dict[str, frozenset[str]]:
    """Return the words of a language, such as en or zh-CN; none for a language that is not known here."""
    return WORDS.get(language.partition("-")[0].casefold(), {})
