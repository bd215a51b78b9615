"""Trains the output layer of the digits model and writes model.json.

Needs Python 3.9 or newer and numpy; nothing else in the repository needs Python.
The hidden layer is fixed and pseudo-random, the output layer is a ridge regression on its
activations, rounded to int8. Only the first TRAIN images are looked at: the rest is a held-out test.
"""

import base64
import gzip
import json
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
SEED, PIXELS, HIDDEN, CLASSES, OUTPUT_ROWS = 20_090_318, 64, 1024, 10, 16
WEIGHT_SPAN, SHIFT, TOP = 15, 3, 64
TRAIN = 898
RIDGES = [10.0**e for e in range(2, 8)]


def xorshift32(state):
    while True:
        state ^= (state << 13) & 0xFFFFFFFF
        state ^= state >> 17
        state ^= (state << 5) & 0xFFFFFFFF
        yield state


def hidden_layer():
    """The same numbers as model.mjs draws: per hidden unit its 64 weights, then its threshold."""
    numbers = xorshift32(SEED)
    weights, thresholds = [], []
    for _ in range(HIDDEN):
        weights.append([(next(numbers) >> 8) % WEIGHT_SPAN - WEIGHT_SPAN // 2 for _ in range(PIXELS)])
        thresholds.append((next(numbers) >> 8) % 512 - 256)
    return np.array(weights, dtype=np.int64), np.array(thresholds, dtype=np.int64)


def activations(images):
    weights, thresholds = hidden_layer()
    return np.clip((images @ weights.T - thresholds) >> SHIFT, 0, TOP)


def quantise(weights):
    return np.rint(weights * (TOP / np.abs(weights).max())).astype(np.int64)


def ridge(features, labels, penalty):
    """One-against-all targets, no intercept: the centring is what an int8 layer can't express."""
    targets = np.where(labels[:, None] == np.arange(CLASSES), 1.0, -1.0)
    features = features.astype(np.float64)
    gram = features.T @ features + penalty * np.eye(features.shape[1])
    return np.linalg.solve(gram, features.T @ targets).T


def accuracy(features, labels, weights):
    return float(((features @ weights.T).argmax(axis=1) == labels).mean())


def main():
    with gzip.open(HERE / "data/digits.csv.gz", "rt") as file:
        table = np.loadtxt(file, delimiter=",", dtype=np.int64)
    images, labels = table[:TRAIN, :PIXELS], table[:TRAIN, PIXELS]
    features = activations(images)

    # The penalty is chosen on the last quarter of the training images; the held-out images stay unseen.
    cut = TRAIN * 3 // 4
    scored = [
        (accuracy(features[cut:], labels[cut:], quantise(ridge(features[:cut], labels[:cut], p))), p)
        for p in RIDGES
    ]
    best, penalty = max(scored)
    for score, p in scored:
        print(f"ridge {p:>12.0f}: {score:.4f} on the last quarter of the training images")
    weights = quantise(ridge(features, labels, penalty))
    print(f"chosen {penalty:.0f}; on its own training images {accuracy(features, labels, weights):.4f}")

    rows = np.zeros((OUTPUT_ROWS, HIDDEN), dtype=np.int8)
    rows[:CLASSES] = weights
    model = {
        "about": "Quantised model for the 8x8 digits; written by train.py, read by model.mjs.",
        "pixels": PIXELS,
        "hidden": HIDDEN,
        "classes": CLASSES,
        "outputRows": OUTPUT_ROWS,
        "hiddenLayer": {"generator": "xorshift32", "seed": SEED, "weightSpan": WEIGHT_SPAN, "shift": SHIFT, "top": TOP},
        "trainedOnFirst": TRAIN,
        "outputLayerInt8Base64": base64.b64encode(rows.tobytes()).decode(),
    }
    (HERE / "model.json").write_text(json.dumps(model, indent=1) + "\n")


if __name__ == "__main__":
    main()
