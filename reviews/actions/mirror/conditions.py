"""Each code of clearance with its condition in SQL, and codes as bits of one number.

The names in the conditions are columns of the statement's steps: ``base`` (the clip, its newest record version, the sign-off
on it), ``narrowed`` (few enough codes to look further), ``further`` (what all other tables say of these).
"""

from collections.abc import Iterable, Mapping

from reviews.actions.mirror.dialect import Dialect
from reviews.models import WORLD, Use
from reviews.rules.consents import CONSENTS, PERSONAL
from reviews.rules.reasons import WORDS

BITS: dict[str, int] = {code: 1 << place for place, code in enumerate(WORDS)}
"""A bit for each code there is. They are of one run of the program and never stored."""


def codes(number: int) -> frozenset[str]:
    """Return the codes whose bits are set."""
    return frozenset(code for code, bit in BITS.items() if number & bit)


def either(conditions: Mapping[str, str]) -> str:
    """The bits of all codes whose condition holds in a row."""
    return " | ".join(f"CASE WHEN {told} THEN {bit(code)} ELSE 0 END" for code, told in conditions.items())


def bit(code: str) -> str:
    """The bit of a code as SQL."""
    return f"CAST({BITS[code]} AS bigint)"


def of_clip() -> dict[str, str]:
    """What speaks against the clip itself, or against its signature where there is one."""
    return {
        "quarantined": "quarantined_at IS NOT NULL",
        "withdrawn": "withdrawn_at IS NOT NULL",
        "hold": "held IS NOT NULL",
        "incident": "stopped IS NOT NULL",
        "no-record": "version_id IS NULL",
        "hash-mismatch": "clip_sha256 <> sha256 OR signed_sha256 <> sha256",
        "revoked": "revocation_id IS NOT NULL",
        "rejected": "revocation_id IS NULL AND meaning <> 'approved'",
        "timestamp-pending": "revocation_id IS NULL AND meaning = 'approved' AND paused IS NULL AND unstamped",
        "sign-off-suspended": "revocation_id IS NULL AND meaning = 'approved' AND paused IS NOT NULL",
    }


def of_version(dialect: Dialect, asked: Mapping[str, str]) -> dict[str, str]:
    """What the record version says to the question by its own columns alone. ``asked``: places of the question's values in the text."""
    return {
        "after-end": f"{asked['at']} >= ends_at",
        "ends-too-early": f"{asked['at']} < ends_at AND ends_at <= {asked['last']}",
        "before-start": f"{asked['at']} < starts_at",
        "use-not-in-scope": f"version_id IS NOT NULL AND NOT {dialect.has('uses', asked['use'])}",
        "territory-not-in-scope": f"version_id IS NOT NULL AND {_not_there(dialect, 'territories', asked['territory'])}",
        "purpose-not-in-scope": f"schema > 1 AND NOT {dialect.has('purposes', asked['purpose'])}",
        "ownership-no": "ownership = 'no'",
        "ownership-unknown": "ownership NOT IN ('yes', 'no')",
        "commercial-use-no": "commercial_use = 'no'",
        "commercial-use-unknown": "commercial_use NOT IN ('yes', 'no')",
    }


def of_record(dialect: Dialect, asked: Mapping[str, str]) -> dict[str, str]:
    """What the record says to the question together with its governing set and its clip."""
    made = f"COALESCE(declared_made_on, {dialect.day('created_at', 'time_zone')})"
    return {
        "client-not-in-scope": f"version_id IS NOT NULL AND client_id <> {asked['client']}",
        "governing-set-missing": "version_id IS NOT NULL AND governing_route = ''",
        "route-unknown": "version_id IS NOT NULL AND route = ''",
        "route-not-governed": "governing_route <> '' AND route <> '' AND governing_route <> route",
        "terms-changed": f"last_day >= follows_from OR (bound_from < {asked['never']} AND {made} >= bound_from)",
    }


def none_of(conditions: Iterable[str]) -> str:
    """Whether no condition holds, for a WHERE; what is not known does not hold. A CASE, of which the planner takes it that every
    second row passes: multiplying its own guesses it comes to expect a single row, and then to walk through tables for each.
    """
    return f"CASE WHEN {' OR '.join(f'({told})' for told in conditions)} THEN FALSE ELSE TRUE END"


def _not_there(dialect: Dialect, column: str, place: str) -> str:
    return f"NOT {_there(dialect, column, place)}"


def of_depictions(dialect: Dialect, asked: Mapping[str, str]) -> dict[str, str]:
    """What the consents say: ``d`` is a depiction, ``r`` its release, ``n`` the clip with its record."""
    wrong = " OR ".join(f"(d.kind = '{kind}' AND r.kind NOT IN ({_list(kinds)}))" for kind, kinds in CONSENTS.items())
    elsewhere = _not_there(dialect, "r.territories", asked["territory"])
    ended = "(n.first_day > r.valid_until AND (r.of_age_on IS NULL OR n.first_day < r.of_age_on))"
    over = "(n.first_day > r.valid_until OR n.first_day >= r.of_age_on)"
    real = {
        "release-missing": "d.release_id IS NULL",
        "release-withdrawn": "r.withdrawn_at IS NOT NULL",
        "release-wrong-kind": f"({wrong})",
        "release-without-ai": f"d.kind IN ({_list(PERSONAL)}) AND r.ai_use <> 'yes'",
        "release-use-not-covered": f"r.id IS NOT NULL AND NOT {dialect.has('r.uses', asked['use'])}",
        "release-territory-not-covered": f"r.id IS NOT NULL AND {elsewhere}",
        "release-not-yet-valid": "n.first_day < r.valid_from",
        "minor-of-age": "n.first_day >= r.of_age_on",
        "release-expired": ended,
        "release-ends-before-term": f"(n.last_day > r.valid_until OR n.last_day >= r.of_age_on) AND NOT COALESCE({over}, FALSE)",
        "release-exclusive": "EXISTS (SELECT 1 FROM exclusives e WHERE e.release_id = r.id AND e.category = n.category)",
    }
    known = {code: f"d.real = 'yes' AND {told}" for code, told in real.items()}
    return {"depiction-unknown": "d.real = 'unknown'", **known}


