"""Trains models/motion: says what somebody who carries an accelerometer does, standing still, walking or running.

The streams are synthetic: gravity from whichever side the device is held, steps as a swing with harmonics, jolts and
turns that are no steps. The network is one GRU layer and a dense one; PyTorch trains it, and the .onnx file is written here,
weights in int8 with a scale a row. The same network with ONNX's other recurrent cells is for tests of their arithmetic.
"""
import json

from onnx_case import ROOT, make_deterministic, run_onnxruntime, write_case

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

SEED, UNITS, AXES, STEPS, BATCH, ITERATIONS = 7, 16, 3, 100, 48, 500
LABELS = ("still", "walking", "running")
SAMPLES, LONG = 64, 1000
RATE = 25  # samples a second
INPUT_SCALE, STATE_SCALE = np.float32(1 / 32), np.float32(1 / 128)
# The cells by the names of their files: ONNX's operator, gates, options.
CELLS = {
    "motion": ("GRU", 3, {"linear_before_reset": 1}),
    "gru_reset_first": ("GRU", 3, {"linear_before_reset": 0}),
    "lstm": ("LSTM", 4, {}),
    "rnn": ("RNN", 1, {}),
}
NOTE = ("Synthetic acceleration along three axes, in 1/32 of gravity, every 40 ms; the answer is a score each for standing "
        "still, walking and running. Samples are 64 steps of one stream that the training never saw.")


def stream(random, steps):
    """(x, y): int8 [steps, AXES] in 1/32 of gravity, and what is done at each step."""
    x, y = np.zeros((steps, AXES)), np.zeros(steps, int)
    gravity = random.standard_normal(AXES)
    at, phase = 0, random.uniform(0, 2 * np.pi)
    while at < steps:
        length = min(int(random.integers(40, 160)), steps - at)
        what = int(random.integers(0, len(LABELS)))
        gravity += 0.3 * random.standard_normal(AXES)
        up = gravity / np.linalg.norm(gravity)
        side = np.cross(up, random.standard_normal(AXES))
        side /= np.linalg.norm(side)
        turns = np.cumsum(0.02 * random.standard_normal(length))[:, None]
        part = up + turns * side
        if what:
            pace = random.uniform(1.5, 2.2) if what == 1 else random.uniform(2.4, 3.3)
            swing = random.uniform(0.15, 0.4) if what == 1 else random.uniform(0.6, 1.3)
            angles = phase + 2 * np.pi * np.cumsum(pace * (1 + 0.05 * random.standard_normal(length))) / RATE
            wave = np.sin(angles) + random.uniform(0.2, 0.5) * np.sin(2 * angles + random.uniform(0, 6))
            part = part + swing * wave[:, None] * up + 0.4 * swing * np.sin(angles / 2)[:, None] * side
            phase = angles[-1]
        for _ in range(random.poisson(length / 60)):
            start, jolt = int(random.integers(0, length)), random.standard_normal(AXES)
            decay = random.uniform(0.2, 0.7) ** np.arange(min(8, length - start))
            part[start:start + 8] += decay[:, None] * jolt
        x[at:at + length] = part + random.uniform(0.01, 0.06) * random.standard_normal((length, AXES))
        y[at:at + length] = what
        at += length
    return np.clip(np.rint(x / INPUT_SCALE), -128, 127).astype(np.int8), y


def step(cell, weights, x, h, c):
    """The next state, and LSTM's cell, of ONNX's definitions; gates in ONNX's order."""
    operator, _, options = CELLS[cell]
    w, r, wb, rb = weights
    if operator == "RNN":
        return torch.tanh(x @ w.T + h @ r.T + wb + rb), c
    if operator == "LSTM":
        i, o, f, g = (x @ w.T + h @ r.T + wb + rb).chunk(4, -1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c
    (wz, wr, wh), (rz, rr, rh) = (x @ w.T + wb).chunk(3, -1), r.chunk(3)
    bz, br, bh = rb.chunk(3)
    update, reset = torch.sigmoid(wz + h @ rz.T + bz), torch.sigmoid(wr + h @ rr.T + br)
    inner = reset * (h @ rh.T + bh) if options["linear_before_reset"] else (reset * h) @ rh.T + bh
    return (1 - update) * torch.tanh(wh + inner) + update * h, c


def train(cell):
    """Weights of the cell (W, R, Wb, Rb) and of the dense layer (weights, biases)."""
    _, gates, _ = CELLS[cell]
    torch.manual_seed(SEED)
    random = np.random.default_rng(SEED)
    shapes = ((gates * UNITS, AXES), (gates * UNITS, UNITS), (gates * UNITS,), (gates * UNITS,),
              (len(LABELS), UNITS), (len(LABELS),))
    weights = [(torch.randn(s) * (0.25 if len(s) == 2 else 0)).requires_grad_() for s in shapes]
    if cell == "lstm":
        weights[2].data[2 * UNITS:3 * UNITS] = 1  # remembers at first
    optimizer = torch.optim.Adam(weights, 0.01)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, ITERATIONS)
    streams = [stream(random, 3 * STEPS) for _ in range(192)]
    for _ in range(ITERATIONS):
        chosen = random.integers(0, len(streams), BATCH)
        starts = random.integers(0, 2 * STEPS, BATCH)
        x = np.stack([streams[k][0][at:at + STEPS] for k, at in zip(chosen, starts)])
        y = np.stack([streams[k][1][at:at + STEPS] for k, at in zip(chosen, starts)])
        real = torch.from_numpy(x * INPUT_SCALE)
        h = c = torch.zeros(BATCH, UNITS)
        states = []
        for t in range(STEPS):
            h, c = step(cell, weights[:4], real[:, t], h, c)
            states.append(h)
        scores = torch.stack(states, 1) @ weights[4].T + weights[5]
        loss = torch.nn.functional.cross_entropy(scores[:, 15:].reshape(-1, len(LABELS)),
                                                 torch.from_numpy(y[:, 15:]).reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        schedule.step()
    return [w.detach().numpy() for w in weights]


def states_of(cell, weights, x):
    """float32 states [steps, UNITS] of a stream."""
    tensors = [torch.from_numpy(w) for w in weights[:4]]
    h = c = torch.zeros(1, UNITS)
    states = []
    for row in torch.from_numpy(x * INPUT_SCALE):
        h, c = step(cell, tensors, row[None], h, c)
        states.append(h[0])
    return torch.stack(states).numpy()


def quantized_rows(matrix):
    """int8 and a scale for each row."""
    scales = (np.abs(matrix).max(-1) / 127).astype(np.float32)
    return np.rint(matrix / scales[:, None]).astype(np.int8), scales


class Graph:
    """Nodes and constants of an .onnx file."""

    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, name, values):
        self.constants.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def node(self, operator, inputs, output, outputs=(), **attributes):
        self.nodes.append(helper.make_node(operator, inputs, [output, *outputs], output, **attributes))
        return output

    def codes(self, name, scale, zero_point=0):
        return [self.constant(f"{name}/scale", np.float32(scale)), self.constant(f"{name}/zero", np.int8(zero_point))]

    def weights(self, name, matrix, directions=False):
        integers, scales = quantized_rows(matrix)
        shaped = integers[None] if directions else integers
        inputs = [self.constant(f"{name}/int8", shaped), self.constant(f"{name}/scales", scales)]
        return self.node("DequantizeLinear", inputs, name, axis=1 if directions else 0)


