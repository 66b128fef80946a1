"""Input profiles: which column of a known data set holds the URL, the caption and the data set's own id.

A profile is recognised by its columns. Spelling counts: LAION writes ``URL`` and ``TEXT``, Re-LAION ``url`` and
``caption``, CC3M puts the caption before the URL. All columns that a profile does not map pass through untouched.

Sources of the column names: the data sets' own cards and the code of their public loaders, as of 2026-11.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from cleanset.errors import ConfigError

AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Fields:
    """What a profile makes of one row."""

    url: str | None
    caption: str | None
    uid: str | None
    columns: dict[str, str]


@dataclass(frozen=True, slots=True)
class Profile:
    """How one data set names its columns.

    Attributes:
        name: what ``--profile`` takes and the manifest's ``source`` says.
        doc: the data set, in a few words.
        url: columns that may hold the image's address, best first.
        caption: columns that may hold the text, best first.
        uid: columns that may hold the data set's own id, best first.
        needs: columns that are all there.
        any_of: columns of which at least one is there; empty asks for none.
        header: names of the columns of a table that has no header line.
    """

    name: str
    doc: str
    url: tuple[str, ...]
    caption: tuple[str, ...]
    uid: tuple[str, ...] = ()
    needs: frozenset[str] = frozenset()
    any_of: frozenset[str] = frozenset()
    header: tuple[str, ...] = field(default=())

    def fits(self, columns: Iterable[str]) -> bool:
        """Whether a table with these columns is of this data set. A profile that needs nothing fits none."""
        found = set(columns)
        if not self.needs or not self.needs <= found:
            return False
        return not self.any_of or bool(self.any_of & found)

    def split(self, columns: Mapping[str, str]) -> Fields:
        """URL, caption and id of a row, and the rest; a title that serves as the caption stays, for the credit."""
        rest = dict(columns)
        url, caption, uid = (_take(rest, names) for names in (self.url, self.caption, self.uid))
        if TITLE in columns:
            rest[TITLE] = columns[TITLE]
        return Fields(url, caption, uid, rest)


def _take(columns: dict[str, str], names: tuple[str, ...]) -> str | None:
    for name in names:
        if name in columns:
            return columns.pop(name)
    return None


URL_NAMES = ("url", "URL", "image_url", "imageurl", "image_URL", "downloadurl", "download_url", "img_url")
CAPTION_NAMES = ("caption", "TEXT", "text", "alt_text", "alt", "caption_text", "blip2_caption", "txt", "prompt")
TITLE = "title"
UID_NAMES = ("uid", "SAMPLE_ID", "id", "identifier", "image_id")

_LAION_URL = ("URL", "url")
_LAION_TEXT = ("TEXT", "caption", "text")

PROFILES = (
    Profile(
        "commoncatalog",
        "CommonCatalog: Flickr pictures of YFCC100M; its uid is the photographer's, not the picture's",
        url=("downloadurl", "url", "pageurl"),
        caption=("blip2_caption", "caption", "title"),
        uid=("photoid",),
        needs=frozenset({"photoid", "licenseurl"}),
    ),
    Profile(
        "laion400m",
        "LAION-400M metadata",
        url=_LAION_URL,
        caption=_LAION_TEXT,
        uid=("SAMPLE_ID",),
        needs=frozenset({"SAMPLE_ID", "URL", "TEXT", "LICENSE"}),
    ),
    Profile(
        "laion2b",
        "LAION-2B and LAION-5B metadata, original, joined, high-resolution, aesthetic and COCO",
        url=_LAION_URL,
        caption=_LAION_TEXT,
        uid=("SAMPLE_ID", "hash"),
        needs=frozenset({"URL", "TEXT"}),
        any_of=frozenset({"hash", "punsafe", "pwatermark", "similarity", "LANGUAGE", "aesthetic"}),
    ),
    Profile(
        "coyo700m",
        "COYO-700M metadata",
        url=("url",),
        caption=("text",),
        uid=("id",),
        needs=frozenset({"url", "text"}),
        any_of=frozenset({"image_phash", "clip_similarity_vitb32", "clip_similarity_vitl14"}),
    ),
    Profile(
        "datacomp",
        "DataComp CommonPool metadata",
        url=("url",),
        caption=("text", "caption"),
        uid=("uid",),
        needs=frozenset({"uid", "url", "text"}),
    ),
    Profile(
        "pd12m",
        "PD12M metadata, present and older column names",
        url=("url",),
        caption=("caption",),
        uid=("id",),
        needs=frozenset({"url", "caption", "mime_type"}),
        any_of=frozenset({"license", "license_type"}),
    ),
    Profile(
        "fondant",
        "Fondant CC-25M metadata",
        url=("image_url",),
        caption=("alt_text",),
        needs=frozenset({"image_url", "license_type"}),
    ),
    Profile(
        "wit",
        "Wikipedia-based Image Text",
        url=("image_url",),
        caption=("caption_reference_description", "caption_alt_text_description", "caption_attribution_description"),
        needs=frozenset({"image_url", "page_url", "caption_reference_description"}),
    ),
    Profile(
        "openverse",
        "Openverse catalogue",
        url=("url",),
        caption=("title",),
        uid=("identifier",),
        needs=frozenset({"url", "foreign_landing_url", "license"}),
    ),
    Profile(
        "relaion",
        "Re-LAION-5B metadata",
        url=("url", "URL"),
        caption=("caption", "TEXT"),
        uid=("hash",),
        needs=frozenset({"url", "caption"}),
        any_of=frozenset({"punsafe", "pwatermark"}),
    ),
    Profile(
        "img2dataset",
        "output of img2dataset, whatever it was run on",
        url=URL_NAMES,
        caption=CAPTION_NAMES,
        uid=UID_NAMES,
        needs=frozenset({"key", "status", "error_message"}),
    ),
    Profile(
        "cc12m",
        "Conceptual 12M: lines of URL, tab, caption, without a header",
        url=("url",),
        caption=("caption",),
        header=("url", "caption"),
    ),
    Profile(
        "cc3m",
        "Conceptual Captions: lines of caption, tab, URL, without a header",
        url=("url",),
        caption=("caption",),
        header=("caption", "url"),
    ),
    Profile("webdataset", "any WebDataset tar", url=URL_NAMES, caption=CAPTION_NAMES, uid=UID_NAMES),
    Profile("huggingface", "any Parquet with image bytes", url=URL_NAMES, caption=CAPTION_NAMES, uid=UID_NAMES),
    Profile("folder", "a folder of images", url=URL_NAMES, caption=CAPTION_NAMES),
    Profile("table", "any table with a URL column", url=URL_NAMES, caption=CAPTION_NAMES, uid=UID_NAMES),
)
"""In the order in which they are tried."""

_BY_NAME = {profile.name: profile for profile in PROFILES}
NAMES = tuple(_BY_NAME)


def named(name: str) -> Profile:
    """The profile of that name.

    Raises:
        ConfigError: there is none; the message lists the names.
    """
    try:
        return _BY_NAME[name]
    except KeyError:
        raise ConfigError(f"no profile is called {name!r}; known: {', '.join((AUTO, *NAMES))}") from None


def recognize(columns: Iterable[str]) -> Profile | None:
    """The first profile that fits the columns; ``table`` for any other table with a URL column; None without one."""
    found = list(columns)
    for profile in PROFILES:
        if profile.fits(found):
            return profile
    return named("table") if set(URL_NAMES) & set(found) else None


def recognize_headless(fields: list[str]) -> Profile | None:
    """The profile of a table without a header, by its first line: which of two fields is an address."""
    if len(fields) != len(named("cc12m").header):
        return None
    first, second = (text.startswith(("http://", "https://")) for text in fields)
    if first and not second:
        return named("cc12m")
    return named("cc3m") if second and not first else None
