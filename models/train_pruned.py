"""Trains models/pruned: a digit CNN of which a third of the channels are pruned away but still in the file.

Whole output channels of convolutions are zero, as in MLPerf Tiny's visual wake words network, so that a
compiler can find them dead. Their biases stay, so a dead channel is a constant, and not always zero.
"""
from export import make_deterministic, read_graph, to_int8_tflite, write_case

import keras
import numpy as np
from keras import layers

import digits_data

SEED = 7
# Share of the output channels of each layer that pruning sets to zero.
PRUNED = {"stem": 0.375, "block1_depthwise": 0.125, "block1_pointwise": 0.5, "block2_depthwise": 0.125,
          "block2_pointwise": 0.5, "block3_depthwise": 0.125, "block3_pointwise": 0.4}
NOTE = ("Structured pruning on scikit-learn's 8x8 digits; real input = pixel / 255. Samples are the first 32 images "
        "of the test split, which the training never saw.")


def build():
    """Stem, a residual depthwise-separable block, then two more that halve the image and pool it."""
    def normalized(x, name, activation="relu"):
        x = layers.BatchNormalization(name=f"{name}_norm")(x)
        return layers.Activation(activation, name=f"{name}_out")(x)

    def separable(x, name, filters, strides, activation="relu"):
        x = layers.DepthwiseConv2D(3, strides, "same", use_bias=False, name=f"{name}_depthwise")(x)
        x = normalized(x, f"{name}_depthwise")
        x = layers.Conv2D(filters, 1, use_bias=False, name=f"{name}_pointwise")(x)
        return normalized(x, f"{name}_pointwise", activation)

    image = layers.Input((8, 8, 1))
    x = layers.Conv2D(16, 3, padding="same", use_bias=False, name="stem")(image)
    stem = normalized(x, "stem")
    x = separable(stem, "block1", 16, 1, "linear")
    x = layers.ReLU(name="residual_out")(layers.Add(name="residual")([stem, x]))
    x = separable(x, "block2", 32, 2)
    x = separable(x, "block3", 40, 1)
    x = layers.Flatten()(layers.AveragePooling2D(4)(x))
    return keras.Model(image, layers.Dense(10, activation="softmax", name="scores")(x))


class Pruning(keras.callbacks.Callback):
    """Holds the chosen channels of each layer at exactly zero after every training step."""

    def __init__(self, model):
        super().__init__()
        self.masks = [(model.get_layer(name), channel_mask(model.get_layer(name), share))
                      for name, share in PRUNED.items()]
        self.apply()

    def apply(self):
        for layer, mask in self.masks:
            layer.kernel.assign(layer.kernel * mask)

    def on_train_batch_end(self, batch, logs=None):
        self.apply()


def channel_mask(layer, share):
    """0 for the output channels with the smallest kernels, 1 for the others; broadcasts over the kernel."""
    depthwise = isinstance(layer, layers.DepthwiseConv2D)
    kernel = keras.ops.convert_to_numpy(layer.kernel)  # [h, w, in, out], or [h, w, channels, 1] when depthwise
    norms = np.sqrt((kernel ** 2).sum(axis=(0, 1, 3) if depthwise else (0, 1, 2)))
    mask = np.ones(len(norms), np.float32)
    mask[np.argsort(norms)[:round(share * len(norms))]] = 0
    return mask[:, None] if depthwise else mask


def dead_channels(tflite):
    """For each convolution: channels with only zero weights, and how many of them have a non-zero bias."""
    model, graph, names = read_graph(tflite)
    report = []
    for index, (op, name) in enumerate(zip(graph.operators, names)):
        if name not in ("CONV_2D", "DEPTHWISE_CONV_2D"):
            continue
        filters, bias = graph.tensors[op.inputs[1]], graph.tensors[op.inputs[2]]
        weights = np.frombuffer(bytes(model.buffers[filters.buffer].data), np.int8).reshape(filters.shape)
        biases = np.frombuffer(bytes(model.buffers[bias.buffer].data), np.int32)
        axis = 3 if name == "DEPTHWISE_CONV_2D" else 0
        dead = ~np.moveaxis(weights, axis, 0).reshape(len(biases), -1).any(axis=1)
        report.append({"operator": index, "kind": name, "channels": len(biases), "dead": int(dead.sum()),
                       "dead_with_bias": int(np.count_nonzero(biases[dead]))})
    return report


def main():
    make_deterministic(SEED)
    train_x, train_y, test_x, test_y = digits_data.load()
    model = build()
    digits_data.fit(model, train_x, train_y, epochs=30, rate=4e-3, seed=SEED)
    pruning = Pruning(model)
    digits_data.fit(model, train_x, train_y, epochs=40, rate=3e-3, seed=SEED + 1, callbacks=[pruning])
    tflite = to_int8_tflite(model, digits_data.to_real(train_x))
    metrics = digits_data.accuracies(model, tflite, test_x, test_y)
    metrics["dead_channels"] = dead_channels(tflite)
    write_case("pruned", tflite, digits_data.to_real(test_x[:digits_data.CASE_SAMPLES]), metrics, NOTE)
    digits_data.write_samples("pruned", tflite, test_x, test_y)


if __name__ == "__main__":
    main()
