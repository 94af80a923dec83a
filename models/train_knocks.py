"""Trains models/knocks: counts knocks on a door, one or more than one, in a stream of loudness in four bands.

The stream is synthetic: knocks are short and start in all bands at once, what may be taken for them (voices, hiss, a
hum) lasts longer or stays in one band. The network is an SVDF layer, which keeps what it needs of the past as state,
and a dense one; both are written here by hand, since no converter makes an SVDF of integers.
"""
import json

from export import ROOT, describe_tensor, make_deterministic, quantize, read_graph, run_tflite_micro, write_case

import flatbuffers
import numpy as np
import tensorflow as tf
from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

SEED = 3
BANDS, UNITS, RANK, MEMORY, CLASSES = 4, 8, 2, 20, 3
SAMPLES = 64
FILTERS = UNITS * RANK
LABELS = ("quiet", "one knock", "more knocks")
NOTE = ("Synthetic loudness, 0 to 1, in four bands, every 20 ms; the answer is how often someone knocked in the last "
        "400 ms: not, once, or more than once. Samples are 64 steps of one stream that the training never saw.")


def stream(random, steps):
    """(x, y): float32 [steps, BANDS] in [0, 1], and how many knocks began in the last MEMORY steps, 2 at most."""
    x = 0.03 * np.abs(random.standard_normal((steps, BANDS)))
    starts = np.zeros(steps, int)
    at = int(random.integers(0, 30))
    while at < steps:
        for _ in range(random.integers(1, 4)):
            if at >= steps:
                break
            loud, decay = random.uniform(0.35, 1.0), random.uniform(0.15, 0.45)
            bands = loud * random.uniform(0.7, 1.0, BANDS)
            for k in range(min(6, steps - at)):
                x[at + k] += bands * decay**k
            starts[at] = 1
            at += int(random.integers(5, 14))
        at += int(random.integers(15, 90))
    for _ in range(steps // 60):
        at, length = int(random.integers(0, steps)), int(random.integers(10, 40))
        bands = random.uniform(0, 0.5, BANDS) if random.random() < 0.5 else 0.6 * np.eye(BANDS)[random.integers(BANDS)]
        rise = np.minimum(1, np.arange(1, length + 1) / random.integers(3, 9))
        x[at:at + length] += (bands * rise[:, None])[:steps - at]
    counts = np.convolve(starts, np.ones(MEMORY, int))[:steps]
    return np.clip(x, 0, 1).astype(np.float32), np.minimum(counts, CLASSES - 1)


def forward(weights, x):
    """Logits [n, steps, CLASSES] and the filters' results [n, steps, FILTERS] for x [n, steps, BANDS]."""
    feature, time, bias, dense, dense_bias = weights
    results = x @ tf.transpose(feature)
    padded = tf.pad(results, [[0, 0], [MEMORY - 1, 0], [0, 0]])
    windows = tf.stack([padded[:, k:k + x.shape[1]] for k in range(MEMORY)], axis=-1)
    filtered = tf.reduce_sum(windows * time, -1)
    units = tf.reduce_sum(tf.reshape(filtered, (*filtered.shape[:2], UNITS, RANK)), -1) + bias
    return tf.nn.relu(units) @ tf.transpose(dense) + dense_bias, results, units


def train(random):
    initial = tf.random.stateless_normal
    shapes = ((FILTERS, BANDS), (FILTERS, MEMORY), (UNITS,), (CLASSES, UNITS), (CLASSES,))
    weights = [tf.Variable(initial(s, (SEED, k)) * (0.5 if len(s) == 2 else 0.0)) for k, s in enumerate(shapes)]
    streams = [stream(random, 300) for _ in range(256)]
    x, y = (np.stack(part) for part in zip(*streams))
    optimizer = tf.keras.optimizers.Adam(tf.keras.optimizers.schedules.CosineDecay(0.02, 1500))

    @tf.function
    def step(batch_x, batch_y):
        with tf.GradientTape() as tape:
            logits, _, _ = forward(weights, batch_x)
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(batch_y, logits)
            loss = tf.reduce_mean(losses[:, MEMORY:])
        optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
        return loss

    for _ in range(1500):
        chosen = random.integers(0, len(x), 32)
        step(x[chosen], y[chosen])
    return [w.numpy() for w in weights], x


class Writer:
    """A .tflite file, tensor by tensor and operator by operator."""

    def __init__(self):
        self.graph = schema.SubGraphT()
        self.graph.tensors, self.graph.operators, self.graph.name = [], [], "main"
        self.buffers, self.codes = [schema.BufferT()], []

    def tensor(self, name, shape, dtype, scale, zero_point=0, values=None, variable=False):
        tensor = schema.TensorT()
        tensor.name, tensor.shape, tensor.isVariable = name, list(shape), variable
        tensor.type = {"int8": schema.TensorType.INT8, "int16": schema.TensorType.INT16,
                       "int32": schema.TensorType.INT32}[dtype]
        tensor.quantization = schema.QuantizationParametersT()
        tensor.quantization.scale, tensor.quantization.zeroPoint = [float(scale)], [int(zero_point)]
        tensor.buffer = 0
        if values is not None:
            info = np.iinfo(dtype)
            stored = np.clip(np.rint(values / np.float64(np.float32(scale))), info.min, info.max).astype(dtype)
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(stored.tobytes(), np.uint8)
            self.buffers.append(buffer)
            tensor.buffer = len(self.buffers) - 1
        self.graph.tensors.append(tensor)
        return len(self.graph.tensors) - 1

    def operator(self, name, inputs, outputs, options):
        code = schema.OperatorCodeT()
        code.builtinCode = code.deprecatedBuiltinCode = getattr(schema.BuiltinOperator, name)
        code.version = 1
        self.codes.append(code)
        operator = schema.OperatorT()
        operator.opcodeIndex, operator.inputs, operator.outputs = len(self.codes) - 1, inputs, outputs
        operator.builtinOptions = options
        operator.builtinOptionsType = getattr(schema.BuiltinOptions, type(options).__name__[:-1])
        self.graph.operators.append(operator)

    def bytes(self, inputs, outputs):
        self.graph.inputs, self.graph.outputs = inputs, outputs
        model = schema.ModelT()
        model.version, model.subgraphs, model.description = 3, [self.graph], "knocks"
        model.buffers, model.operatorCodes = self.buffers, self.codes
        builder = flatbuffers.Builder(4096)
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def to_tflite(weights, x):
    """The network in int8 with an int16 state; ranges are what the streams `x` reach."""
    feature, time, bias, dense, dense_bias = weights
    logits, results, units = (part.numpy() for part in forward(weights, x))
    reach = lambda values, steps: np.float32(np.abs(values).max() / steps)
    input_scale, feature_scale, dense_scale = np.float32(1 / 255), reach(feature, 127), reach(dense, 127)
    # 11 bits each: RANK * MEMORY products of state and weights have to fit an int32.
    state_scale, time_scale = reach(results, 2000), reach(time, 2000)
    units_scale, logits_scale = np.float32(units.max() / 255), np.float32((logits.max() - logits.min()) / 255)
    logits_zero = int(np.rint(-128 - logits.min() / logits_scale))
    w = Writer()
    loudness = w.tensor("loudness", (1, BANDS), "int8", input_scale, -128)
    hidden = w.tensor("units", (1, UNITS), "int8", units_scale, -128)
    scores = w.tensor("scores", (1, CLASSES), "int8", logits_scale, logits_zero)
    answer = w.tensor("knocks", (1, CLASSES), "int8", 1 / 256, -128)
    svdf, full, softmax = schema.SVDFOptionsT(), schema.FullyConnectedOptionsT(), schema.SoftmaxOptionsT()
    svdf.rank, svdf.fusedActivationFunction = RANK, schema.ActivationFunctionType.RELU
    softmax.beta = 1.0
    w.operator("SVDF", [
        loudness,
        w.tensor("feature", feature.shape, "int8", feature_scale, 0, feature),
        w.tensor("time", time.shape, "int16", time_scale, 0, time),
        w.tensor("bias", bias.shape, "int32", state_scale * time_scale, 0, bias),
        w.tensor("memory", (1, FILTERS * MEMORY), "int16", state_scale, 0, variable=True),
    ], [hidden], svdf)
    w.operator("FULLY_CONNECTED", [
        hidden,
        w.tensor("dense", dense.shape, "int8", dense_scale, 0, dense),
        w.tensor("dense_bias", dense_bias.shape, "int32", units_scale * dense_scale, 0, dense_bias),
    ], [scores], full)
    w.operator("SOFTMAX", [scores], [answer], softmax)
    return w.bytes([loudness], [answer])


def write_sample(tflite, source):
    """One stream to try, float32 [steps, BANDS], and what TFLite Micro answers at each step."""
    folder = ROOT / "knocks" / "samples"
    x, y = stream(np.random.default_rng(SEED + 2), 100)
    np.save(folder / "door.npy", x)
    answers = np.argmax(run_tflite_micro(tflite, quantize(x, source)), -1)
    expected = {"door": {"answers": answers.tolist(), "counted": y.tolist()}}
    (folder / "expected.json").write_text(json.dumps(expected) + "\n")


def main():
    make_deterministic(SEED)
    random = np.random.default_rng(SEED)
    weights, train_x = train(random)
    tflite = to_tflite(weights, train_x[:64])
    _, graph, _ = read_graph(tflite)
    source = describe_tensor(graph, graph.inputs[0])
    x, y = stream(np.random.default_rng(SEED + 1), 4000)
    found = {
        "float": np.argmax(forward(weights, x[None])[0].numpy()[0], -1),
        "int8": np.argmax(run_tflite_micro(tflite, quantize(x, source)), -1),
    }
    metrics = {"test_steps": len(x) - MEMORY}
    for name, answers in found.items():
        metrics[name] = {"accuracy": round(float(np.mean(answers[MEMORY:] == y[MEMORY:])), 4)}
    write_case("knocks", tflite, x[:SAMPLES], metrics, NOTE)
    (ROOT / "knocks" / "labels.txt").write_text("\n".join(LABELS) + "\n")
    write_sample(tflite, source)


if __name__ == "__main__":
    main()
