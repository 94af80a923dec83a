/** The part of `<name>.js` that knows several builds of one model and picks the one that is right for a machine. */

import type { Manifest, ManifestTensor } from "../compile_result.ts";
import { DOT_PROBE, SEVEN_BITS, SIGNED, SIMD_PROBE, UNSIGNED } from "./dot_probe.ts";

/** A build as `<name>.js` lists it: what differs from the manifest that stands there in full. */
interface ListedBuild {
  readonly file: string;
  readonly simd: string;
  readonly dotBits?: 7 | 8;
  /** Addresses. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

const BUILDS_LINE = /^const BUILDS = (\[.*\]);$/m;

function addresses(tensors: readonly ManifestTensor[]): number[] {
  return tensors.map(({ address }) => address);
}

/** JavaScript for builds that need a choice or a probe; expects the constant `manifest` before it. */
export function buildsJs(builds: readonly { readonly file: string; readonly manifest: Manifest }[]): string {
  const listed = builds.map(
    ({ file, manifest: { simd, dotBits, inputs, outputs } }): ListedBuild => ({
      file,
      simd,
      ...(dotBits === undefined ? {} : { dotBits }),
      inputs: addresses(inputs),
      outputs: addresses(outputs),
    }),
  );
  // Each URL in full, where bundlers look for the files that they have to take along.
  const urls = builds.map(
    ({ file }) =>
      `  ${JSON.stringify(file)}: () => new URL(${JSON.stringify(`./${file}`)}, import.meta.url),`,
  );
  return [
    `const BUILDS = ${JSON.stringify(listed)};`,
    "",
    "const URLS = {",
    ...urls,
    "};",
    "",
    `const SIMD_PROBE = ${JSON.stringify(SIMD_PROBE)};`,
    `const DOT_PROBE = ${JSON.stringify(DOT_PROBE)};`,
    `const SEVEN_BITS = ${JSON.stringify(SEVEN_BITS)};`,
    `const SIGNED = ${JSON.stringify(SIGNED)};`,
    `const UNSIGNED = ${JSON.stringify(UNSIGNED)};`,
    CHOICE,
  ].join("\n");
}

/** The manifest of the build in `file`, from the text of a `<name>.js` and the manifest there. */
export function listedManifest(text: string, manifest: Manifest, file: string): Manifest {
  const found = BUILDS_LINE.exec(text)?.[1];
  const listed: readonly ListedBuild[] = found === undefined ? [] : JSON.parse(found);
  const build = listed.find((candidate) => candidate.file === file);
  if (!build) return manifest;
  const { dotBits, ...common } = manifest;
  const at = (tensors: readonly ManifestTensor[], places: readonly number[]) =>
    tensors.map((tensor, index) => ({ ...tensor, address: places[index] ?? tensor.address }));
  return {
    ...common,
    simd: build.simd,
    ...(build.dotBits === undefined ? {} : { dotBits: build.dotBits }),
    inputs: at(manifest.inputs, build.inputs),
    outputs: at(manifest.outputs, build.outputs),
  };
}

const CHOICE = `
/** The builds of this model, the fastest first: file and manifest. */
export const builds = BUILDS.map(({ file, simd, dotBits, inputs, outputs }) => {
  const { dotBits: other, ...common } = manifest;
  const at = (tensors, places) => tensors.map((tensor, i) => ({ ...tensor, address: places[i] }));
  const own = { ...common, simd, inputs: at(manifest.inputs, inputs), outputs: at(manifest.outputs, outputs) };
  return { file, manifest: dotBits === undefined ? own : { ...own, dotBits } };
});

let chosen;
let bits;

/** The fastest build that this machine runs exactly; load takes it. */
export function choose() {
  const exact = ({ manifest: { simd, dotBits: needed = 0 } }) =>
    simd === "none" || (WebAssembly.validate(Uint8Array.from(SIMD_PROBE)) && needed <= dotBits());
  if (chosen === undefined) {
    const [first, second] = builds.filter(exact);
    // Where dot products have 7 bits only, several instructions stand for one: SIMD128 is faster.
    const slow = first?.manifest.simd === "relaxed" && dotBits() < 8;
    chosen = slow && second?.manifest.simd === "128" ? second : first;
  }
  if (chosen === undefined) {
    const levels = builds.map((build) => build.manifest.simd).join(", ");
    throw fault("this machine runs none of the builds with SIMD " + levels + ". Build the model with --simd relaxed,128,none.");
  }
  return chosen;
}

/** Bits of a relaxed dot product's second operand for which this machine is exact: 8, 7, or 0 for not at all. */
function dotBits() {
  bits ??= probeDots();
  return bits;
}

function probeDots() {
  try {
    const probe = new WebAssembly.Module(Uint8Array.from(DOT_PROBE));
    const { dot } = new WebAssembly.Instance(probe).exports;
    const exact = (cases) => cases.every(([a, b, sum]) => dot(a, b, 1) === sum + 1);
    if (!exact(SEVEN_BITS)) return 0;
    return exact(SIGNED) || exact(UNSIGNED) ? 8 : 7;
  } catch {
    return 0;
  }
}

function defaultSource() {
  return URLS[choose().file]();
}

/** Which of the builds a module is, told by what it says of itself, unless it is stripped, and by what it exports. */
function manifestOf(found, exports) {
  const needed = exports.dot_bits?.value;
  if (needed !== undefined && needed > dotBits()) {
    throw fault("this machine's relaxed SIMD would give other outputs. Load the module without it.");
  }
  const same = ({ manifest: { simd, dotBits, inputs, outputs } }) =>
    (found === undefined || simd === found.simd) &&
    dotBits === needed &&
    inputs.every(({ address }, i) => exports["input_" + i]?.value === address) &&
    outputs.every(({ address }, i) => exports["output_" + i]?.value === address);
  return (builds.find(same) ?? builds.at(-1)).manifest;
}
`;
