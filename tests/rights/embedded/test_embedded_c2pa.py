"""C2PA manifests: signed here with a chain made here, and read without the network."""

from __future__ import annotations

import datetime as dt
import importlib.util
import io
import json
import socket
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest
from PIL import Image

from cleanset.rights.embedded import c2pa as reader
from cleanset.rights.embedded.c2pa import read_c2pa, read_manifest, read_manifest_store
from cleanset.rights.embedded.origin import OriginKind, read_origin
from cleanset.rights.embedded.packet import PARSE_ERROR
from cleanset.rights.embedded.scan import scan_image
from cleanset.rights.evidence import Evidence, Layer

needs_library = pytest.mark.skipif(
    importlib.util.find_spec("c2pa") is None, reason="the extra c2pa is not installed: pip install 'cleanset[c2pa]'"
)
AI = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
CAMERA = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"


Key: TypeAlias = Any
"""A private key of the optional library cryptography."""


def rows(evidence: list[Evidence]) -> dict[str, str]:
    assert all(e.layer is Layer.C2PA for e in evidence)
    return {e.locator: e.value for e in evidence}


def training(label: str, entries: dict[str, Any]) -> dict[str, Any]:
    return {"label": label, "data": {"entries": entries}}


def created(source_type: str) -> dict[str, Any]:
    actions = [{"action": "c2pa.created", "digitalSourceType": source_type, "softwareAgent": {"name": "Maker"}}]
    return {"label": "c2pa.actions.v2", "data": {"actions": actions}}


def picture(kind: str) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (16, 16), (9, 99, 200)).save(stream, kind)
    return stream.getvalue()


@pytest.fixture(scope="module")
def sign() -> Callable[..., bytes]:
    """Signs a picture with these assertions: ``sign(image, mime, assertions, ingredient=None)``."""
    c2pa = pytest.importorskip("c2pa")
    chain, key = make_chain()
    info = c2pa.C2paSignerInfo(b"es256", chain, key, None)

    def signed(image: bytes, mime: str, assertions: list[Any], ingredient: bytes = b"", remote_url: str = "") -> bytes:
        manifest = {
            "claim_generator_info": [{"name": "cleanset tests", "version": "1"}],
            "format": mime,
            "title": "test",
            "assertions": assertions,
        }
        out = io.BytesIO()
        with c2pa.Signer.from_info(info) as signer, c2pa.Builder(json.dumps(manifest)) as builder:
            if ingredient:
                builder.add_ingredient({"title": "part", "relationship": "componentOf"}, mime, io.BytesIO(ingredient))
            if remote_url:
                builder.set_remote_url(remote_url)
                builder.set_no_embed()
            builder.sign(signer, mime, io.BytesIO(image), out)
        return out.getvalue()

    return signed


