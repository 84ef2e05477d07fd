"""The fixed words of London's catalogue: the public API contract's vocabulary, and the territories of the demo."""

from asyncmy.connection import Connection

from demo.london import transaction
from demo.tables import Format, Licensor, Package, insert_missing

DOWNLOAD = "download"
SUBSCRIPTION_STREAMING = "subscriptionstreaming"
AD_SUPPORTED_STREAMING = "adsupportedstreaming"
PREVIEW = "preview"
STREAMING = (SUBSCRIPTION_STREAMING, AD_SUPPORTED_STREAMING)

STANDARD_PACKAGE = 2
PACKAGES = {2: "standard", 9: "premium", 12: "deluxe tier 1", 16: "deluxe tier 2", 17: "deluxe tier 3"}
FORMATS = {
    10: "PDF",
    17: "MP3 320",
    33: "AAC 320",
    45: "FLAC 16-bit 44.1kHz",
    52: "FLAC 24-bit 44.1kHz",
    58: "FLAC 24-bit 88.2kHz",
    60: "FLAC 24-bit 96kHz",
    62: "FLAC 24-bit 192kHz",
}
LICENSORS = {1: "Universal", 2: "Sony Music", 13: "EMI", 18: "Warner"}

# The territories in which the demo sells, with their currencies.
CURRENCIES = {
    "GB": "GBP", "US": "USD", "DE": "EUR", "FR": "EUR", "IE": "EUR",
    "JP": "JPY", "AU": "AUD", "CA": "CAD", "SE": "SEK", "BR": "BRL",
}  # fmt: skip

_ISO_3166_1 = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ "
    "CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR "
    "GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO "
    "JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR "
    "MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO "
    "RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV "
    "TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW"
)
TERRITORIES = frozenset(_ISO_3166_1.split())


async def write_vocabulary(connection: Connection) -> None:
    """Insert the packages, formats and licensors that are not there yet."""
    async with transaction(connection) as cursor:
        await insert_missing(cursor, [Package(*item) for item in PACKAGES.items()])
        await insert_missing(cursor, [Format(*item) for item in FORMATS.items()])
        await insert_missing(cursor, [Licensor(*item) for item in LICENSORS.items()])
