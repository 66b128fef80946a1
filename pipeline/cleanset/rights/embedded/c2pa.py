"""C2PA manifests through c2pa-python (the extra ``c2pa``): what they say of training, origin and license.

The library's own default fetches remote manifests and revocation lists; here it never touches the network.
"""

from __future__ import annotations

import importlib
import io
import json
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

from cleanset.rights.embedded.packet import MAX_EVIDENCE, MAX_TEXT, parse_error
from cleanset.rights.embedded.scan import Scan
from cleanset.rights.evidence import Evidence, Layer

_MIME_TYPES = {"jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp", "tiff": "image/tiff", "gif": "image/gif"}
OFFLINE = {"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False}}
TRAINING_LABELS = ("c2pa.training-mining", "cawg.training-mining")
_CONSTRAINTS = ("constraint_info", "constraints_info")
_AUTHORSHIP = ("copyrightNotice", "license", "usageInfo", "acquireLicensePage", "creditText")


def read_manifest(image: bytes, scan: Scan) -> list[Evidence]:
    """The evidence in the manifest that ``scan`` saw in ``image``; none where it saw none, which costs nothing."""
    if not scan.has_c2pa:
        return []
    heif = "image/avif" if image[8:12] in (b"avif", b"avis") else "image/heic"
    return read_c2pa(image, _MIME_TYPES.get(scan.container, heif))


def read_c2pa(image: bytes, mime: str) -> list[Evidence]:
    """The evidence in the manifests of ``image``; locators of those that are not active begin ``ingredient:``.

    Without the extra installed the answer is empty: the scanner's own evidence, ``manifest = present``, then has no
    ``validation-state`` beside it, which is how a policy tells that nobody read the manifest. What cannot be read, a
    manifest kept elsewhere included, is a parse error.
    """
    library = _library()
    if library is None:
        return []
    try:
        context = library.Context(settings=library.Settings.from_dict(OFFLINE))
        with library.Reader(mime, io.BytesIO(image), context=context) as reader:
            store = json.loads(reader.json())
    except library.C2paError as error:
        if "ManifestNotFound" in str(error):
            return []
        return [parse_error(Layer.C2PA, f"C2PA: {error}"[:1024])]
    except (ValueError, RecursionError) as error:
        return [parse_error(Layer.C2PA, f"C2PA: unreadable manifest store, {type(error).__name__}")]
    return read_manifest_store(store)


def is_installed() -> bool:
    """Whether the extra ``c2pa`` is there."""
    return _library() is not None


def _library() -> ModuleType | None:
    try:
        return importlib.import_module("c2pa")
    except ImportError:
        return None


def read_manifest_store(store: Any) -> list[Evidence]:  # noqa: ANN401 - JSON of any shape
    """The evidence in a manifest store as c2pa-python writes it in JSON, the active manifest first."""
    manifests = _mapping(_mapping(store).get("manifests"))
    active = _mapping(store).get("active_manifest")
    rows = [Evidence(Layer.C2PA, "validation-state", str(_mapping(store).get("validation_state", "Unknown")))]
    for label in sorted(manifests, key=lambda label: (label != active, label)):
        prefix = "" if label == active else "ingredient:"
        for locator, value in _read_manifest(_mapping(manifests[label])):
            rows.append(Evidence(Layer.C2PA, prefix + locator, value[:MAX_TEXT]))
            if len(rows) > MAX_EVIDENCE:
                return [*rows, parse_error(Layer.C2PA, f"C2PA: more than {MAX_EVIDENCE} pieces of evidence")]
    return list(dict.fromkeys(rows))


def _mapping(value: object) -> Mapping[str, Any]:
    """``value`` if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> list[Mapping[str, Any]]:
    """The JSON objects in the array ``value``."""
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []


def _read_manifest(manifest: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(locator, value) of everything in one manifest that bears on rights or origin."""
    if generator := _claim_generator(manifest):
        yield "claim-generator", generator
    if issuer := _mapping(manifest.get("signature_info")).get("issuer"):
        yield "signature-issuer", str(issuer)
    for assertion in _objects(manifest.get("assertions")):
        label, content = str(assertion.get("label", "")), _mapping(assertion.get("data"))
        base = label.split("__", 1)[0]  # a second assertion of one kind is labelled c2pa.actions__1
        if base.startswith(TRAINING_LABELS):
            yield from _read_training(next(t for t in TRAINING_LABELS if base.startswith(t)), content)
        elif base.startswith("c2pa.actions"):
            yield from _read_actions(content)
        elif base.startswith("stds.schema-org.CreativeWork"):
            yield from _read_creative_work(content)
        elif base.startswith("cawg.identity"):
            yield from _read_identity(content)


def _claim_generator(manifest: Mapping[str, Any]) -> str:
    """The program that made the manifest, from either version of the claim."""
    named = [str(entry["name"]) for entry in _objects(manifest.get("claim_generator_info")) if "name" in entry]
    return ", ".join(named) or str(manifest.get("claim_generator") or "")


def _read_training(label: str, content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """One row per use: ``LABEL/ENTRY`` = allowed, notAllowed, or ``constrained: TERMS``; any other value verbatim.

    CAWG 1.0 wrote the entries without the map ``entries`` around them. ``constrained`` without terms means notAllowed;
    that is for the reader of the evidence to conclude.
    """
    entries = _mapping(content.get("entries")) or content
    for name, entry in entries.items():
        use = entry if isinstance(entry, str) else str(_mapping(entry).get("use", ""))
        terms = next((str(_mapping(entry)[key]) for key in _CONSTRAINTS if _mapping(entry).get(key)), "")
        if use or isinstance(entry, dict):
            yield f"{label}/{name}", f"{use}: {terms}" if terms else use or "no use given"


def _read_actions(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The digital source type of each action, and the program that a generating action names."""
    for action in _objects(content.get("actions")):
        if kind := action.get("digitalSourceType"):
            yield "c2pa.actions/digitalSourceType", str(kind).strip()
        agent = action.get("softwareAgent")
        name = agent if isinstance(agent, str) else _mapping(agent).get("name")
        if name:
            yield "c2pa.actions/softwareAgent", str(name)


def _read_creative_work(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Author and rights of schema.org's CreativeWork."""
    for key in _AUTHORSHIP:
        if isinstance(content.get(key), str):
            yield f"stds.schema-org.CreativeWork/{key}", content[key]
    for author in _objects(content.get("author")):
        if isinstance(author.get("name"), str):
            yield "stds.schema-org.CreativeWork/author", author["name"]


def _read_identity(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The names that an identity provider vouches for."""
    subject = _mapping(content.get("credentialSubject")) or content
    for identity in _objects(subject.get("verifiedIdentities")):
        if isinstance(identity.get("name"), str):
            yield "cawg.identity/name", identity["name"]
