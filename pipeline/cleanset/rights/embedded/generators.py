"""What picture generators write into their files: keywords, program names and parameter texts.

Everything here is de facto; the programs publish no specification. Matching is by pattern only: values are never given
to a JSON parser, whose recursion an attacker could exhaust.
"""

from __future__ import annotations

import re

GENERATOR_KEYWORDS = frozenset(
    {
        "parameters",  # Stable Diffusion web UI (A1111), Forge, Fooocus, SwarmUI
        "prompt",  # ComfyUI: the graph
        "workflow",  # ComfyUI: the editor's state
        "invokeai_metadata",
        "invokeai_graph",
        "invokeai_workflow",
        "sd-metadata",  # InvokeAI 2
        "dream",  # InvokeAI 1
        "fooocus_scheme",
        "postprocessing",  # Stable Diffusion web UI, extras tab: upscaled or restored
        "generation_data",  # TensorArt and others
    }
)
"""PNG text keywords, lower case."""

_PROGRAMS = re.compile(
    r"""(?<![a-z])(?:novelai | stable[ -]?diffusion | midjourney | dall[\-·.• ]?e(?:[ -]?[23])? | adobe[ _]firefly
      | invokeai | comfyui | automatic1111 | fooocus | draw\ things | diffusionbee | leonardo\.?ai | ideogram(?:\.ai)?
      | bing\ image\ creator | image\ creator\ from\ (?:microsoft\ )?designer | flux\.1 | swarmui | stableswarmui
      | easy\ diffusion | craiyon | nightcafe | starryai | tensor\.?art | openai | chatgpt | gpt-?4o | google\ ai
      | dreamstudio | playground\ ai | recraft | wombo\ dream | getimg\.ai | civitai | diffusers
      | niji[ ·-]?journey | stability\ ?ai | runway\ ?ml | krea\ ?ai | black\ forest\ labs | sdxl | stylegan\d?
      | flux\ ?[.-]?\ ?(?:dev|pro|schnell) | imagen\ ?[23] | grok\ ?(?:2|imagine|image) | seedream | kandinsky\ ?\d
      | pixart | deepfloyd | (?:google\ )?gemini\ (?:\d|image|flash) | nano\ banana | qwen[- ]image | hunyuan
      | artbreeder | dream\ by\ wombo | dalle\d? | deepai | bing\ (?:ai|creator) | microsoft\ designer | meta\ ai
      | imagine\ with\ meta | canva\ ai | lensa | ai[- ]generated | generative\ fill | text[- ]to[- ]image)(?![a-z])""",
    re.IGNORECASE | re.VERBOSE,
)
_STEPS = re.compile(r"\bSteps: ?\d")
_JOB_ID = re.compile(r"\bJob ID: ?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_JSON_KEYS = (
    frozenset({'"class_type"', '"inputs"'}),  # ComfyUI graph
    frozenset({'"last_node_id"', '"nodes"'}),  # ComfyUI editor
    frozenset({'"sui_image_params"'}),  # SwarmUI
    frozenset({'"prompt"', '"sampler"', '"steps"'}),  # NovelAI, Fooocus, Draw Things
    frozenset({'"prompt"', '"seed"', '"cfg_scale"'}),  # InvokeAI
    frozenset({'"positive_prompt"', '"seed"'}),  # InvokeAI 3
    frozenset({'"models"', '"engineId"'}),
    frozenset({'"baseModel"', '"prompt"'}),  # TensorArt
)


def names_generator(value: str) -> bool:
    """Whether ``value`` names a program that generates pictures."""
    return _PROGRAMS.search(value) is not None


def is_generator_output(value: str) -> bool:
    """Whether ``value`` is a parameter text or a job identity as generators write them."""
    if '"' in value and any(all(key in value for key in keys) for keys in _JSON_KEYS):
        return True
    steps = _STEPS.search(value)  # Stable Diffusion web UI: "Steps: 20, Sampler: Euler a, CFG scale: 7, …"
    if steps is not None and value.find("Sampler:", steps.end()) >= 0:
        return True
    return _JOB_ID.search(value) is not None  # Midjourney
