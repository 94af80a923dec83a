/**
 * The part of `<name>.js` that is the same for every model: text that runs in Node, browsers and bundlers.
 * Rounding follows TensorFlow Lite's affine quantization (`reference/quantize.h`): float32 division, half away
 * from zero.
 */

/**
 * JavaScript that expects the constant `manifest` and the functions `defaultSource()` and `manifestOf(found, exports)` before
 * it.
 */
export const JS_RUNTIME = `
const ARRAYS = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  float32: Float32Array,
  bool: Uint8Array,
};

const RANGES = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  int32: [-2147483648, 2147483647],
  int64: [-(2 ** 63), 2 ** 63],
  bool: [0, 1],
};

/** Loads the module: from beside this file, or from bytes, a Response, a URL or a compiled module. */
export async function load(source) {
  const given = (await source) ?? defaultSource();
  const module = kindOf(given) === "WebAssembly.Module" ? given : await compile(await bytesFrom(given));
  return attach(module, await WebAssembly.instantiate(module));
}

/** Like load, at once; some browsers refuse it for large modules on their main thread. */
export function loadSync(source) {
  const kind = kindOf(source);
  if (kind !== "WebAssembly.Module" && kind !== "ArrayBuffer" && !ArrayBuffer.isView(source)) {
    throw fault("loadSync takes the module's bytes or a WebAssembly.Module, found " + kind + ".");
  }
  let module = source;
  if (kind !== "WebAssembly.Module") {
    try {
      module = new WebAssembly.Module(source);
    } catch (error) {
      throw notWasm(error);
    }
  }
  return attach(module, new WebAssembly.Instance(module));
}

/** The name of a value's own class, also across realms: "Int8Array", "Array", "WebAssembly.Module". */
function kindOf(value) {
  return Object.prototype.toString.call(value).slice(8, -1);
}

function fault(sentence) {
  return new Error(manifest.name + ": " + sentence);
}

function notWasm(error) {
  return fault("the source is not a WebAssembly module (" + error.message + "). Build the model again.");
}

async function compile(bytes) {
  try {
    return await WebAssembly.compile(bytes);
  } catch (error) {
    throw notWasm(error);
  }
}

async function bytesFrom(source) {
  const kind = kindOf(source);
  if (kind === "ArrayBuffer" || ArrayBuffer.isView(source)) return source;
  if (kind === "URL" || kind === "String") return bytesAt(String(source));
  if (typeof source.arrayBuffer !== "function") {
    throw fault("load takes bytes, a Response, a URL or a WebAssembly.Module, found " + kind + ".");
  }
  if (source.ok === false) {
    throw fault("fetching " + (source.url || "the module") + " gave HTTP status " + source.status + ".");
  }
  return source.arrayBuffer();
}

async function bytesAt(address) {
  const node = typeof process === "object" && process !== null && process.versions?.node !== undefined;
  // In Node, what has no scheme is a path; a single letter before the colon is a drive.
  const scheme = /^[a-z][a-z0-9+.-]+:/i.exec(address)?.[0];
  if (node && (scheme === undefined || scheme === "file:")) {
    // The name is a variable, and hidden from bundlers, which would look for it when they build for a browser.
    const fileSystem = "node:fs/promises";
    const { readFile } = await import(/* webpackIgnore: true */ /* @vite-ignore */ fileSystem);
    return readFile(scheme === undefined ? address : new URL(address));
  }
  return bytesFrom(await fetch(address));
}

function attach(module, instance) {
  const manifest = manifestOf(checkManifest(module), instance.exports);
  const { memory, invoke, reset } = instance.exports;
  if (kindOf(memory) !== "WebAssembly.Memory" || typeof invoke !== "function") {
    throw fault("expected a module that exports memory and invoke, found other exports. " + MISMATCH);
  }
  if (manifest.stateBytes > 0 && typeof reset !== "function") {
    throw fault("expected a module that exports reset, found none. " + MISMATCH);
  }
  const bind = (side) => (tensor, index) => {
    const exported = side + "_" + index;
    const found = instance.exports[exported]?.value;
    if (found !== tensor.address) {
      throw fault(exported + " is expected at address " + tensor.address + ", found " + found + ". " + MISMATCH);
    }
    if (tensor.address + tensor.bytes > memory.buffer.byteLength) {
      throw fault(exported + " ends beyond the module's memory. " + MISMATCH);
    }
    const length = tensor.shape.reduce((product, dimension) => product * dimension, 1);
    const view = new ARRAYS[tensor.dtype](memory.buffer, tensor.address, length);
    return { ...tensor, side, view };
  };
  const inputs = manifest.inputs.map(bind("input"));
  const outputs = manifest.outputs.map(bind("output"));

  const writeAll = (values) => {
    if (typeof values !== "object" || values === null || Array.isArray(values) || ArrayBuffer.isView(values)) {
      throw fault("run takes an object of inputs by name, found " + kindOf(values) + ". Inputs are: " + names(inputs) + ".");
    }
    for (const name of Object.keys(values)) {
      if (!inputs.some((tensor) => tensor.name === name)) {
        throw fault("there is no input " + quote(name) + ". Inputs are: " + names(inputs) + ".");
      }
    }
    for (const tensor of inputs) {
      if (!Object.hasOwn(values, tensor.name)) throw fault("input " + quote(tensor.name) + " is missing.");
      check(tensor, values[tensor.name]);
    }
    for (const tensor of inputs) write(tensor, values[tensor.name]);
  };
  const collect = (read) => Object.fromEntries(outputs.map((tensor) => [tensor.name, read(tensor)]));

  return Object.freeze({
    manifest,
    inputs: Object.fromEntries(inputs.map((tensor) => [tensor.name, inputView(tensor)])),
    outputs: Object.fromEntries(outputs.map((tensor) => [tensor.name, outputView(tensor)])),
    invoke: () => invoke(),
    run(values) {
      writeAll(values);
      invoke();
      return collect(copy);
    },
    runReal(values) {
      writeAll(values);
      invoke();
      return collect(real);
    },
    reset: () => reset?.(),
  });
}

const MISMATCH = "The .wasm and this file are not from the same build. Build the model again.";

/** The manifest in the module, compared with ours; undefined in a stripped module, whose exports speak for it. */
function checkManifest(module) {
  const section = WebAssembly.Module.customSections(module, "mote")[0];
  if (section === undefined) return undefined;
  let found;
  try {
    found = JSON.parse(new TextDecoder().decode(section));
  } catch {
    throw fault("the module's manifest is damaged. Build the model again.");
  }
  for (const field of ["abi", "name", "source"]) {
    if (found[field] !== manifest[field]) {
      throw fault("expected a module with " + field + " " + manifest[field] + ", found " + found[field] + ". " + MISMATCH);
    }
  }
  return found;
}

function inputView(tensor) {
  const { side, ...shown } = tensor;
  return Object.freeze({
    ...shown,
    write(values) {
      check(tensor, values);
      write(tensor, values);
    },
  });
}

function outputView(tensor) {
  const { side, ...shown } = tensor;
  return Object.freeze({ ...shown, read: () => copy(tensor), readReal: () => real(tensor) });
}

const quote = (name) => JSON.stringify(name);
const names = (tensors) => tensors.map((tensor) => quote(tensor.name)).join(", ") || "none";

/** Whether values are the tensor's own elements, to be copied as they are. */
function isOwn(tensor, kind) {
  return kind === ARRAYS[tensor.dtype].name || (tensor.dtype === "uint8" && kind === "Uint8ClampedArray");
}

function check(tensor, values) {
  const kind = kindOf(values);
  const own = isOwn(tensor, kind);
  const label = "input " + quote(tensor.name) + " ";
  if (!own && kind !== "Float32Array" && kind !== "Float64Array" && !Array.isArray(values)) {
    throw fault(
      label + "takes " + ARRAYS[tensor.dtype].name + " for its own values or Float32Array for real ones, found " + kind + ".",
    );
  }
  if (values.length !== tensor.view.length) {
    const shape = tensor.shape.join("×") || "scalar";
    throw fault(label + "takes " + tensor.view.length + " values (" + shape + "), found " + values.length + ".");
  }
  if (own || !Array.isArray(values)) return;
  for (let i = 0; i < values.length; i++) {
    const type = typeof values[i];
    if (type === "number" || (type === "bigint" && tensor.dtype === "int64")) continue;
    throw fault(label + "takes a flat array of numbers, found " + kindOf(values[i]) + " at index " + i + ".");
  }
}

function write(tensor, values) {
  const { view, dtype } = tensor;
  if (isOwn(tensor, kindOf(values)) || dtype === "float32") view.set(values);
  else for (let i = 0; i < view.length; i++) view[i] = quantize(tensor, values[i]);
}

/** Half away from zero, clamped to the type; NaN is the zero point. */
function quantize(tensor, value) {
  const { scale, zeroPoint = 0, dtype } = tensor;
  if (typeof value === "bigint") return value;
  const [least, most] = RANGES[dtype];
  let stored = zeroPoint;
  if (!Number.isNaN(value)) {
    const scaled = scale === undefined ? value : Math.fround(Math.fround(value) / scale);
    const rounded = scaled < 0 ? -Math.round(-scaled) : Math.round(scaled);
    stored = Math.min(most, Math.max(least, rounded + zeroPoint));
  }
  if (dtype !== "int64") return stored;
  return stored >= most ? 2n ** 63n - 1n : BigInt(stored);
}

function copy(tensor) {
  return tensor.view.slice();
}

/** Real values of a quantized tensor; a tensor without a scale holds what it means. */
function real(tensor) {
  const { view, scale, zeroPoint = 0 } = tensor;
  if (scale === undefined) return view.slice();
  return Float32Array.from(view, (value) => scale * (Number(value) - zeroPoint));
}
`;
