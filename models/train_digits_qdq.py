"""Trains models/digits_qdq: a CNN that reads an 8x8 handwritten digit, from PyTorch by way of onnxruntime's quantizer."""
import tempfile
from pathlib import Path

from onnx_case import ROOT, make_deterministic, run_onnxruntime, write_case

import json

import numpy as np
import onnx
import torch
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from torch import nn

import digits_set

SEED, EPOCHS, BATCH = 5, 40, 32
NOTE = ("scikit-learn's 8x8 digits, channels first; input = pixel / 255. Samples are the first 32 images of the test "
        "split, which the training never saw.")


def build():
    """Conv, depthwise + pointwise with a shortcut, pool, conv, dense; batch normalization after each convolution."""

    class Residual(nn.Module):
        def __init__(self, channels):
            super().__init__()
            self.inside = nn.Sequential(
                nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False), nn.BatchNorm2d(channels),
                nn.ReLU(), nn.Conv2d(channels, channels, 1, bias=False), nn.BatchNorm2d(channels))

        def forward(self, x):
            return torch.relu(x + self.inside(x))

    return nn.Sequential(
        nn.Conv2d(1, 12, 3, padding=1, bias=False), nn.BatchNorm2d(12), nn.ReLU(),
        Residual(12),
        nn.MaxPool2d(2),
        nn.Conv2d(12, 20, 3, bias=False), nn.BatchNorm2d(20), nn.ReLU(),
        nn.Flatten(),
        nn.Dropout(0.2),
        nn.Linear(80, 10))


def images(pixels):
    """uint8 [n, 8, 8, 1] as PyTorch takes them: float32 [n, 1, 8, 8] in [0, 1]."""
    return digits_set.to_real(pixels).transpose(0, 3, 1, 2).copy()


def train(pixels, labels):
    model = build()
    rng = np.random.default_rng(SEED)
    optimizer = torch.optim.Adam(model.parameters(), 4e-3)
    steps = EPOCHS * (len(pixels) // BATCH)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(EPOCHS):
        x, order = images(digits_set.shifted(pixels, rng)), rng.permutation(len(pixels))
        for start in range(0, len(pixels) - BATCH + 1, BATCH):
            chosen = order[start:start + BATCH]
            loss = nn.functional.cross_entropy(model(torch.from_numpy(x[chosen])), torch.from_numpy(labels[chosen]))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return model.eval()


class Samples(CalibrationDataReader):
    def __init__(self, x):
        self.samples = iter(x)

    def get_next(self):
        sample = next(self.samples, None)
        return None if sample is None else {"image": sample[None]}


def to_qdq(model, calibration):
    """The network with QuantizeLinear and DequantizeLinear, weights per channel."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [str(Path(folder) / f"{name}.onnx") for name in ("float", "prepared", "quantized")]
        torch.onnx.export(model, (torch.from_numpy(calibration[:1]),), paths[0], input_names=["image"],
                          output_names=["scores"], opset_version=17, dynamo=False)
        quant_pre_process(paths[0], paths[1])
        quantize_static(paths[1], paths[2], Samples(calibration), QuantFormat.QDQ, per_channel=True,
                        activation_type=QuantType.QInt8, weight_type=QuantType.QInt8)
        return onnx.load(paths[0]), onnx.load(paths[2])


def step_of(model):
    """The step of the only output: the scale of the DequantizeLinear that gives it."""
    node = next(n for n in model.graph.node if model.graph.output[0].name in n.output)
    scale = next(t for t in model.graph.initializer if t.name == node.input[1])
    return float(onnx.numpy_helper.to_array(scale))


def main():
    make_deterministic(SEED)
    train_x, train_y, test_x, test_y = digits_set.load()
    model = train(train_x, train_y)
    plain, qdq = to_qdq(model, images(train_x[:200]))
    answers = lambda network: np.concatenate([run_onnxruntime(network, x[None]) for x in images(test_x)])
    share = lambda scores: round(float(np.mean(scores.argmax(-1) == test_y)), 4)
    metrics = {"test_images": len(test_y), "float_accuracy": share(answers(plain)), "int8_accuracy": share(answers(qdq))}
    samples = images(test_x[:digits_set.CASE_SAMPLES])
    golden = np.stack([run_onnxruntime(qdq, x[None])[0] for x in samples])
    macs = 12 * 9 * 64 + 12 * 9 * 64 + 12 * 12 * 64 + 20 * 12 * 9 * 4 + 80 * 10
    write_case("digits_qdq", qdq, samples, golden, shapes=([1, 1, 8, 8], [1, 10]), lsb=step_of(qdq), macs=macs,
               metrics=metrics, note=NOTE)
    folder = ROOT / "digits_qdq"
    (folder / "labels.txt").write_text("".join(f"{d}\n" for d in range(10)))
    expected = {}
    for digit in (3, 7, 8):
        image = images(test_x[np.flatnonzero(test_y == digit)[:1]])
        np.save(folder / "samples" / f"digit_{digit}.npy", image)
        expected[f"digit_{digit}.npy"] = {"answer": str(run_onnxruntime(qdq, image).argmax())}
    (folder / "samples" / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
