"""Writes an ONNX network with samples and onnxruntime's outputs, in the layout of a conformance case.

onnxruntime computes quantized networks in float32, with all of its optimizations off here. Mote computes them in
integers, so an output value may be one step from the golden one: `lsb` in case.json is that step.
"""
import hashlib
import json
from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

ROOT = Path(__file__).resolve().parent


def make_deterministic(seed):
    """Fixes every source of randomness; the same machine then trains the same weights."""
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)


def run_onnxruntime(model, *values):
    """The network's only output for these inputs."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, {port.name: value for port, value in zip(session.get_inputs(), values)})[0]


def write_case(name, model, samples, golden, *, shapes, lsb, macs, metrics, note, sequence=None):
    """Writes <name>/<name>.onnx, input0.bin, output0.bin, output0.seq.bin where `sequence` has its values, and case.json.

    samples, golden, sequence: one sample after another, of one input and one output; shapes: of one sample of each.
    """
    folder = ROOT / name
    (folder / "samples").mkdir(parents=True, exist_ok=True)
    onnx.checker.check_model(model)
    data = model.SerializeToString()
    (folder / f"{name}.onnx").write_bytes(data)
    files = {"input0.bin": samples, "output0.bin": golden, "output0.seq.bin": sequence}
    for file, values in files.items():
        if values is not None:
            values.tofile(folder / file)
    ports = (model.graph.input[0].name, model.graph.output[0].name)
    constants = sum(onnx.numpy_helper.to_array(tensor).nbytes for tensor in model.graph.initializer)
    case = {
        "name": name,
        "format": "onnx",
        "model": f"{name}/{name}.onnx",
        "group": "zoo",
        "mode": "qdq",
        "ops": dict(sorted(Counter(node.op_type for node in model.graph.node).items())),
        "inputs": [{"name": ports[0], "shape": shapes[0], "dtype": str(samples.dtype), "file": f"{name}/input0.bin"}],
        "outputs": [{"name": ports[1], "shape": shapes[1], "dtype": str(golden.dtype), "lsb": lsb,
                     "file": f"{name}/output0.bin",
                     **({"seq_file": f"{name}/output0.seq.bin"} if sequence is not None else {})}],
        "samples": len(samples),
        "contract": f"onnxruntime {onnxruntime.__version__} CPUExecutionProvider, ORT_DISABLE_ALL",
        "macs": macs,
        "weights_bytes": constants,
        "file_bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "stateful": sequence is not None,
        "metrics": metrics,
        "note": note,
    }
    (folder / "case.json").write_text(json.dumps(case, indent=1) + "\n")
    print(f"{name}: {json.dumps({k: case[k] for k in ('file_bytes', 'macs', 'ops', 'metrics')})}")
