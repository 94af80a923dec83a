/** Builds the network of an ONNX file: constants computed, shapes known, quantization attached to the values. */

import { MoteError, OperatorFault, placed, require } from "../error.ts";
import { sameCoding } from "../graph/coding.ts";
import type { QuantizedSpelling } from "../ops/onnx_spelling.ts";
import { codesOf, codingOf, dequantized, quantized } from "./onnx_codes.ts";
import { fold, folds, makerOf, Work } from "./onnx_constants.ts";
import type { FileNode, OnnxFile } from "./onnx_model.ts";
import { biasOf, constantValue, NO_OPTIONS, placeholder, tensorsOf } from "./onnx_named.ts";
import {
  checkShape,
  type Known,
  type Named,
  type Net,
  type NetNode,
  type NodeSource,
  nodePlace,
  nodeView,
  Recodings,
  type Value,
} from "./onnx_net.ts";
import { fused } from "./onnx_patterns.ts";
import { portsOf } from "./onnx_ports.ts";
import { refuseUnreadable } from "./onnx_refusals.ts";
import { type ExternalData, readConstant } from "./onnx_tensor.ts";
import { isCoding, QUANTIZE, type Vocabulary } from "./onnx_vocabulary.ts";

export interface ReadOptions {
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
  readonly external: ExternalData;
}

/** Throws a `MoteError` on a damaged file, a float network, and operators that `vocabulary` lacks. */
export function readNet(file: OnnxFile, vocabulary: Vocabulary, options: ReadOptions): Net {
  refuseUnreadable(file, vocabulary);
  const builder = new NetBuilder(file, vocabulary, options.external);
  const inputs = portsOf(file, options.shapes ?? {});
  for (const named of inputs) builder.define(named.value.name, named);
  for (const node of file.nodes)
    placed(
      () => nodePlace(file.reader.file, node),
      () => builder.node(node),
    );
  return {
    file: file.reader.file,
    nodes: builder.nodes,
    recoded: builder.recoded,
    inputs: inputs.map(({ value }) => value),
    outputs: file.outputs.map(({ name }) => ({ name, ...builder.named(name) })),
  };
}

class NetBuilder {
  readonly nodes: NetNode[] = [];
  readonly #named = new Map<string, Named>();
  readonly recoded = new Recodings();
  readonly #work = new Work();
  readonly #producers = new Map<Value, NetNode>();
  readonly #spelledOut: readonly Known[];

  constructor(
    readonly file: OnnxFile,
    readonly vocabulary: Vocabulary,
    readonly external: ExternalData,
  ) {
    this.#spelledOut = vocabulary.spelledOut();
  }

  define(name: string, named: Named): void {
    if (name === "") return;
    if (this.#named.has(name) || this.file.constants.has(name))
      throw new OperatorFault(
        `expects to be the only one that gives "${name}", found another. The file may be damaged; re-export it.`,
      );
    this.#named.set(name, named);
  }

  /** What the file calls `name`: computed before, or a constant. */
  named(name: string): Named {
    const known = this.#named.get(name);
    if (known) return known;
    const bytes = this.file.constants.get(name);
    if (!bytes)
      throw new MoteError(
        "bad-file",
        this.file.reader.file,
        `expected "${name}" to be computed before it is used, found no node that does. The file may be damaged; re-export it.`,
      );
    const constant = readConstant(this.file.reader, bytes, `constant "${name}"`, this.external);
    const named = constantValue(name, constant);
    this.#named.set(name, named);
    return named;
  }

  node(node: FileNode): void {
    const inputs = node.inputs.map((name) => (name === "" ? undefined : this.named(name)));
    const source = this.#source(node);
    if (isCoding(node)) {
      this.#coding(node, source, inputs);
      return;
    }
    const maker = makerOf(node.domain, node.type);
    if (maker) {
      const view = nodeView(source, tensorsOf(inputs), []);
      const [name = ""] = node.outputs;
      this.define(name, constantValue(name, maker(view, this.#work)));
      return;
    }
    const coded = this.vocabulary.quantized(node);
    if (coded) this.#codedOperator(node, source, inputs, coded.known, coded.quantized);
    else this.#outputs(node, this.#operator(node, source, inputs, this.vocabulary.plain(node)));
  }

  #source(node: FileNode): NodeSource {
    return {
      attributes: node.attributes,
      opset: this.file.opsets.get(node.domain) ?? 1,
      tensor: (bytes, name) =>
        readConstant(this.file.reader, bytes, `attribute "${name}" of node ${node.index}`, this.external),
    };
  }

  #outputs(node: FileNode, outputs: readonly Named[]): void {
    node.outputs.forEach((name, index) => {
      const named = outputs[index];
      if (named) this.define(name, named);
    });
  }

  #coding(node: FileNode, source: NodeSource, inputs: readonly (Named | undefined)[]): void {
    const [named] = inputs;
    require(!!named, () => "expects a tensor, found none. The file may be damaged; re-export it.");
    const view = nodeView(source, tensorsOf(inputs), []);
    const result =
      node.type === QUANTIZE ? this.#quantize(node, source, named, view) : this.#dequantize(named, view);
    this.#outputs(node, [result]);
  }

  #dequantize({ value, type }: Named, view: Parameters<typeof codesOf>[0]): Named {
    const codes = codesOf(view, type);
    require(codes.type === type, () =>
      `expects a zero point of ${type}, found ${codes.type}. The file may be damaged; re-export it.`);
    if (value.constant) return constantValue(value.name, dequantized(value.constant, codes));
    const coding = codingOf(codes);
    value.coding ??= coding;
    require(sameCoding(value.coding, coding), () =>
      `expects the scale and zero point with which "${value.name}" was quantized, found others. Re-export the model.`);
    return { value, type: "float32" };
  }

