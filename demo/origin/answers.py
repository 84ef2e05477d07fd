"""An answer's members in the contract's order (sections 2 and 3), in the shape of its JSON form."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

from demo.origin.catalogue import Artist, Company, Format, Package, Release, Track
from demo.origin.questions import Question
from demo.origin.rules import Availability

Value: TypeAlias = "dict[str, Value] | list[Value] | str | int | None"
Document: TypeAlias = dict[str, Value]

IMAGES = "http://cdn.7static.com/static/img"


def track_answer(track: Track, packages: Sequence[Package], allowed: Availability, question: Question) -> Document:
    """The whole of a `track/details` answer."""
    return {"track": track_document(track, question) | usage_blocks(allowed, packages)}


def track_document(track: Track, question: Question) -> Document:
    return {
        "id": track.track_id,
        "title": track.title,
        "version": track.version,
        "artist": artist_document(track.artist, question.artist_size),
        "trackNumber": track.track_number,
        "duration": track.duration,
        "explicitContent": track.explicit_content,
        "isrc": track.isrc,
        "pline": track.p_line,
        "type": track.type.lower(),
        "release": release_document(track.release, question),
        "discNumber": track.disc_number,
        "number": track.number,
    }


def release_document(release: Release, question: Question) -> Document:
    """A release as its track shows it."""
    return {
        "id": release.release_id,
        "title": release.title,
        "version": release.version,
        "type": release.type,
        "barcode": release.barcode,
        "artist": artist_document(release.artist, question.artist_size),
        "slug": release.slug,
        "image": image("sleeveart", release.release_id, question.release_size),
        "label": company_document(release.label),
        "licensor": company_document(release.licensor),
    }


def artist_document(artist: Artist, size: int) -> Document:
    return {
        "id": artist.artist_id,
        "name": artist.name,
        "appearsAs": artist.appears_as or artist.name,
        "slug": artist.slug,
        "image": image("artistimages", 0 if artist.is_placeholder_image else artist.artist_id, size),
        "isPlaceholderImage": artist.is_placeholder_image,
    }


def company_document(company: Company | None) -> Document | None:
    return None if company is None else {"id": company.company_id, "name": company.name}


def image(kind: str, image_id: int, size: int) -> str:
    """The address of a picture `size` pixels wide; its folders are the first eight of the id's ten digits."""
    digits = f"{image_id:010}"
    return f"{IMAGES}/{kind}/{digits[:2]}/{digits[2:5]}/{digits[5:8]}/{digits}_{size}.jpg"


def usage_blocks(allowed: Availability, packages: Sequence[Package]) -> Document:
    dates = allowed.release_dates
    blocks: Document = {}
    if "download" in dates:
        blocks["download"] = download_block(dates["download"], allowed.preview_date, packages)
    if "subscriptionstreaming" in dates:
        blocks["subscriptionStreaming"] = {"releaseDate": date(dates["subscriptionstreaming"])}
    if "adsupportedstreaming" in dates:
        blocks["adSupportedStreaming"] = {"releaseDate": date(dates["adsupportedstreaming"])}
    return blocks


def download_block(released: datetime, previewed: datetime | None, packages: Sequence[Package]) -> Document:
    block: Document = {"releaseDate": date(released)}
    if previewed is not None:
        block["previewDate"] = date(previewed)
    block["packages"] = [package_document(package) for package in packages]
    return block


def package_document(package: Package) -> Document:
    return {
        "id": package.package_id,
        "description": package.description,
        "price": {
            "currencyCode": package.currency,
            "sevendigitalPrice": price(package.price),
            "recommendedRetailPrice": price(package.recommended),
        },
        "formats": [format_document(one) for one in package.formats],
    }


def format_document(one: Format) -> Document:
    return {"id": one.format_id, "description": one.description}


def price(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.2f}"


def date(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
