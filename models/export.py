"""Turns a trained Keras network into an int8 .tflite with samples and goldens from TFLite Micro.

The layout of what it writes is that of a conformance case: raw little-endian samples, one after another.
Import it before keras: it sets TensorFlow's environment.
"""
import hashlib
import json
import os
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import keras
import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from tflite_micro.python.tflite_micro import runtime
from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

ROOT = Path(__file__).resolve().parent
ARENA_BYTES = 1 << 20
OP_NAMES = {v: k for k, v in vars(schema.BuiltinOperator).items() if not k.startswith("_")}


def make_deterministic(seed):
    """Fixes every source of randomness; the same machine then trains the same weights."""
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()


def to_int8_tflite(model, representative):
    """int8 .tflite bytes of a Keras model, batch fixed at 1, weights per channel.

    representative: float32 [n, ...], real inputs for the converter's calibration.
    """
    spec = tf.TensorSpec([1, *model.input_shape[1:]], tf.float32, name="input")
    call = tf.function(lambda x: model(x, training=False), input_signature=[spec])
    owner = tf.Module()  # holds the weights as TensorFlow's own variables: Keras 3's wrappers would not be frozen
    owner.weights = [v.value for v in model.variables]
    converter = tf.lite.TFLiteConverter.from_concrete_functions([call.get_concrete_function()], owner)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([x[None]] for x in representative)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    return converter.convert()


def read_graph(tflite):
    """The flatbuffer's main subgraph with its operators' names: (model, subgraph, [name of each operator])."""
    model = runtime.convert_bytearray_to_object(bytearray(tflite))
    codes = [OP_NAMES[runtime.get_builtin_code_from_operator_code(c)] for c in model.operatorCodes]
    graph = model.subgraphs[0]
    return model, graph, [codes[op.opcodeIndex] for op in graph.operators]


def describe_tensor(graph, index):
    """name, shape, dtype, scale and zero_point of a tensor, as case.json has them."""
    tensor = graph.tensors[index]
    return {
        "name": tensor.name.decode(),
        "shape": [int(d) for d in tensor.shape],
        "dtype": "int8",
        "scale": float(tensor.quantization.scale[0]),
        "zero_point": int(tensor.quantization.zeroPoint[0]),
    }


def count_macs(graph, names):
    """Multiply-accumulates of the convolutions, SVDF and dense layers, borders counted in full."""
    macs = 0
    for op, name in zip(graph.operators, names):
        if name == "SVDF":
            macs += sum(int(np.prod(graph.tensors[weights].shape)) for weights in op.inputs[1:3])
        if name in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"):
            filters, out = graph.tensors[op.inputs[1]].shape, graph.tensors[op.outputs[0]].shape
            per_output = np.prod(filters[1:3]) if name == "DEPTHWISE_CONV_2D" else np.prod(filters[1:])
            macs += int(np.prod(out) * per_output)
    return macs


def quantize(real, info):
    """Real values to int8: round half to even, as numpy does, then clamp."""
    return np.clip(np.rint(real / np.float32(info["scale"])) + info["zero_point"], -128, 127).astype(np.int8)


def dequantize(values, info):
    """int8 to real values."""
    return (values.astype(np.int32) - info["zero_point"]) * np.float32(info["scale"])


def run_tflite_micro(tflite, samples, anew=False):
    """Output int8 [n, ...] of TFLite Micro for int8 samples [n, ...], one input and one output.

    A network with state goes on from sample to sample, or starts `anew` with each.
    """
    interpreter = runtime.Interpreter.from_bytes(bytes(tflite), arena_size=ARENA_BYTES)
    outputs = []
    for sample in samples:
        if anew:
            interpreter.reset()
        interpreter.set_input(sample[None], 0)
        interpreter.invoke()
        outputs.append(np.array(interpreter.get_output(0))[0])
    return np.stack(outputs)


def run_litert(tflite, samples):
    """The same through LiteRT's reference kernels, in sequence."""
    interpreter = Interpreter(model_content=tflite, experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    interpreter.allocate_tensors()
    source, target = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]
    outputs = []
    for sample in samples:
        interpreter.set_tensor(source, sample[None])
        interpreter.invoke()
        outputs.append(np.array(interpreter.get_tensor(target))[0])
    return np.stack(outputs)


def write_case(name, tflite, real_samples, metrics, note):
    """Writes <name>/<name>.tflite, input0.bin, output0.bin and case.json; returns the goldens, int8.

    Of a network with state, output0.bin starts each sample from the initial state; output0.seq.bin does not.
    """
    folder = ROOT / name
    (folder / "samples").mkdir(parents=True, exist_ok=True)
    model, graph, names = read_graph(tflite)
    source, target = describe_tensor(graph, graph.inputs[0]), describe_tensor(graph, graph.outputs[0])
    samples = quantize(real_samples, source)
    stateful = any(tensor.isVariable for tensor in graph.tensors)
    sequence, litert = run_tflite_micro(tflite, samples), run_litert(tflite, samples)
    golden = run_tflite_micro(tflite, samples, anew=stateful)
    difference = np.abs(sequence.astype(int) - litert)
    (folder / f"{name}.tflite").write_bytes(tflite)
    samples.tofile(folder / "input0.bin")
    golden.tofile(folder / "output0.bin")
    if stateful:
        sequence.tofile(folder / "output0.seq.bin")
    constants = {t for op in graph.operators for t in op.inputs if t >= 0}
    buffers = [model.buffers[graph.tensors[t].buffer].data for t in sorted(constants)]
    case = {
        "name": name,
        "format": "tflite",
        "model": f"{name}/{name}.tflite",
        "group": "zoo",
        "mode": "int8",
        "ops": {n: names.count(n) for n in sorted(set(names))},
        "operator_count": len(names),
        "inputs": [{**source, "file": f"{name}/input0.bin"}],
        "outputs": [{**target, "file": f"{name}/output0.bin",
                     **({"seq_file": f"{name}/output0.seq.bin"} if stateful else {})}],
        "samples": len(samples),
        "contract": "tflite-micro",
        "differs_from_litert_ref": {"values": int(np.count_nonzero(difference)), "at_most": int(difference.max())},
        "macs": count_macs(graph, names),
        "weights_bytes": sum(len(b) for b in buffers if b is not None),
        "file_bytes": len(tflite),
        "sha256": hashlib.sha256(tflite).hexdigest(),
        "stateful": stateful,
        "metrics": metrics,
        "note": note,
    }
    (folder / "case.json").write_text(json.dumps(case, indent=1) + "\n")
    shown = {k: case[k] for k in ("file_bytes", "macs", "ops", "metrics", "differs_from_litert_ref")}
    print(f"{name}: {json.dumps(shown)}")
    return golden
