"""The response model: what the region's rows say, in the words, shapes and order of the public API contract.

Pure. A model is plain data whose members stand in the order of the answer. A value that is missing is `""` for text and
None for a number; a usage block that does not apply is absent.
"""

from typing import Final, NotRequired

from typing_extensions import TypedDict

from shared import answers
from shared.album import AlbumMetadata, Credit, TrackRow
from shared.answers import Blocks, Offer, TrackAvailability
from shared.question import Question
from shared.refusal import Refusal, not_available, not_found

IMAGES: Final = "http://cdn.7static.com/static/img"
NO_IMAGE: Final = 0
"""The id in the address of the image of someone who has none."""


class Artist(TypedDict):
    id: int
    name: str
    appearsAs: str
    slug: str
    image: str
    isPlaceholderImage: bool


class Named(TypedDict):
    """A label or a licensor."""

    id: int
    name: str


class Release(TypedDict):
    """A release as it stands in a track."""

    id: int
    title: str
    version: str
    type: str
    barcode: str
    artist: Artist | None
    slug: str
    image: str
    label: Named | None
    licensor: Named | None


class Price(TypedDict):
    currencyCode: str
    sevendigitalPrice: str | None
    recommendedRetailPrice: str | None


class Format(TypedDict):
    id: int
    description: str


class Package(TypedDict):
    id: int
    description: str
    price: Price
    formats: list[Format]


class Download(TypedDict):
    """Members stand in the order of the answer; `previewDate` is there only where a preview is licensed."""

    releaseDate: str
    previewDate: NotRequired[str]
    packages: list[Package]


class Streaming(TypedDict):
    releaseDate: str


class Track(TypedDict):
    id: int
    title: str
    version: str
    artist: Artist | None
    trackNumber: int
    duration: int | None
    explicitContent: bool
    isrc: str
    pline: str
    type: str
    release: Release
    discNumber: int
    number: int
    download: NotRequired[Download]
    subscriptionStreaming: NotRequired[Streaming]
    adSupportedStreaming: NotRequired[Streaming]


def track_details(
    metadata: TrackRow | None, availability: TrackAvailability | None, question: Question
) -> Track | Refusal:
    """The answer from a track's rows, which are of one version; None where there is no row."""
    subject = question.endpoint.subject
    if metadata is None or availability is None or availability["outcome"] == "not found":
        return not_found(subject)
    if availability["outcome"] == "not available":
        return not_available(subject, question.usage_types)
    track = make_track(metadata, question)
    add_blocks(track, availability["blocks"])
    return track


def make_track(row: TrackRow, question: Question) -> Track:
    track = row.track
    return {
        "id": track.track_id,
        "title": track.title,
        "version": track.version,
        "artist": make_artist(track.artist, question),
        "trackNumber": track.track_number,
        "duration": track.duration,
        "explicitContent": track.explicit,
        "isrc": track.isrc,
        "pline": track.p_line,
        "type": track.type,
        "release": make_release(row.release, question),
        "discNumber": track.disc_number,
        "number": track.number,
    }


def make_release(album: AlbumMetadata, question: Question) -> Release:
    label, licensor = album.label, album.licensor
    return {
        "id": album.album_id,
        "title": album.title,
        "version": album.version,
        "type": album.type,
        "barcode": album.barcode,
        "artist": make_artist(album.artist, question),
        "slug": album.slug,
        "image": image("sleeveart", album.album_id, question.release_image),
        "label": {"id": label.label_id, "name": label.name} if label else None,
        "licensor": {"id": licensor.licensor_id, "name": licensor.name} if licensor else None,
    }


def make_artist(credit: Credit | None, question: Question) -> Artist | None:
    if credit is None:
        return None
    pictured = NO_IMAGE if credit.is_placeholder_image else credit.artist_id
    return {
        "id": credit.artist_id,
        "name": credit.name,
        "appearsAs": credit.appears_as,
        "slug": credit.slug,
        "image": image("artistimages", pictured, question.artist_image),
        "isPlaceholderImage": credit.is_placeholder_image,
    }


def image(folder: str, id: int, size: int) -> str:
    """The address of an image, for an id of ten digits or of as many as it has."""
    digits = f"{id:010d}"
    return f"{IMAGES}/{folder}/{digits[:2]}/{digits[2:5]}/{digits[5:8]}/{digits}_{size}.jpg"


def add_blocks(track: Track, blocks: Blocks) -> None:
    """Adds the usage blocks that apply, in the order of the contract."""
    if download := blocks.get("download"):
        track["download"] = make_download(download)
    if subscription := blocks.get("subscriptionstreaming"):
        track["subscriptionStreaming"] = {"releaseDate": subscription["release_date"]}
    if ad_supported := blocks.get("adsupportedstreaming"):
        track["adSupportedStreaming"] = {"releaseDate": ad_supported["release_date"]}


def make_download(download: answers.Download) -> Download:
    packages = [make_package(offer) for offer in download["packages"]]
    if preview_date := download["preview_date"]:
        return {"releaseDate": download["release_date"], "previewDate": preview_date, "packages": packages}
    return {"releaseDate": download["release_date"], "packages": packages}


def make_package(offer: Offer) -> Package:
    return {
        "id": offer["package_id"],
        "description": offer["description"],
        "price": {
            "currencyCode": offer["currency"],
            "sevendigitalPrice": offer["price"],
            "recommendedRetailPrice": offer["recommended"],
        },
        "formats": [{"id": each.format_id, "description": each.description} for each in offer["formats"]],
    }