def of_releases() -> dict[str, str]:
    """What the releases say on which a record of the first schema rests."""
    return {
        "release-withdrawn": "r.withdrawn_at IS NOT NULL",
        "release-not-yet-valid": "n.first_day < r.valid_from",
        "release-expired": "n.first_day > r.valid_until",
        "release-ends-before-term": "n.first_day <= r.valid_until AND n.last_day > r.valid_until",
    }


def of_parents(dialect: Dialect, asked: Mapping[str, str]) -> dict[str, str]:
    """What binds a clip from those it was made from: ``c`` is such a clip, ``v`` its newest record version, ``w`` that in force."""
    refused = """EXISTS (
            SELECT 1 FROM reviews_signoff s WHERE s.record_version_id = v.id AND (s.meaning IN ('rejected', 'revoked')
                OR (s.meaning = 'suspended' AND NOT EXISTS (SELECT 1 FROM reviews_signoff z WHERE z.reinstates_id = s.id)))
        )"""
    wide, signed = (f"{each}.id IS NOT NULL AND NOT {allows(dialect, asked, each)}" for each in ("v", "w"))
    return {
        "parent-stopped": f"""c.quarantined_at IS NOT NULL OR c.withdrawn_at IS NOT NULL OR h.clip_id IS NOT NULL
            OR i.clip_id IS NOT NULL OR {refused}""",
        "parent-without-record": "v.id IS NULL",
        "parent-not-in-scope": f"({wide}) OR ({signed})",
    }


def allows(dialect: Dialect, asked: Mapping[str, str], v: str) -> str:
    """Whether use, place, purpose and the whole time asked for lie inside the scope of the record version ``v``."""
    return f"""(
        {dialect.has(f"{v}.uses", asked["use"])} AND {_there(dialect, f"{v}.territories", asked["territory"])}
        AND ({v}.schema = 1 OR {dialect.has(f"{v}.purposes", asked["purpose"])})
        AND {v}.starts_at <= {asked["at"]} AND ({v}.ends_at IS NULL OR {asked["last"]} < {v}.ends_at)
    )"""


def overlaps(dialect: Dialect, asked: Mapping[str, str], *, anywhere: bool) -> str:
    """Whether the promise ``v`` covers some of what is asked: a use, a place, and any of the time."""
    place = "TRUE" if anywhere else _there(dialect, "v.territories", asked["territory"])
    return f"""{dialect.has("v.uses", asked["use"])} AND {place}
        AND v.starts_at <= {asked["last"]} AND (v.ends_at IS NULL OR {asked["at"]} < v.ends_at)"""


def _there(dialect: Dialect, column: str, place: str) -> str:
    world = dialect.has(column, f"'{WORLD}'")
    return f"({dialect.has(column, place)} OR {world})"


def at_last(dialect: Dialect, use: str) -> dict[str, str]:
    """What is told by all further rows together (``f``): ``n`` is the clip with its record."""
    market = f"o.market = '' OR {_there(dialect, 'n.territories', 'o.market')}"
    unfilled = f"""n.schema > 1 AND n.checklist_id IS NULL AND EXISTS (
        SELECT 1 FROM offers o WHERE (o.everybody OR o.client_id = n.client_id) AND ({market})
    )"""
    owed = """n.schema > 1 AND EXISTS (
        SELECT 1 FROM duties d WHERE d.since <= n.last_day AND n.first_day <= d.until
            AND (d.depicts < 0 OR (d.depicts & COALESCE(f.kinds, 0)) <> 0) AND (d.bit & COALESCE(f.duties, 0)) = 0
    )"""
    undisclosed = "" if use == Use.INTERNAL else "(n.schema = 1 AND n.depicted AND NOT n.disclosed) OR "
    return {
        "stage-not-passed": "COALESCE(f.stages, 0) < COALESCE(wanted.stages, 0)",
        "depicted-undeclared": "n.version_id IS NOT NULL AND NOT n.depicted AND NOT n.none_depicted AND COALESCE(f.shown, 0) = 0",
        "release-missing": "n.schema = 1 AND n.depicted AND COALESCE(f.rested, 0) = 0",
        "checklist-open": f"COALESCE(f.known, 0) < COALESCE(demanded.answers, 0) OR ({unfilled})",
        "disclosure-missing": f"{undisclosed}({owed})",
    }


def _list(words: Iterable[str]) -> str:
    return ", ".join(f"'{word}'" for word in sorted(str(word) for word in words))
