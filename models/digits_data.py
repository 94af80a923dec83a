"""The 8x8 handwritten digits of scikit-learn, and what both digit classifiers share.

Source: UCI Optical Recognition of Handwritten Digits (E. Alpaydin, C. Kaynak, 1998), CC BY 4.0.
"""
import json

import keras
import numpy as np
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from export import ROOT, describe_tensor, dequantize, quantize, read_graph, run_litert, run_tflite_micro

CASE_SAMPLES = 32


def load():
    """(train pixels, train labels, test pixels, test labels); pixels uint8 [n, 8, 8, 1] in 0..255.

    The set counts 0..16 dark dots a pixel; here 16 is 255, and the network's real input is pixel / 255.
    """
    digits = load_digits()
    pixels = np.rint(digits.images * 255 / 16).astype(np.uint8)[..., None]
    labels = digits.target.astype(np.int64)
    train_x, test_x, train_y, test_y = train_test_split(
        pixels, labels, test_size=400, stratify=labels, random_state=1)
    return train_x, train_y, test_x, test_y


def to_real(pixels):
    """uint8 pixels to the network's real input, float32 in [0, 1]."""
    return pixels.astype(np.float32) / 255


def shifted(pixels, rng):
    """Every image moved by -1, 0 or 1 pixel each way, filled with 0: the training's only augmentation."""
    padded = np.pad(pixels, ((0, 0), (1, 1), (1, 1), (0, 0)))
    moves = rng.integers(0, 3, [len(pixels), 2])
    return np.stack([image[y:y + 8, x:x + 8] for image, (y, x) in zip(padded, moves)])


def fit(model, pixels, labels, epochs, rate, seed, callbacks=()):
    """Trains with Adam from `rate` down to 0 along a cosine, batches of 32, images shifted anew each epoch."""
    rng = np.random.default_rng(seed)
    steps = -(-len(pixels) // 32)
    schedule = keras.optimizers.schedules.CosineDecay(rate, epochs * steps)
    model.compile(keras.optimizers.Adam(schedule), keras.losses.SparseCategoricalCrossentropy())
    for _ in range(epochs):
        model.fit(to_real(shifted(pixels, rng)), labels, batch_size=32, verbose=0, callbacks=list(callbacks))


def accuracies(model, tflite, pixels, labels):
    """Share of right answers: the float network, TFLite Micro, and LiteRT's reference."""
    _, graph, _ = read_graph(tflite)
    samples = quantize(to_real(pixels), describe_tensor(graph, graph.inputs[0]))
    share = lambda scores: round(float(np.mean(scores.argmax(-1) == labels)), 4)
    return {
        "test_images": len(labels),
        "float_accuracy": share(model.predict(to_real(pixels), verbose=0)),
        "int8_accuracy": share(run_tflite_micro(tflite, samples)),
        "int8_accuracy_litert": share(run_litert(tflite, samples)),
    }


def write_samples(name, tflite, pixels, labels, digits=(3, 7, 8)):
    """labels.txt, and one 8x8 grey PNG of each of three test digits with TFLite Micro's answer to it."""
    folder = ROOT / name
    (folder / "labels.txt").write_text("".join(f"{d}\n" for d in range(10)))
    _, graph, _ = read_graph(tflite)
    source, target = (describe_tensor(graph, t[0]) for t in (graph.inputs, graph.outputs))
    expected = {}
    for digit in digits:
        image = pixels[np.flatnonzero(labels == digit)[0]]
        Image.fromarray(image[..., 0]).save(folder / "samples" / f"digit_{digit}.png")
        scores = dequantize(run_tflite_micro(tflite, quantize(to_real(image[None]), source))[0], target)
        expected[f"digit_{digit}.png"] = {"answer": str(scores.argmax()), "score": round(float(scores.max()), 4)}
    (folder / "samples" / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