  #quantize(
    node: FileNode,
    source: NodeSource,
    { value }: Named,
    view: Parameters<typeof codesOf>[0],
  ): Named {
    const codes = codesOf(view, "uint8");
    if (value.constant) return constantValue(node.outputs[0] ?? "", quantized(value.constant, codes));
    const coding = codingOf(codes);
    if (!value.coding && !value.port) value.coding = coding;
    if (sameCoding(value.coding, coding)) return { value, type: codes.type };
    const {
      node: recoding,
      recoded,
      made,
    } = this.recoded.get(value, coding, node.outputs[0] ?? "", {
      file: node,
      source,
    });
    if (made && !value.port) this.nodes.push(recoding);
    return { value: recoded, type: codes.type };
  }

  /** An operator that gives its operands' and its result's quantization as inputs. */
  #codedOperator(
    node: FileNode,
    source: NodeSource,
    inputs: readonly (Named | undefined)[],
    known: readonly Known[],
    { inputs: positions, rest, output, axis = () => -1 }: QuantizedSpelling,
  ): void {
    const along = axis(nodeView(source, tensorsOf(inputs), []));
    const codesAt = (scale: number, zero: number) => ({
      ...nodeView(NO_OPTIONS, tensorsOf([undefined, inputs[scale], inputs[zero]]), []),
      integer: (name: string, fallback: number) => (name === "axis" ? along : fallback),
    });
    const real = (value: number, scale: number, zero: number): Named => {
      const named = inputs[value];
      require(!!named, () => `expects input ${value}, found none. The file may be damaged; re-export it.`);
      return this.#dequantize(named, codesAt(scale, zero));
    };
    const operands: (Named | undefined)[] = [];
    for (const position of positions) {
      if ("plain" in position) operands.push(inputs[position.plain]);
      else if ("bias" in position) operands.push(biasOf(inputs[position.bias], operands, source));
      else operands.push(real(...position));
    }
    if (rest !== undefined)
      for (let at = rest; at < inputs.length; at += 3) operands.push(real(at, at + 1, at + 2));
    const [result] = this.#operator(node, source, operands, known);
    if (!result) throw new RangeError("an operator without output");
    const [scale, zero] = output;
    // Without an output scale the result stays a real number.
    const coded = inputs[scale] ? this.#quantize(node, source, result, codesAt(scale, zero)) : result;
    this.#outputs(node, [coded]);
  }

  #operator(
    node: FileNode,
    source: NodeSource,
    inputs: readonly (Named | undefined)[],
    known: readonly Known[],
  ): Named[] {
    const placeholders = node.outputs.map(placeholder);
    const view = nodeView(source, tensorsOf(inputs), placeholders);
    const choice = known.find(({ spelling }) => spelling.accepts?.(view) ?? true) ?? known[0];
    if (!choice) throw new RangeError(`no descriptor for ${node.type}`);
    const { spelling } = choice;
    const constant = inputs.length > 0 && inputs.every((named) => !named || named.value.constant);
    if (constant && folds(spelling)) {
      return fold(view, spelling, this.#work).map((value, index) =>
        constantValue(node.outputs[index] ?? "", value),
      );
    }
    const [first] = inputs;
    if (first && node.outputs.length === 1 && spelling.same?.(view))
      return [{ value: first.value, type: spelling.type?.(view, 0) ?? first.type }];
    const shapes = spelling.shapes(view);
    require(node.outputs.length <= shapes.length, () =>
      `expects at most ${shapes.length} outputs, found ${node.outputs.length}. Export the model without the others.`);
    const outputs = node.outputs.map((name, index): Value => {
      const shape = shapes[index] ?? [];
      const type = spelling.type?.(view, index) ?? inputs[0]?.type ?? "float32";
      checkShape(name, shape);
      return { name, shape, type, port: false };
    });
    const made: NetNode = {
      ...choice,
      candidates: known,
      file: node,
      source,
      inputs: inputs.map((named) => named?.value),
      outputs,
      activation: "none",
    };
    const whole = fused(made, this.#spelledOut, (value) => this.#producers.get(value)) ?? made;
    this.nodes.push(whole);
    // As the file has it, for patterns that go on.
    for (const value of outputs) this.#producers.set(value, made);
    return outputs.map((value) => ({ value, type: value.type }));
  }
}
