"""What both of TensorFlow's digit classifiers share."""
import json

import keras
import numpy as np
from PIL import Image

from digits_set import CASE_SAMPLES, load, shifted, to_real
from export import ROOT, describe_tensor, dequantize, quantize, read_graph, run_litert, run_tflite_micro

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
