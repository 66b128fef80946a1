"""Hosts and web addresses in one normal form, for everything that compares them: corrections, opt-out lists, tables.

A host is lower case and ASCII by IDNA 2008, without trailing dot, ``*.`` and ``www.``; so ``https://WWW.Bücher.example.``
and ``xn--bcher-kva.example`` are one. Of an address the scheme, the user's name, a default port and the fragment do not
count, and its path is the one that a client asks for.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import idna

from cleanset.rights.optout import paths

_HOST = re.compile(r"(?!.{254})[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})+|\[[0-9a-f:.]+\]|localhost")
_DOTS = re.compile("[\u3002\uff0e\uff61]")
"""What IDNA takes for a full stop."""
_DEFAULT_PORTS = {"http": 80, "https": 443}
_SCHEME = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//")
_SITE = re.compile(r"https?://[A-Za-z0-9.-]+(?=[/?#]|\Z)")
_MAX_LABELS = 32


class WebAddress(NamedTuple):
    """Host; host with a port that is not the scheme's own; path and query."""

    host: str
    authority: str
    path: str

    @property
    def text(self) -> str:
        """The address as one text."""
        return self.authority + self.path

    @property
    def folders(self) -> tuple[str, ...]:
        """The addresses above it that end in a slash, the site's own first; itself, if it ends so."""
        path = self.path.partition("?")[0]
        ends = [at + 1 for at, character in enumerate(path) if character == "/"]
        return tuple(self.authority + path[:end] for end in ends)


@lru_cache(maxsize=4096)
def normal_host(text: str) -> str | None:
    """The normal form of a host name; None for what is none."""
    if text.startswith("[") and text.endswith("]"):
        return text.lower() if _HOST.fullmatch(text.lower()) else None
    host = _DOTS.sub(".", unquote(text.strip())).rstrip(".").removeprefix("*.")
    labels = [_label(label) for label in host.split(".")]
    host = ".".join(label or "" for label in labels)
    if None in labels or not _HOST.fullmatch(host):
        return None
    bare = host.removeprefix("www.")
    return bare if "." in bare else host


def _label(label: str) -> str | None:
    """One label in ASCII; None if it is none.

    What IDNA 2008 does not allow and browsers ask for all the same (``i❤.ws``) is folded and encoded as they do it.
    """
    if label.isascii():
        return label.lower()
    try:
        return idna.encode(label, uts46=True).decode("ascii")
    except idna.IDNAError:
        folded = unicodedata.normalize("NFKC", label).casefold()
        is_label = folded and not re.search(r"[\s.@:/]", folded)
        return "xn--" + folded.encode("punycode").decode("ascii") if is_label else None


def web_address(url: str) -> WebAddress | None:
    """The address that a URL is, with any scheme or none; None for what is no address."""
    text = url.strip().replace("\\", "/")
    if not _SCHEME.match(text):
        text = "//" + text
    try:
        parts = urlsplit(text)
        port = parts.port
        named = parts.hostname or ""
    except ValueError:
        return None
    host = normal_host(f"[{named}]" if ":" in named else named)
    if host is None:
        return None
    authority = host if port in {None, _DEFAULT_PORTS.get(parts.scheme), 80, 443} else f"{host}:{port}"
    query = f"?{parts.query}" if parts.query else ""
    return WebAddress(host, authority, paths.resolved(f"{parts.path or '/'}{query}"))


def site_of(url: str) -> str:
    """The beginning of a URL that ends with its host, where that is plain to see; else all of it."""
    match = _SITE.match(url)
    return match[0] if match else url


@lru_cache(maxsize=1024)
def domains_of(url: str) -> tuple[str, ...]:
    """The host of a URL, then each domain above it: ``a.b.org``, ``b.org``, ``org``; nothing without a host."""
    address = web_address(url)
    if address is None:
        return ()
    if address.host.startswith("["):
        return (address.host,)
    parts = address.host.split(".")[-_MAX_LABELS:]
    return tuple(".".join(parts[start:]) for start in range(len(parts)))
