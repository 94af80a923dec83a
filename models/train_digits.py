"""Trains models/digits: a small CNN that reads an 8x8 handwritten digit."""
from export import make_deterministic, to_int8_tflite, write_case

import keras
from keras import layers

import digits_data

SEED = 3
NOTE = ("scikit-learn's 8x8 digits; real input = pixel / 255. Samples are the first 32 images of the test split, "
        "which the training never saw.")


def build():
    """Conv, depthwise + pointwise, pool, conv, dense: 5,000 weights."""
    return keras.Sequential([
        layers.Input((8, 8, 1)),
        layers.Conv2D(8, 3, padding="same", activation="relu"),
        layers.DepthwiseConv2D(3, padding="same", activation="relu"),
        layers.Conv2D(16, 1, activation="relu"),
        layers.MaxPooling2D(2),
        layers.Conv2D(24, 3, activation="relu"),
        layers.Flatten(),
        layers.Dropout(0.2),
        layers.Dense(10, activation="softmax"),
    ])


def main():
    make_deterministic(SEED)
    train_x, train_y, test_x, test_y = digits_data.load()
    model = build()
    digits_data.fit(model, train_x, train_y, epochs=60, rate=4e-3, seed=SEED)
    tflite = to_int8_tflite(model, digits_data.to_real(train_x))
    metrics = digits_data.accuracies(model, tflite, test_x, test_y)
    write_case("digits", tflite, digits_data.to_real(test_x[:digits_data.CASE_SAMPLES]), metrics, NOTE)
    digits_data.write_samples("digits", tflite, test_x, test_y)


if __name__ == "__main__":
    main()
