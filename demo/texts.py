"""Invented titles and names, some of them in the scripts and with the characters that break careless programs."""

import re
import unicodedata
from random import Random

_WORDS = (
    "Amber", "Bridge", "Cinder", "Distant", "Early", "Fathom", "Garden", "Harbour", "Inland",
    "Juniper", "Kestrel", "Lantern", "Marble", "Northern", "Orchard", "Paper", "Quiet", "River",
    "Silver", "Timber", "Under", "Velvet", "Winter", "Yellow", "Arcade", "Beacon", "Copper",
    "Drift", "Ember", "Ferry", "Glass", "Hollow", "Island", "Ladder", "Meadow", "Night",
)  # fmt: skip

AWKWARD = (
    "Salt & Stone",
    "<3 of Hearts",
    "a > b, b < c",
    "“Quoted” and \"quoted\" and 'quoted'",
    "C:\\temp\\100%",
    "]]>",
    "&amp; already",
    "Ærø Øst Ångström",
    "冬の港",
    "安静的河",
    "밤의 등대",
    "ليل الميناء",
    "שקט בנמל",
    "Тихая река",
    "Ήσυχος ποταμός",
    "🎷 Sax 🎺",
    "👩‍👩‍👧 Family 🏴󠁧󠁢󠁳󠁣󠁴󠁿",
    "𝔊𝔬𝔱𝔥𝔦𝔠 𠮷野",
    "e\u0301te\u0301 de\u0301compose\u0301",
    "Z̷a̴l̵g̶o̸",
    "tab\there",
    "two\nlines",
    "carriage\r\nreturn",
    "  spaces around  ",
    "non\u00a0breaking and zero\u200bwidth",
    "left\u202eright",
)

# XML 1.0 forbids these; London has them all the same.
FORBIDDEN = ("bell\x07bell", "null\x00null", "\x1bescape", "vertical\x0btab", "not a character \ufffe", "\uffff last")

_CREDITS = ("{} feat. {}", "{} & {}", "{} vs. {}", "{}, with {}", "{} (as {})")
VERSIONS = ("Album Version", "Remastered", "Live", "Explicit Version", "Radio Edit", "Deluxe", '12" Mix', "版本二")


def title(rng: Random) -> str:
    """One to three words; now and then an awkward text instead, rarely one with a character that XML forbids."""
    words = (" ".join(rng.sample(_WORDS, rng.randint(1, 3))),)
    (source,) = rng.choices((words, AWKWARD, FORBIDDEN), (88, 11, 1))
    return rng.choice(source)


def credit(rng: Random) -> str:
    """How an artist appears on a track or a release, other than by name."""
    return rng.choice(_CREDITS).format(title(rng), title(rng))


def missing_or(rng: Random, text: str, share_missing: float) -> str | None:
    """The text, or in a share of the cases one of the two ways of having none: NULL and the empty text."""
    if rng.random() < share_missing:
        return rng.choice((None, ""))
    return text


def slug(text: str) -> str:
    """Letters and digits in ASCII, accents dropped, joined by hyphens; empty where the text has none."""
    letters = (letter for letter in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(letter))
    return "-".join(re.findall("[a-z0-9]+", "".join(letters)))
