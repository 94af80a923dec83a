"""Trains models/regressor: the length of an iris's petal from its other three measures, all in cm.

Source: Iris (R. A. Fisher, 1936), from scikit-learn; UCI lists it under CC BY 4.0.
"""
import json

from export import (ROOT, dequantize, describe_tensor, make_deterministic, quantize, read_graph, run_litert,
                    run_tflite_micro, to_int8_tflite, write_case)

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split

SEED = 5
PETAL_LENGTH = 2  # column of scikit-learn's iris; the others are sepal length, sepal width, petal width
NOTE = ("Iris. Input: sepal length, sepal width, petal width; output: petal length, all in cm. Samples are the "
        "first 32 flowers of the test split, which the training never saw.")


def load():
    """(train x, train y, test x, test y): float32 [n, 3] and [n, 1], in cm."""
    iris = load_iris()
    x = np.delete(iris.data, PETAL_LENGTH, axis=1).astype(np.float32)
    y = iris.data[:, [PETAL_LENGTH]].astype(np.float32)
    train_x, test_x, train_y, test_y = train_test_split(x, y, test_size=40, stratify=iris.target, random_state=1)
    return train_x, train_y, test_x, test_y


def build():
    """Three dense layers, tanh then ReLU: 353 weights and biases."""
    return keras.Sequential([
        layers.Input((3,)),
        layers.Dense(16, activation="tanh"),
        layers.Dense(16, activation="relu"),
        layers.Dense(1),
    ])


def errors(predicted, expected):
    """Mean absolute error in cm, and the share of the variance explained (R squared)."""
    residual = np.sum((predicted - expected) ** 2)
    total = np.sum((expected - expected.mean()) ** 2)
    return {"mean_error_cm": round(float(np.mean(np.abs(predicted - expected))), 4),
            "r2": round(float(1 - residual / total), 4)}


def write_samples(tflite, flowers, lengths):
    """Three test flowers as float32 [1, 3], each as .npy and .json, with TFLite Micro's answer."""
    folder = ROOT / "regressor" / "samples"
    _, graph, _ = read_graph(tflite)
    source, target = (describe_tensor(graph, t[0]) for t in (graph.inputs, graph.outputs))
    expected = {}
    order = np.argsort(lengths[:, 0])
    for name, k in zip(("small", "middle", "large"), (order[0], order[len(order) // 2], order[-1])):
        np.save(folder / f"{name}.npy", flowers[k:k + 1])
        shown = [[round(float(v), 2) for v in flowers[k]]]
        (folder / f"{name}.json").write_text(json.dumps(shown) + "\n")
        answer = dequantize(run_tflite_micro(tflite, quantize(flowers[k:k + 1], source)), target)
        expected[name] = {"answer_cm": round(float(answer[0, 0]), 4), "measured_cm": round(float(lengths[k, 0]), 2)}
    (folder / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


def main():
    make_deterministic(SEED)
    train_x, train_y, test_x, test_y = load()
    model = build()
    epochs, steps = 400, -(-len(train_x) // 16)
    model.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(5e-3, epochs * steps)), "mse")
    model.fit(train_x, train_y, batch_size=16, epochs=epochs, verbose=0)
    tflite = to_int8_tflite(model, train_x)
    _, graph, _ = read_graph(tflite)
    source, target = (describe_tensor(graph, t[0]) for t in (graph.inputs, graph.outputs))
    samples = quantize(test_x, source)
    metrics = {
        "test_flowers": len(test_x),
        "float": errors(model.predict(test_x, verbose=0), test_y),
        "int8": errors(dequantize(run_tflite_micro(tflite, samples), target), test_y),
        "int8_litert": errors(dequantize(run_litert(tflite, samples), target), test_y),
    }
    write_case("regressor", tflite, test_x[:32], metrics, NOTE)
    write_samples(tflite, test_x, test_y)


if __name__ == "__main__":
    main()
