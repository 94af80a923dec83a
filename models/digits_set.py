"""The 8x8 handwritten digits of scikit-learn.

Source: UCI Optical Recognition of Handwritten Digits (E. Alpaydin, C. Kaynak, 1998), CC BY 4.0.
"""
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

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
