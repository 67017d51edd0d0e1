"""Territories: ISO 3166-1 alpha-2 codes, and WORLD."""

from collections.abc import Iterable

from reviews.models import WORLD

# ISO 3166-1 as of 2026: the 249 officially assigned codes.
_ASSIGNED = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ "
    "CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO "
    "FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE "
    "JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO "
    "MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW "
    "PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM "
    "TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW"
)
CODES = frozenset(_ASSIGNED.split())
MEANT = {
    "UK": "GB (United Kingdom)", "EU": "each member state", "EL": "GR (Greece)", "EUROPE": "each country by its code",
    "WORLDWIDE": "WORLD", "GLOBAL": "WORLD", "USA": "US", "AUSTRALIA": "AU", "AUSTRIA": "AT", "BELGIUM": "BE",
    "BRAZIL": "BR", "CANADA": "CA", "CHINA": "CN", "DENMARK": "DK", "DEUTSCHLAND": "DE", "ENGLAND": "GB",
    "FINLAND": "FI", "FRANCE": "FR", "GERMANY": "DE", "GREECE": "GR", "INDIA": "IN", "IRELAND": "IE", "ITALY": "IT",
    "JAPAN": "JP", "MEXICO": "MX", "NETHERLANDS": "NL", "NORWAY": "NO", "POLAND": "PL", "PORTUGAL": "PT",
    "SPAIN": "ES", "SWEDEN": "SE", "SWITZERLAND": "CH", "TURKEY": "TR", "UKRAINE": "UA",
}  # fmt: skip


def known(territory: str) -> bool:
    """Say whether this is a country code or WORLD."""
    return territory == WORLD or territory in CODES


def normalised(territories: Iterable[str]) -> list[str]:
    """Return the codes in capitals, each once, sorted; WORLD takes in everything else."""
    codes = {territory.strip().upper() for territory in territories} - {""}
    return [WORLD] if WORLD in codes else sorted(codes)


def problem(territories: Iterable[str]) -> str | None:
    """Return what is wrong with these codes in words, or None."""
    codes = normalised(territories)
    if not codes:
        return "Name at least one territory, or WORLD."
    wrong = [f"{code} (meant: {MEANT[code]}?)" if code in MEANT else code for code in codes if not known(code)]
    return f"Not a two-letter country code: {', '.join(wrong)}." if wrong else None
