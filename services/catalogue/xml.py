"""Response models as XML: one line, no white space between elements, every empty element as `<x />`.

Markup is put together as text: a tree would cost several times as much and say no more. Only prices can be nil;
elsewhere a value that is missing is an empty element, or none where the contract lets it be absent.
"""

from services.catalogue.view import Artist, Download, Format, Named, Package, Price, Release, Streaming, Track
from shared import envelope
from shared.envelope import escape


def track_details(track: Track) -> bytes:
    """The whole answer of `~/track/details`."""
    return envelope.xml(render_track(track))


def render_track(track: Track) -> str:
    return identified(
        "track",
        track["id"],
        text("title", track["title"]),
        text("version", track["version"]),
        render_artist(track["artist"]),
        number("trackNumber", track["trackNumber"]),
        number("duration", track["duration"]),
        flag("explicitContent", track["explicitContent"]),
        text("isrc", track["isrc"]),
        optional("pline", track["pline"]),
        text("type", track["type"]),
        render_release(track["release"]),
        number("discNumber", track["discNumber"]),
        number("number", track["number"]),
        render_download(track.get("download")),
        render_streaming("subscriptionStreaming", track.get("subscriptionStreaming")),
        render_streaming("adSupportedStreaming", track.get("adSupportedStreaming")),
    )


def render_release(release: Release) -> str:
    """A release as it stands in a track."""
    return identified(
        "release",
        release["id"],
        text("title", release["title"]),
        text("version", release["version"]),
        text("type", release["type"]),
        text("barcode", release["barcode"]),
        render_artist(release["artist"]),
        text("slug", release["slug"]),
        text("image", release["image"]),
        render_named("label", release["label"]),
        render_named("licensor", release["licensor"]),
    )


def render_artist(artist: Artist | None) -> str:
    if artist is None:
        return element("artist", "")
    return identified(
        "artist",
        artist["id"],
        text("name", artist["name"]),
        text("appearsAs", artist["appearsAs"]),
        text("slug", artist["slug"]),
        text("image", artist["image"]),
        flag("isPlaceholderImage", artist["isPlaceholderImage"]),
    )


def render_named(name: str, named: Named | None) -> str:
    return element(name, "") if named is None else identified(name, named["id"], text("name", named["name"]))


def render_download(download: Download | None) -> str:
    if download is None:
        return ""
    return element(
        "download",
        text("releaseDate", download["releaseDate"])
        + optional("previewDate", download.get("previewDate", ""))
        + element("packages", "".join(render_package(package) for package in download["packages"])),
    )


def render_streaming(name: str, streaming: Streaming | None) -> str:
    return "" if streaming is None else element(name, text("releaseDate", streaming["releaseDate"]))


def render_package(package: Package) -> str:
    return identified(
        "package",
        package["id"],
        text("description", package["description"]),
        render_price(package["price"]),
        element("formats", "".join(render_format(format) for format in package["formats"])),
    )


def render_price(price: Price) -> str:
    return element(
        "price",
        text("currencyCode", price["currencyCode"])
        + amount("sevendigitalPrice", price["sevendigitalPrice"])
        + amount("recommendedRetailPrice", price["recommendedRetailPrice"]),
    )


def render_format(format: Format) -> str:
    return identified("format", format["id"], text("description", format["description"]))


def identified(name: str, id: int, *children: str) -> str:
    return f'<{name} id="{id}">{"".join(children)}</{name}>'


def element(name: str, content: str) -> str:
    """`content` is markup."""
    return f"<{name}>{content}</{name}>" if content else f"<{name} />"


def text(name: str, value: str) -> str:
    return element(name, escape(value))


def optional(name: str, value: str) -> str:
    """An element that is absent when there is no text for it."""
    return text(name, value) if value else ""


def number(name: str, value: int | None) -> str:
    return element(name, "" if value is None else str(value))


def flag(name: str, value: bool) -> str:
    return element(name, "true" if value else "false")


def amount(name: str, value: str | None) -> str:
    return f'<{name} xsi:nil="true" />' if value is None else text(name, value)
