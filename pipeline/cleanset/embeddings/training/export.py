"""Trained weights as the ONNX file that ships: half precision on disk, single precision when it runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn
from torch.nn import functional

from cleanset.embeddings.training.net import CopyNet

OPSET = 17


class _Whole(nn.Module):
    """Bytes ``uint8[n, side, side, 3]`` to vectors of length 1."""

    def __init__(self, net: CopyNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return functional.normalize(self.net(image.permute(0, 3, 1, 2).float() / 255), dim=1)


def rounded(net: CopyNet) -> CopyNet:
    """The net with its weights rounded to half precision, on the CPU."""
    net = net.cpu().eval()
    net.load_state_dict({k: v.half().to(v.dtype) if v.is_floating_point() else v for k, v in net.state_dict().items()})
    return net


def export(net: CopyNet, path: Path, side: int) -> None:
    """``path`` holds the net, which gives the vectors of ``rounded(net)``."""
    example = torch.zeros(2, side, side, 3, dtype=torch.uint8)
    names = {"input_names": ["image"], "output_names": ["embedding"]}
    torch.onnx.export(
        _Whole(rounded(net)).eval(),
        (example,),
        str(path),
        **names,
        dynamic_axes={"image": {0: "n"}, "embedding": {0: "n"}},
        opset_version=OPSET,
        dynamo=False,
        do_constant_folding=False,  # BatchNorm folded into its convolution would not fit into half precision
        training=torch.onnx.TrainingMode.PRESERVE,
    )
    model = onnx.load(path)
    _halve(model.graph)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def _halve(graph: onnx.GraphProto) -> None:
    """Weights lie there in half precision, each with a cast that a runtime folds when it loads the file."""
    weights, casts = [], []
    for tensor in graph.initializer:
        values = numpy_helper.to_array(tensor)
        half = values.astype(np.float16)
        if values.dtype != np.float32 or not np.array_equal(half.astype(np.float32), values):
            weights.append(tensor)
            continue
        weights.append(numpy_helper.from_array(half, f"{tensor.name}_half"))
        casts.append(helper.make_node("Cast", [f"{tensor.name}_half"], [tensor.name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(weights)
    graph.node.extend(nodes)