def make_chain() -> tuple[bytes, bytes]:
    """(certificate chain, private key) in PEM: a root, and below it a signer of the profile that C2PA demands."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415 - an optional dependency
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - as above

    def certificate(name: str, key: Key, issuer: str, issuer_key: Key, *, is_root: bool) -> bytes:
        now = dt.datetime.now(dt.UTC)
        usage = dict.fromkeys(
            (
                "content_commitment",
                "key_encipherment",
                "data_encipherment",
                "key_agreement",
                "encipher_only",
                "decipher_only",
            ),
            False,
        )
        built = (
            x509.CertificateBuilder()
            .subject_name(named(name))
            .issuer_name(named(issuer))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
            .add_extension(
                x509.KeyUsage(digital_signature=not is_root, key_cert_sign=is_root, crl_sign=is_root, **usage),
                critical=True,
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        )
        if not is_root:
            purposes = x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.EMAIL_PROTECTION])
            built = built.add_extension(purposes, critical=False)
        signed: bytes = built.sign(issuer_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        return signed

    def named(name: str) -> object:
        names = [(x509.NameOID.ORGANIZATION_NAME, "Cleanset Tests"), (x509.NameOID.COMMON_NAME, name)]
        return x509.Name([x509.NameAttribute(oid, value) for oid, value in names])

    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    chain = certificate("Signer", key, "Root", root_key, is_root=False)
    chain += certificate("Root", root_key, "Root", root_key, is_root=True)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return chain, private


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network was touched")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(
    ("kind", "mime"),
    [
        ("JPEG", "image/jpeg"),
        ("PNG", "image/png"),
        ("WEBP", "image/webp"),
        ("TIFF", "image/tiff"),
        ("GIF", "image/gif"),
        ("AVIF", "image/avif"),
    ],
)
def test_training_and_origin_are_read_from_a_signed_picture(sign: Callable[..., bytes], kind: str, mime: str) -> None:
    entries = {
        "c2pa.ai_training": {"use": "notAllowed"},
        "c2pa.data_mining": {"use": "constrained", "constraint_info": "ask@example.org"},
        "c2pa.ai_inference": {"use": "allowed"},
    }
    cawg = {"cawg.ai_generative_training": {"use": "constrained"}}
    signed = sign(
        picture(kind),
        mime,
        [created(AI), training("c2pa.training-mining", entries), training("cawg.training-mining", cawg)],
    )
    assert scan_image(signed).has_c2pa
    evidence = read_c2pa(signed, mime)
    assert read_manifest(signed, scan_image(signed)) == evidence
    found = rows(evidence)
    assert found["c2pa.training-mining/c2pa.ai_training"] == "notAllowed"
    assert found["c2pa.training-mining/c2pa.data_mining"] == "constrained: ask@example.org"
    assert found["c2pa.training-mining/c2pa.ai_inference"] == "allowed"
    assert found["cawg.training-mining/cawg.ai_generative_training"] == "constrained"
    assert found["validation-state"] in {"Valid", "Trusted"}
    assert found["signature-issuer"] == "Cleanset Tests"
    assert found["claim-generator"] == "cleanset tests"
    assert read_origin(evidence).kind is OriginKind.AI_GENERATED


def test_a_picture_changed_after_signing_is_invalid(sign: Callable[..., bytes]) -> None:
    signed = bytearray(sign(picture("JPEG"), "image/jpeg", [created(CAMERA)]))
    signed[-20] ^= 0xFF
    assert rows(read_c2pa(bytes(signed), "image/jpeg"))["validation-state"] == "Invalid"


def test_a_generated_ingredient_makes_an_edited_picture(sign: Callable[..., bytes]) -> None:
    part = sign(picture("JPEG"), "image/jpeg", [created(AI)])
    whole = sign(picture("JPEG"), "image/jpeg", [created(CAMERA)], ingredient=part)
    evidence = read_c2pa(whole, "image/jpeg")
    assert rows(evidence)["ingredient:c2pa.actions/digitalSourceType"] == AI
    assert rows(evidence)["c2pa.actions/digitalSourceType"] == CAMERA
    assert read_origin(evidence).kind is OriginKind.AI_EDITED


@pytest.mark.usefixtures("no_network")
def test_a_manifest_kept_elsewhere_is_told_and_not_fetched(sign: Callable[..., bytes]) -> None:
    image = sign(picture("JPEG"), "image/jpeg", [created(CAMERA)], remote_url="https://manifests.example/1.c2pa")
    assert "https://manifests.example/1.c2pa" in {e.value for e in scan_image(image).evidence}
    [row] = read_c2pa(image, "image/jpeg")
    assert row.locator == PARSE_ERROR
    assert "manifests.example" in row.value


@needs_library
def test_a_picture_without_a_manifest_gives_nothing() -> None:
    assert read_c2pa(picture("PNG"), "image/png") == []


@needs_library
@pytest.mark.parametrize("mime", ["image/jpeg", "image/nonsense"])
def test_what_the_library_cannot_read_is_a_parse_error(mime: str) -> None:
    assert [e.locator for e in read_c2pa(b"\xff\xd8rubbish", mime)] == [PARSE_ERROR]


def test_a_picture_without_the_bytes_of_a_manifest_is_not_given_to_the_library() -> None:
    assert read_manifest(picture("PNG"), scan_image(picture("PNG"))) == []


def test_without_the_library_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "_library", lambda: None)
    assert read_c2pa(b"", "image/jpeg") == []
    assert not reader.is_installed()


def store(*assertions: object) -> dict[str, Any]:
    return {"active_manifest": "a", "manifests": {"a": {"assertions": list(assertions)}}, "validation_state": "Valid"}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"entries": {"c2pa.ai_training": {"use": "notAllowed"}}}, "notAllowed"),
        ({"c2pa.ai_training": {"use": "allowed"}}, "allowed"),
        ({"entries": {"c2pa.ai_training": "notAllowed"}}, "notAllowed"),
        ({"entries": {"c2pa.ai_training": {"use": "constrained", "constraints_info": "pay"}}}, "constrained: pay"),
        ({"entries": {"c2pa.ai_training": {}}}, "no use given"),
        ({"entries": {"c2pa.ai_training": {"use": "perhaps"}}}, "perhaps"),
    ],
)
def test_every_spelling_of_a_training_entry_is_read(content: dict[str, Any], expected: str) -> None:
    found = rows(read_manifest_store(store({"label": "c2pa.training-mining__1", "data": content})))
    assert found["c2pa.training-mining/c2pa.ai_training"] == expected


def test_a_creative_work_gives_author_and_rights() -> None:
    work = {"author": [{"@type": "Person", "name": "Jane Roe"}], "copyrightNotice": "(c) Jane Roe", "license": "urn:x"}
    found = rows(read_manifest_store(store({"label": "stds.schema-org.CreativeWork", "data": work})))
    assert found["stds.schema-org.CreativeWork/author"] == "Jane Roe"
    assert found["stds.schema-org.CreativeWork/copyrightNotice"] == "(c) Jane Roe"


@pytest.mark.parametrize(
    "shape", [None, [], 3, {"manifests": []}, store(None, {"label": 3, "data": []}), {"manifests": {"a": 1}}]
)
def test_a_manifest_store_of_any_shape_is_read(shape: object) -> None:
    assert {e.locator for e in read_manifest_store(shape)} == {"validation-state"}
