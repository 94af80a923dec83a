/** Writes small ONNX files for tests: networks with QuantizeLinear and DequantizeLinear where they belong. */

import protobuf from "protobufjs/minimal.js";

export type ElementType =
  | "float32"
  | "uint8"
  | "int8"
  | "int16"
  | "int32"
  | "int64"
  | "bool"
  | "uint16"
  | "int4";

const CODES: Readonly<Record<ElementType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  int4: 22,
};

export interface TensorSpec {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly values: readonly number[];
  /** `raw` bytes, `listed` values, or in the file of this name from byte 4 on. */
  readonly storage?: "raw" | "listed" | { readonly location: string };
}

/** `{ float }` for a float option: a plain number is a whole one. */
export type AttributeSpec =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly tensor: TensorSpec };

export interface NodeSpec {
  readonly type: string;
  readonly domain?: string;
  readonly name?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, AttributeSpec>>;
}

export interface PortSpec {
  readonly name: string;
  readonly type?: ElementType;
  /** A text is the name of a dynamic dimension. */
  readonly shape?: readonly (number | string)[];
}

type Write = (writer: protobuf.Writer) => void;

function message(writer: protobuf.Writer, field: number, write: Write): void {
  writer.uint32(field * 8 + 2).fork();
  write(writer);
  writer.ldelim();
}

function text(writer: protobuf.Writer, field: number, value: string): void {
  writer.uint32(field * 8 + 2).string(value);
}

function packed(
  writer: protobuf.Writer,
  field: number,
  values: readonly number[],
  as: "int64" | "int32" | "float",
): void {
  message(writer, field, (inner) => {
    for (const value of values) inner[as](value);
  });
}

/** The little-endian bytes of numbers; two of 4 bits a byte. */
export function rawBytes({ type, values }: Pick<TensorSpec, "type" | "values">): Uint8Array {
  switch (type) {
    case "float32":
      return new Uint8Array(Float32Array.from(values).buffer);
    case "int64":
      return new Uint8Array(BigInt64Array.from(values, (value) => BigInt(value)).buffer);
    case "int32":
      return new Uint8Array(Int32Array.from(values).buffer);
    case "int16":
    case "uint16":
      return new Uint8Array(Uint16Array.from(values).buffer);
    case "int4":
      return Uint8Array.from(
        { length: Math.ceil(values.length / 2) },
        (_, i) => ((values[2 * i] ?? 0) & 15) | (((values[2 * i + 1] ?? 0) & 15) << 4),
      );
    default:
      return Uint8Array.from(values);
  }
}

function tensor(spec: TensorSpec, name: string): Write {
  return (writer) => {
    packed(writer, 1, spec.shape, "int64");
    writer.uint32(16).int32(CODES[spec.type]);
    text(writer, 8, name);
    const { storage = "raw" } = spec;
    if (storage === "raw") writer.uint32(74).bytes(rawBytes(spec));
    else if (storage === "listed") {
      if (spec.type === "float32") packed(writer, 4, spec.values, "float");
      else if (spec.type === "int64") packed(writer, 7, spec.values, "int64");
      else packed(writer, 5, spec.type === "int4" ? [...rawBytes(spec)] : spec.values, "int32");
    } else {
      const entries = { location: storage.location, offset: "4", length: String(rawBytes(spec).length) };
      for (const [key, value] of Object.entries(entries))
        message(writer, 13, (entry) => {
          text(entry, 1, key);
          text(entry, 2, value);
        });
      writer.uint32(112).int32(1);
    }
  };
}

/** AttributeProto.AttributeType; readers other than ours insist on it. */
const ATTRIBUTE_TYPE = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7 } as const;

function attribute(name: string, value: AttributeSpec): Write {
  return (writer) => {
    const typed = (type: keyof typeof ATTRIBUTE_TYPE) => writer.uint32(160).int32(ATTRIBUTE_TYPE[type]);
    text(writer, 1, name);
    if (typeof value === "number") typed("int").uint32(24).int64(value);
    else if (typeof value === "string") text(typed("string"), 4, value);
    else if ("float" in value) typed("float").uint32(21).float(value.float);
    else if ("floats" in value) packed(typed("floats"), 7, value.floats, "float");
    else if ("tensor" in value) message(typed("tensor"), 5, tensor(value.tensor, ""));
    else packed(typed("ints"), 8, value, "int64");
  };
}

