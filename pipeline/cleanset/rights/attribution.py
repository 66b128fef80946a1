"""Attribution as Creative Commons recommends it: title, author, source, license (TASL), in text, HTML and JSON."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cleanset.rights.book.license import License

UNTITLED = "Untitled work"
UNKNOWN_CREATOR = "an unknown creator"
_UNSEEN = re.compile(r"[\x00-\x20\x7f-\xa0\u2028-\u202e\u2066-\u2069]+")
"""White space, control characters, and marks that turn the direction of all text behind them."""
_SIGN_IN = re.compile(r"(?<=://)[^/?#]*@")
"""Name and password in an address."""
_SIGNED = re.compile(
    r"(?<=[?&])(?:x-(?:amz|goog)-[^=&#]*|signature|sig|awsaccesskeyid|googleaccessid|key-pair-id|policy|token"
    r"|access_token|auth_token|api[-_]?key)=[^&#]*(?:&|(?=#|$))",
    re.IGNORECASE,
)
"""Keys and signatures in a query, which let in whoever has the address: those of Amazon S3 and CloudFront, Google Cloud
Storage (V2 and V4) and Azure Storage, and the usual names of a key."""
_IDLE_MARK = re.compile(r"[?&]+(?=#|$)")
"""What stands before a query that is gone."""


@dataclass(frozen=True, slots=True)
class Credit:
    """What one picture's attribution is made of.

    Attributes:
        title: of the work; None if it has none.
        creator: who made it; None if nobody is named.
        source: its address; None if unknown.
        licenses: name (or SPDX id) and address of each license; the address may be None.
        notices: copyright notices with their years, as found.
        texts: places of the license texts that lie beside the credit.
    """

    title: str | None
    creator: str | None
    source: str | None
    licenses: tuple[tuple[str, str | None], ...]
    notices: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()

    def to_text(self) -> str:
        """One paragraph of plain text."""
        title = f'"{_shown(self.title)}"' if self.title else UNTITLED
        names = " and ".join(name for name, _ in self.licenses)
        sentence = f"{title} by {_shown(self.creator or UNKNOWN_CREATOR)} is licensed under {names}."
        source = f" Source: {_public(self.source)}." if self.source else ""
        addresses = " and ".join(address for _, address in self.licenses if address)
        visit = f" To view a copy of this license, visit {addresses}." if addresses else ""
        notices = f" Notice: {'; '.join(map(_shown, self.notices))}." if self.notices else ""
        texts = f" License text: {', '.join(self.texts)}." if self.texts else ""
        return sentence + source + visit + notices + texts

    def to_html(self) -> str:
        """The same as an HTML fragment; everything that comes from outside is escaped, and only web addresses link."""
        title = _link(_shown(self.title or UNTITLED), _public(self.source) if self.source else None)
        names = " and ".join(_link(name, address, rel="license") for name, address in self.licenses)
        credit = f"{title} by {html.escape(_shown(self.creator or UNKNOWN_CREATOR))} is licensed under {names}."
        notices = "".join(f"<br>{html.escape(_shown(notice))}" for notice in self.notices)
        texts = ", ".join(f'<a href="{html.escape(text)}">{html.escape(text)}</a>' for text in self.texts)
        return credit + notices + (f"<br>License text: {texts}" if texts else "")

    def to_json(self) -> dict[str, object]:
        """The parts, for a machine."""
        licenses = [{"name": name, "url": address} for name, address in self.licenses]
        source = _public(self.source) if self.source else None
        beside = {"notices": list(self.notices), "license_texts": list(self.texts)}
        return {"title": self.title, "creator": self.creator, "source": source, "licenses": licenses, **beside}


def _shown(text: str) -> str:
    """The text as one line that changes nothing around it."""
    return _UNSEEN.sub(" ", text).strip()


def _public(address: str) -> str:
    """The address without a name, password, key or signature, since credits are published."""
    shown = _SIGN_IN.sub("", _shown(address), count=1)
    unsigned = _SIGNED.sub("", shown)
    return shown if unsigned == shown else _IDLE_MARK.sub("", unsigned, count=1)


def _link(text: str, address: str | None, rel: str = "") -> str:
    if address is None or not address.startswith(("https://", "http://")):
        return html.escape(text)
    relation = f' rel="{rel}"' if rel else ""
    return f'<a href="{html.escape(address)}"{relation}>{html.escape(text)}</a>'


def attribution(title: str | None, creator: str | None, license_name: str, license_url: str | None) -> str:
    """The plain text for one license and no source."""
    return Credit(title, creator, None, ((license_name, license_url),)).to_text()


def credit_of(licenses: Sequence[License], title: str | None, creator: str | None, source: str | None) -> Credit:
    """The credit for licenses of the book."""
    return Credit(title, creator, source, tuple((license_.name, license_.url) for license_ in licenses))


def of_licenses(licenses: Sequence[License], title: str | None, creator: str | None, source: str | None) -> str:
    """The plain text for licenses of the book."""
    return credit_of(licenses, title, creator, source).to_text()
