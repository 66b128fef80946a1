"""Generated pictures are told by what generators write, and nothing else is taken for that."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import embedded_files as files
from cleanset.rights.embedded.origin import Origin, OriginKind, read_origin, source_type
from cleanset.rights.embedded.scan import scan_image
from cleanset.rights.evidence import Evidence, Layer

IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
WEB_UI = "a cat\nNegative prompt: dog\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512"
COMFY = json.dumps({"3": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 20}}})
NOVEL = json.dumps({"prompt": "a cat", "steps": 28, "sampler": "k_euler", "seed": 1, "uc": "dog"})
JOB = "a cat --v 6 Job ID: 01234567-89ab-cdef-0123-456789abcdef"
USER_COMMENT = 0x9286


def text(keyword: str, value: str) -> bytes:
    return files.png(files.text_chunk(keyword, value))


def comment(value: bytes) -> bytes:
    return files.jpeg(files.segment(0xE1, b"Exif\0\0" + files.tiff({}, sub={USER_COMMENT: value})))


def tagged(properties: str) -> bytes:
    return files.webp((b"XMP ", files.xmp(properties)))


def typed(value: str) -> bytes:
    return tagged(f"<Iptc4xmpExt:DigitalSourceType>{value}</Iptc4xmpExt:DigitalSourceType>")


GENERATED = {
    "web-ui": text("parameters", WEB_UI),
    "swarm": text("parameters", '{"sui_image_params": {"prompt": "a cat"}}'),
    "comfy-prompt": text("prompt", COMFY),
    "comfy-workflow": text("workflow", '{"last_node_id": 9, "nodes": [], "links": []}'),
    "invoke-3": text("invokeai_metadata", '{"app_version": "3"}'),
    "invoke-2": text("sd-metadata", '{"model": "stable diffusion"}'),
    "invoke-1": text("Dream", '"a cat" -s 50 -S 1 -W 512 -H 512 -C 7.5 -A k_lms'),
    "fooocus": text("fooocus_scheme", "fooocus"),
    "tensorart": text("generation_data", '{"baseModel": {}, "prompt": "a cat"}'),
    "novelai": text("Comment", NOVEL),
    "novelai-software": text("Software", "NovelAI"),
    "midjourney": text("Description", JOB),
    "jpeg-ascii": comment(b"ASCII\0\0\0" + WEB_UI.encode()),
    "jpeg-utf16": comment(b"UNICODE\0" + WEB_UI.encode("utf-16-be")),
    "comfy-webp": files.webp((b"EXIF", files.tiff({0x0110: b"prompt:" + COMFY.encode() + b"\0"}))),
    "jpeg-comment": files.jpeg(files.segment(0xFE, WEB_UI.encode())),
    "creator-tool": tagged("<xmp:CreatorTool>Adobe Firefly 3</xmp:CreatorTool>"),
    "credit": tagged("<photoshop:Credit>Made with Google AI</photoshop:Credit>"),
    "source-type": typed(IPTC + "trainedAlgorithmicMedia"),
    "source-type-blank": typed(f"  {IPTC}trainedAlgorithmicMedia "),
    "source-type-https": typed(IPTC.replace("http:", "https:") + "trainedAlgorithmicMedia"),
    "source-type-bare": typed("trainedAlgorithmicMedia"),
    "ai-system": tagged("<Iptc4xmpExt:AISystemUsed>Imagen 3</Iptc4xmpExt:AISystemUsed>"),
}
EDITED = {
    "composite": typed(IPTC + "compositeWithTrainedAlgorithmicMedia"),
    "synthetic": typed(IPTC + "compositeSynthetic"),
    "system-and-composite": tagged(
        f"<Iptc4xmpExt:DigitalSourceType>{IPTC}compositeWithTrainedAlgorithmicMedia</Iptc4xmpExt:DigitalSourceType>"
        "<Iptc4xmpExt:AISystemUsed>Firefly</Iptc4xmpExt:AISystemUsed>"
    ),
    "upscaled": text("postprocessing", "Upscale: 4, Upscaler: R-ESRGAN"),
    "credit": tagged("<photoshop:Credit>Edited with Google AI</photoshop:Credit>"),
}
NOT_AI = {"camera": typed(IPTC + "digitalCapture"), "scan": typed(IPTC + "negativeFilm")}
UNKNOWN = {
    "nothing": files.png(),
    "camera-comment": comment(b"ASCII\0\0\0" + b" " * 40),
    "camera-words": comment(b"ASCII\0\0\0Steps: see the manual"),
    "caption": text("Description", "A photograph of the Midjourney office, (c) Jane Roe"),
    "title": text("Title", "Stable Diffusion explained"),
    "prompt-of-another-kind": text("prompt", "describe the picture"),
    "workflow-of-another-kind": text("workflow", "denoise, sharpen, export"),
    "parameters-of-another-kind": text("parameters", "exposure=3 gain=2"),
    "editor": text("Software", "Adobe Photoshop 25.0"),
    "composite": typed(IPTC + "composite"),
    "enhanced": typed(IPTC + "algorithmicallyEnhanced"),
    "other-vocabulary": typed("https://example.org/notdigitalsourcetype/x/algorithmicMedia/no"),
}


def kind(image: bytes) -> OriginKind:
    return read_origin(scan_image(image).evidence).kind


@pytest.mark.parametrize("name", GENERATED)
def test_what_a_generator_wrote_is_told(name: str) -> None:
    assert kind(GENERATED[name]) is OriginKind.AI_GENERATED


@pytest.mark.parametrize("name", EDITED)
def test_an_edited_picture_is_told_from_a_generated_one(name: str) -> None:
    assert kind(EDITED[name]) is OriginKind.AI_EDITED


@pytest.mark.parametrize("name", NOT_AI)
def test_a_source_type_of_a_camera_or_scanner_says_not_ai(name: str) -> None:
    assert kind(NOT_AI[name]) is OriginKind.NOT_AI


@pytest.mark.parametrize("name", UNKNOWN)
def test_nothing_else_is_taken_for_a_sign(name: str) -> None:
    assert read_origin(scan_image(UNKNOWN[name]).evidence) == Origin(OriginKind.UNKNOWN)


@pytest.mark.parametrize(
    ("locator", "value"), [("claim-generator", "Adobe_Firefly"), ("c2pa.actions/softwareAgent", "DALL-E 3")]
)
def test_a_manifest_that_names_a_model_is_a_sign_unless_it_says_that_the_model_only_edited(
    locator: str, value: str
) -> None:
    named = Evidence(Layer.C2PA, locator, value)
    part = Evidence(Layer.C2PA, "c2pa.actions/digitalSourceType", IPTC + "compositeWithTrainedAlgorithmicMedia")
    assert read_origin([named]).kind is OriginKind.AI_GENERATED
    assert read_origin([named, part]).kind is OriginKind.AI_EDITED


def test_an_exif_column_tells_a_generator_too() -> None:
    row = Evidence(Layer.COLUMN, "exif:EXIF UserComment", WEB_UI)
    assert read_origin([row]) == Origin(OriginKind.AI_GENERATED, row)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (f" {IPTC}digitalCapture/", "digitalcapture"),
        ("http://c2pa.org/digitalsourcetype/trainedAlgorithmicData", "trainedalgorithmicdata"),
        ("digitalCapture", "digitalcapture"),
        ("two words", None),
        ("", None),
    ],
)
def test_a_source_type_is_read_from_a_uri_or_a_bare_id(value: str, expected: str | None) -> None:
    assert source_type(value) == expected


SIGNS = [e for image in (GENERATED | EDITED | NOT_AI | UNKNOWN).values() for e in scan_image(image).evidence]
WEIGHT = [OriginKind.UNKNOWN, OriginKind.NOT_AI, OriginKind.AI_EDITED, OriginKind.AI_GENERATED]


@given(st.lists(st.sampled_from(SIGNS), max_size=6), st.sampled_from(SIGNS))
def test_more_evidence_never_turns_a_model_into_a_camera(rows: list[Evidence], more: Evidence) -> None:
    before, after = read_origin(rows).kind, read_origin([*rows, more]).kind
    assert before not in WEIGHT[2:] or after in WEIGHT[2:]


@given(st.permutations(SIGNS[:8]))
def test_the_order_of_evidence_does_not_decide(rows: list[Evidence]) -> None:
    assert read_origin(rows).kind is read_origin(SIGNS[:8]).kind
