/** What the benchmark's site serves: the page, the networks in the forms that contestants read, and the peers' files. */

import type { CompileResult, ManifestTensor } from "../codegen/compile_result.ts";
import type { Graph } from "../codegen/graph/graph.ts";
import { importModel } from "../codegen/import/index.ts";
import { compileModel } from "../codegen/index.ts";
import type { Content } from "./browser/serve.ts";
import { floatLayers } from "./convert/float_layers.ts";
import { qdqOnnx } from "./convert/qdq_onnx.ts";
import type { BenchNetwork } from "./networks.ts";
import type { Coding, NetworkFiles } from "./page/job.ts";
import { type Peer, peerContent } from "./peers.ts";

/** A build of Mote, which the contestant `mote-<form>` runs. */
export interface MoteBuild {
  readonly form: string;
  readonly simd: string;
}

export const MOTE_BUILDS: readonly MoteBuild[] = [
  { form: "relaxed", simd: "relaxed" },
  { form: "simd", simd: "128" },
  { form: "scalar", simd: "none" },
];

/** Other forms of a network, for peers that do not read .tflite. */
const CONVERTERS: Readonly<Record<string, (graph: Graph) => Uint8Array>> = {
  onnx: qdqOnnx,
  tfjs: floatLayers,
};

const IMPORTS = { imports: { "@litertjs/wasm-utils": "/litert-utils/dist/index.js" } };
const PAGE = `<!doctype html>
<meta charset="utf-8">
<link rel="icon" href="data:,">
<title>Mote's benchmark</title>
<script type="importmap">${JSON.stringify(IMPORTS)}</script>
<body><script type="module" src="/repo/bench/page/browser.ts"></script></body>
`;

/** A network on the site, with what its modules' reports say. */
export interface ServedNetwork {
  readonly network: BenchNetwork;
  readonly files: NetworkFiles;
  /** Mote's results by form. */
  readonly built: ReadonlyMap<string, CompileResult>;
}

/** Builds every network with Mote and lays out the site. */
export async function makeSite(
  networks: readonly BenchNetwork[],
  peers: readonly Peer[],
  optimize: string,
): Promise<{ content: Content; served: ServedNetwork[] }> {
  const { files: peerFiles, folders } = peerContent(peers);
  const files = new Map<string, Uint8Array | string>(peerFiles);
  files.set("/index.html", PAGE);
  folders.set("/repo/", new URL("../", import.meta.url));
  const served: ServedNetwork[] = [];
  for (const network of networks) served.push(await serveNetwork(network, optimize, files));
  return { content: { files, folders }, served };
}

async function serveNetwork(
  network: BenchNetwork,
  optimize: string,
  files: Map<string, Uint8Array | string>,
): Promise<ServedNetwork> {
  const { name, model, samples, inputs, outputs, inSequence } = network;
  const place = (form: string, bytes: Uint8Array): string => {
    files.set(`/networks/${name}.${form}`, bytes);
    return `/networks/${name}.${form}`;
  };
  const built = new Map<string, CompileResult>();
  const models: Record<string, string> = { tflite: place("tflite", model) };
  for (const [form, convert] of Object.entries(CONVERTERS)) {
    try {
      models[form] = place(form, convert(importModel(model, { file: `${name}.tflite` })));
    } catch (error) {
      // A network without this form is one that its contestant can't run, which the results say.
      console.error(`${name} as ${form}: ${error instanceof Error ? error.message : error}`);
    }
  }
  for (const { form, simd } of MOTE_BUILDS) {
    const result = await compileModel(model, { name, file: `${name}.tflite`, target: "web", simd, optimize });
    built.set(form, result);
    models[form] = place(`${form}.wasm`, result.wasm);
  }
  const manifest = one([...built.values()].map((result) => result.manifest).slice(0, 1), name);
  return {
    network,
    built,
    files: {
      name,
      samples,
      models,
      input: place("input", one(inputs, name)),
      golden: place("golden", one(inSequence ?? outputs, name)),
      inputCoding: codingOf(one(manifest.inputs, name)),
      outputCoding: codingOf(one(manifest.outputs, name)),
    },
  };
}

/** The only element of a list. Throws an Error on a network with more inputs or outputs than one. */
function one<Element>(list: readonly Element[], name: string): Element {
  const [first, second] = list;
  if (first === undefined || second !== undefined) {
    throw new Error(`the benchmark runs networks of one input and one output; ${name} has others`);
  }
  return first;
}

/** What a quantized int8 or uint8 tensor's values stand for. Throws an Error on another one. */
function codingOf({ name, shape, dtype, scale, zeroPoint }: ManifestTensor): Coding {
  if (scale === undefined || (dtype !== "int8" && dtype !== "uint8")) {
    throw new Error(`the benchmark feeds quantized int8 networks; "${name}" is ${dtype}`);
  }
  return { shape, scale, zeroPoint: zeroPoint ?? 0, signed: dtype === "int8" };
}