function port({ name, type = "float32", shape }: PortSpec): Write {
  return (writer) => {
    text(writer, 1, name);
    message(writer, 2, (outer) =>
      message(outer, 1, (inner) => {
        inner.uint32(8).int32(CODES[type]);
        if (shape)
          message(inner, 2, (dimensions) => {
            for (const size of shape)
              message(dimensions, 1, (dimension) => {
                if (typeof size === "number") dimension.uint32(8).int64(size);
                else text(dimension, 2, size);
              });
          });
      }),
    );
  };
}

/** A network under construction; methods that add nodes give the name of their output. */
export class OnnxBuilder {
  readonly inputs: PortSpec[] = [];
  readonly outputs: PortSpec[] = [];
  readonly nodes: NodeSpec[] = [];
  readonly constants = new Map<string, TensorSpec>();
  #count = 0;

  constructor(readonly opset = 17) {}

  input(name: string, shape: readonly (number | string)[], type: ElementType = "float32"): string {
    this.inputs.push({ name, shape, type });
    return name;
  }

  output(name: string, type: ElementType = "float32"): this {
    this.outputs.push({ name, type });
    return this;
  }

  constant(
    type: ElementType,
    shape: readonly number[],
    values: readonly number[],
    storage?: TensorSpec["storage"],
  ): string {
    const name = `c${this.constants.size}`;
    this.constants.set(name, { type, shape, values, ...(storage ? { storage } : {}) });
    return name;
  }

  node(
    type: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeSpec>> = {},
    { domain = "", outputs = 1 }: { readonly domain?: string; readonly outputs?: number } = {},
  ): string {
    const names = Array.from({ length: outputs }, (_, k) => `t${this.#count}${k ? `_${k}` : ""}`);
    this.nodes.push({ type, domain, name: `n${this.#count}`, inputs, outputs: names, attributes });
    this.#count += 1;
    return names[0] ?? "";
  }

  quantize(x: string, scale: number, zeroPoint = 0, type: ElementType = "int8"): string {
    const codes = [this.constant("float32", [], [scale]), this.constant(type, [], [zeroPoint])];
    return this.node("QuantizeLinear", [x, ...codes]);
  }

  dequantize(x: string, scale: number, zeroPoint = 0, type: ElementType = "int8"): string {
    const codes = [this.constant("float32", [], [scale]), this.constant(type, [], [zeroPoint])];
    return this.node("DequantizeLinear", [x, ...codes]);
  }

  /** QuantizeLinear and DequantizeLinear. */
  coded(x: string, scale: number, zeroPoint = 0, type: ElementType = "int8"): string {
    return this.dequantize(this.quantize(x, scale, zeroPoint, type), scale, zeroPoint, type);
  }

  /** DequantizeLinear of constant integers, with a scale for each index of `axis`. */
  weights(
    shape: readonly number[],
    values: readonly number[],
    scales: readonly number[],
    { axis = 0, type = "int8" as ElementType, zeroPoints = scales.map(() => 0) } = {},
  ): string {
    const one = scales.length === 1 ? [] : [scales.length];
    const codes = [this.constant("float32", one, scales), this.constant(type, one, zeroPoints)];
    return this.node("DequantizeLinear", [this.constant(type, shape, values), ...codes], { axis });
  }

  bytes(): Uint8Array {
    const writer = protobuf.Writer.create();
    writer.uint32(8).int64(8);
    for (const [domain, version] of [
      ["", this.opset],
      ["com.microsoft", 1],
    ] as const)
      message(writer, 8, (opset) => {
        text(opset, 1, domain);
        opset.uint32(16).int64(version);
      });
    message(writer, 7, (graph) => {
      for (const spec of this.nodes)
        message(graph, 1, (node) => {
          for (const name of spec.inputs) text(node, 1, name);
          for (const name of spec.outputs) text(node, 2, name);
          text(node, 3, spec.name ?? "");
          text(node, 4, spec.type);
          for (const [name, value] of Object.entries(spec.attributes ?? {}))
            message(node, 5, attribute(name, value));
          if (spec.domain) text(node, 7, spec.domain);
        });
      for (const [name, spec] of this.constants) message(graph, 5, tensor(spec, name));
      for (const spec of this.inputs) message(graph, 11, port(spec));
      for (const spec of this.outputs) message(graph, 12, port(spec));
    });
    return new Uint8Array(writer.finish());
  }
}
