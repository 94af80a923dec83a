/** Reads the messages of an ONNX file into plain records: what the file says, nothing interpreted. */

import { MoteError } from "../error.ts";
import {
  ATTRIBUTE,
  DIMENSION,
  fieldsOf,
  GRAPH,
  MODEL,
  NODE,
  OPSET,
  SHAPE,
  TENSOR_TYPE,
  TYPE,
  VALUE_INFO,
} from "./onnx_schema.ts";
import { tensorName } from "./onnx_tensor.ts";
import { type Message, ProtobufFile } from "./protobuf.ts";

/** An option of a node, by all the ways that the format has for one. */
export interface FileAttribute {
  readonly integer: number;
  readonly float: number;
  readonly text: string;
  readonly texts: readonly string[];
  readonly integers: readonly number[];
  readonly floats: readonly number[];
  /** A `TensorProto`. */
  readonly tensor: Uint8Array | undefined;
}

export interface FileNode {
  readonly index: number;
  readonly name: string;
  /** `Conv` */
  readonly type: string;
  /** Empty for ONNX's own operators. */
  readonly domain: string;
  /** Names of tensors; empty where an optional one is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, FileAttribute>;
}

/** An input or output of the network. A dimension without a fixed size is its name, or empty. */
export interface FilePort {
  readonly name: string;
  /** `TensorProto.DataType`; 0 where the file doesn't say. */
  readonly type: number;
  /** `undefined` where the file doesn't say. */
  readonly shape: readonly (number | string)[] | undefined;
}

export interface OnnxFile {
  readonly reader: ProtobufFile;
  /** Version of each domain's operator set. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly nodes: readonly FileNode[];
  /** `TensorProto`s by their names, read one by one where they are used. */
  readonly constants: ReadonlyMap<string, Uint8Array>;
  readonly inputs: readonly FilePort[];
  readonly outputs: readonly FilePort[];
}

/** No network comes near these. */
const MAX_NODES = 100_000;
const MAX_RANK = 8;
/** Older operator sets spell quantization and shapes in other ways. */
const OLDEST_OPSET = 13;

/** Whether these bytes have the outline of an ONNX file: a message with a graph and operator sets. */
export function isOnnx(bytes: Uint8Array): boolean {
  try {
    const reader = new ProtobufFile("");
    const model = reader.message(bytes, fieldsOf(MODEL));
    return (
      reader.bytes(model, MODEL.graph) !== undefined && reader.everyBytes(model, MODEL.opsetImport).length > 0
    );
  } catch {
    return false;
  }
}

/** Throws a `MoteError` on a file that is damaged, or older or larger than Mote reads. */
export function readOnnxFile(bytes: Uint8Array, file: string): OnnxFile {
  const reader = new ProtobufFile(file);
  const model = reader.message(bytes, fieldsOf(MODEL));
  const graphBytes = reader.bytes(model, MODEL.graph);
  if (!graphBytes) return reader.fail("expected a graph, found none");
  const opsets = new Map(
    reader.everyBytes(model, MODEL.opsetImport).map((entry) => {
      const opset = reader.message(entry, fieldsOf(OPSET));
      return [ownDomain(reader.text(opset, OPSET.domain)), reader.number(opset, OPSET.version)] as const;
    }),
  );
  const version = opsets.get("") ?? 0;
  if (version < OLDEST_OPSET)
    throw new MoteError(
      "bad-file",
      file,
      `expected operator set ${OLDEST_OPSET} or newer, found ${version}. Export the model again with opset_version=17, or convert it with onnx.version_converter.`,
    );
  const graph = reader.message(graphBytes, fieldsOf(GRAPH));
  if (reader.everyBytes(graph, GRAPH.sparseInitializer).length > 0)
    reader.fail("expected dense constants, found sparse ones, which Mote does not read");
  const nodes = reader.everyBytes(graph, GRAPH.node);
  if (nodes.length > MAX_NODES) reader.fail(`expected at most ${MAX_NODES} nodes, found ${nodes.length}`);
  const constants = new Map(
    reader.everyBytes(graph, GRAPH.initializer).map((entry) => [tensorName(reader, entry), entry] as const),
  );
  return {
    reader,
    opsets,
    constants,
    nodes: nodes.map((entry, index) => readNode(reader, reader.message(entry, fieldsOf(NODE)), index)),
    // Old files list constants among the inputs too.
    inputs: readPorts(reader, graph, GRAPH.input).filter(({ name }) => !constants.has(name)),
    outputs: readPorts(reader, graph, GRAPH.output),
  };
}

/** ONNX's own domain has two spellings. */
function ownDomain(domain: string): string {
  return domain === "ai.onnx" ? "" : domain;
}

function readNode(reader: ProtobufFile, node: Message, index: number): FileNode {
  const outputs = reader.texts(node, NODE.output);
  return {
    index,
    name: reader.text(node, NODE.name) || (outputs.find((output) => output !== "") ?? ""),
    type: reader.text(node, NODE.opType),
    domain: ownDomain(reader.text(node, NODE.domain)),
    inputs: reader.texts(node, NODE.input),
    outputs,
    attributes: new Map(
      reader.everyBytes(node, NODE.attribute).map((entry) => {
        const attribute = reader.message(entry, fieldsOf(ATTRIBUTE));
        return [reader.text(attribute, ATTRIBUTE.name), readAttribute(reader, attribute)] as const;
      }),
    ),
  };
}

function readAttribute(reader: ProtobufFile, attribute: Message): FileAttribute {
  return {
    integer: reader.number(attribute, ATTRIBUTE.integer),
    float: reader.number(attribute, ATTRIBUTE.float),
    text: reader.text(attribute, ATTRIBUTE.text),
    texts: reader.texts(attribute, ATTRIBUTE.texts),
    integers: reader.integers(attribute, ATTRIBUTE.integers),
    floats: reader.floats(attribute, ATTRIBUTE.floats),
    tensor: reader.bytes(attribute, ATTRIBUTE.tensor),
  };
}

function readPorts(reader: ProtobufFile, graph: Message, field: number): FilePort[] {
  return reader.everyBytes(graph, field).map((entry) => {
    const info = reader.message(entry, fieldsOf(VALUE_INFO));
    const name = reader.text(info, VALUE_INFO.name);
    const type = messageIn(reader, info, VALUE_INFO.type, TYPE);
    const tensor = type && messageIn(reader, type, TYPE.tensor, TENSOR_TYPE);
    const shape = tensor && messageIn(reader, tensor, TENSOR_TYPE.shape, SHAPE);
    const dimensions = shape && reader.everyBytes(shape, SHAPE.dimension);
    if (dimensions && dimensions.length > MAX_RANK)
      reader.fail(`expected at most ${MAX_RANK} dimensions of "${name}", found ${dimensions.length}`);
    return {
      name,
      type: tensor ? reader.number(tensor, TENSOR_TYPE.element) : 0,
      shape: dimensions?.map((bytes) => {
        const dimension = reader.message(bytes, fieldsOf(DIMENSION));
        const fixed = dimension.has(DIMENSION.value) && reader.number(dimension, DIMENSION.value) > 0;
        return fixed
          ? reader.number(dimension, DIMENSION.value)
          : reader.text(dimension, DIMENSION.parameter);
      }),
    };
  });
}

/** The message in a field, by the table of its own fields. */
function messageIn(
  reader: ProtobufFile,
  message: Message,
  field: number,
  table: Readonly<Record<string, number>>,
): Message | undefined {
  const bytes = reader.bytes(message, field);
  return bytes && reader.message(bytes, fieldsOf(table));
}