def to_onnx(cell, weights, x):
    """The network with int8 input and output, one step a row; the range of scores is that of the stream `x`."""
    operator, _, options = CELLS[cell]
    w, r, wb, rb, dense, bias = weights
    scores = states_of(cell, weights, x) @ dense.T + bias
    low, high = min(scores.min(), 0), max(scores.max(), 0)
    scale = np.float32((high - low) / 255)
    codes = (scale, int(np.rint(-128 - low / scale)))
    g = Graph()
    motion = g.node("DequantizeLinear", ["motion", *g.codes("motion", INPUT_SCALE)], "motion/real")
    layer = [motion, g.weights("w", w, True), g.weights("r", r, True), g.constant("b", np.concatenate([wb, rb])[None])]
    g.node(operator, layer, "states", hidden_size=UNITS, **options)
    flat = g.node("Squeeze", ["states", g.constant("axes", np.int64([1, 2]))], "states/flat")
    state = g.codes("state", STATE_SCALE)
    kept = g.node("DequantizeLinear", [g.node("QuantizeLinear", [flat, *state], "states/int8"), *state], "states/real")
    dense_weights = g.node("Gemm", [kept, g.weights("dense", dense), g.constant("bias", bias)], "scores/real", transB=1)
    g.node("QuantizeLinear", [dense_weights, *g.codes("scores", *codes)], "scores")
    ports = [helper.make_tensor_value_info("motion", TensorProto.INT8, ["time", 1, AXES]),
             helper.make_tensor_value_info("scores", TensorProto.INT8, ["time", len(LABELS)])]
    graph = helper.make_graph(g.nodes, "motion", ports[:1], ports[1:], g.constants)
    model = helper.make_model(graph, producer_name="mote", opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    return model


def main():
    make_deterministic(SEED)
    x, y = stream(np.random.default_rng(SEED + 1), 4000)
    changes = np.flatnonzero(np.diff(y, prepend=-1))
    settled = np.arange(len(y)) - changes[np.searchsorted(changes, np.arange(len(y)), "right") - 1] >= RATE
    for cell in CELLS:
        weights = train(cell)
        model = to_onnx(cell, weights, stream(np.random.default_rng(SEED + 2), 3000)[0])
        scores = run_onnxruntime(model, x[:, None])
        floats = states_of(cell, weights, x) @ weights[4].T + weights[5]
        share = lambda answers: round(float(np.mean(answers.argmax(-1) == y)), 4)
        metrics = {"test_steps": len(y), "float_accuracy": share(floats), "int8_accuracy": share(scores),
                   "int8_accuracy_a_second_on": round(float(np.mean((scores.argmax(-1) == y)[settled])), 4)}
        if cell != "motion":
            folder = ROOT / "motion" / "cells"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{cell}.onnx").write_bytes(model.SerializeToString())
            print(f"{cell}: {json.dumps(metrics)}")
            continue
        start = int(np.argmax(y != y[0])) - SAMPLES // 2  # somebody starts to do something else
        samples = x[start:start + SAMPLES, None]
        alone = np.concatenate([run_onnxruntime(model, sample[None]) for sample in samples])
        macs = sum(w.size for w in weights if w.ndim == 2)
        write_case("motion", model, samples, alone, shapes=([1, 1, AXES], [1, len(LABELS)]), lsb=1, macs=macs,
                   metrics=metrics, note=NOTE, sequence=run_onnxruntime(model, samples))
        folder = ROOT / "motion"
        (folder / "labels.txt").write_text("".join(f"{label}\n" for label in LABELS))
        long, done = stream(np.random.default_rng(SEED + 3), LONG)
        np.save(folder / "samples" / "walk.npy", long[:, None])
        answers = run_onnxruntime(model, long[:, None]).argmax(-1)
        expected = {"walk": {"answers": answers.tolist(), "done": done.tolist()}}
        (folder / "samples" / "expected.json").write_text(json.dumps(expected) + "\n")


if __name__ == "__main__":
    main()
