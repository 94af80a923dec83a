/** The runtimes that Mote is timed against: how tables call them, and what the site serves of them. */

import { readFileSync } from "node:fs";

export interface Peer {
  /** The contestant's name. */
  readonly name: string;
  readonly title: string;
  /** The npm package. */
  readonly packageName: string;
  /** How it is driven, and what was changed; one sentence for the page of results. */
  readonly note: string;
  /** Folders of packages by where the site shows them. */
  readonly folders: Readonly<Record<string, string>>;
  /** Files that the site shows instead of a package's own. */
  readonly files?: () => Readonly<Record<string, string>>;
}

const PACKAGES = new URL("./node_modules/", import.meta.url);

const text = (path: string) => readFileSync(new URL(path, PACKAGES), "utf8");

const LITERT: Pick<Peer, "packageName" | "folders" | "files"> = {
  packageName: "@litertjs/core",
  folders: { "/litert/": "@litertjs/core/", "/litert-utils/": "@litertjs/wasm-utils/" },
  files: () => ({
    "/litert/dist/index.js": replaced(
      "@litertjs/core/dist/index.js",
      "var DATATYPES = Object.freeze([",
      'var DATATYPES = Object.freeze([{ dtype: "int8", typedArrayConstructor: Int8Array, elementType: ElementType.INT8 },',
    ),
  }),
};

export const PEERS: readonly Peer[] = [
  {
    name: "litert",
    title: "LiteRT.js",
    note: "its build with relaxed SIMD, patched: as published its table of types has no int8, so that it refuses int8 inputs; one line more and it runs them. Called below its asynchronous `run`, with one input buffer kept.",
    ...LITERT,
  },
  {
    name: "litert-compat",
    title: "LiteRT.js, SIMD128",
    note: "the same, with its build for browsers without relaxed SIMD.",
    ...LITERT,
  },
  {
    name: "tfjs-tflite",
    title: "tfjs-tflite",
    packageName: "@tensorflow/tfjs-tflite",
    note: "its SIMD build without threads; its runner is called directly, with views of its memory, since its tensors of tfjs would convert every int8 to int32 and back.",
    folders: { "/tfjs-tflite/": "@tensorflow/tfjs-tflite/" },
    files: () => ({
      // An isolated page has shared memory, so it would take its build for threads; everybody uses one thread here.
      "/tfjs-tflite/wasm/tflite_web_api_cc_simd_threaded.js": text(
        "@tensorflow/tfjs-tflite/wasm/tflite_web_api_cc_simd.js",
      ),
    }),
  },
  {
    name: "onnxruntime",
    title: "onnxruntime-web",
    packageName: "onnxruntime-web",
    note: "its WebAssembly build, all optimizations of the graph, one thread, the network as QDQ ONNX with the same integers (`convert/qdq_onnx.ts`), channels-first inputs. Its only interface is asynchronous.",
    folders: { "/onnxruntime/": "onnxruntime-web/" },
  },
  {
    name: "tfjs",
    title: "tfjs, float32",
    packageName: "@tensorflow/tfjs-backend-wasm",
    note: "its WebAssembly backend with SIMD, one thread, float32 with the real values of the same weights (`convert/float_layers.ts`), its fused operators called one after another. It has no int8, so its outputs differ more.",
    folders: {
      "/tfjs-core/": "@tensorflow/tfjs-core/",
      "/tfjs-backend-wasm/": "@tensorflow/tfjs-backend-wasm/",
    },
  },
];

/** What the site serves of `peers`. */
export function peerContent(peers: readonly Peer[]): {
  files: Map<string, string>;
  folders: Map<string, URL>;
} {
  const folders = peers.flatMap((peer) => Object.entries(peer.folders));
  return {
    files: new Map(peers.flatMap(({ files }) => Object.entries(files?.() ?? {}))),
    folders: new Map(folders.map(([prefix, path]) => [prefix, new URL(path, PACKAGES)])),
  };
}

/** The version of a peer's package that is installed. */
export function peerVersion({ packageName }: Peer): string {
  const { version }: { version: string } = JSON.parse(text(`${packageName}/package.json`));
  return version;
}

/** A package's file with `to` instead of `from`, which must be there once. */
function replaced(path: string, from: string, to: string): string {
  const parts = text(path).split(from);
  if (parts.length !== 2) {
    throw new Error(
      `bench/peers.ts patches ${path} and expects "${from}" there once, found it ${parts.length - 1} times.`,
    );
  }
  return parts.join(to);
}
