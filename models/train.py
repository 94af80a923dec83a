"""Regenerates networks of this folder: python models/train.py [NAME...], without names all .tflite ones."""
import subprocess
import sys
from pathlib import Path

NAMES = ("digits", "regressor", "pruned", "knocks")
ONNX_NAMES = ("digits_qdq", "motion")  # other packages: requirements-onnx.txt


def main(names):
    unknown = [n for n in names if n not in NAMES + ONNX_NAMES]
    if unknown:
        sys.exit(f'train.py: unknown model "{unknown[0]}". Models are: {", ".join(NAMES + ONNX_NAMES)}.')
    for name in names or NAMES:  # a process each: TensorFlow's seeds are per process
        subprocess.run([sys.executable, Path(__file__).with_name(f"train_{name}.py")], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
