/** The folder that `mote build --firmware` writes: a firmware that builds as it is. */

import type { CompileResult } from "../../compile_result.ts";
import { readModule } from "../../count/module.ts";
import { proofOf } from "../../count/proof.ts";
import { packageHeader } from "../header.ts";
import { hostFile } from "../host_files.ts";
import { checkName } from "../names.ts";
import type { Files } from "../write.ts";
import { APP_HEADER, appSource } from "./app.ts";
import { type FirmwareGolden, goldenHeader } from "./golden.ts";
import { type Platform, platformFiles } from "./platforms.ts";
import { type FirmwareRuntime, runtimeFor, runtimeNeeds } from "./runtimes.ts";

/** What every firmware takes from host/mcu. */
const SHARED = ["mote.h", "mote.c", "mote_sections.c", "mote_selftest.h", "mote_selftest.c"];

/**
 * Path to content. Throws a `MoteError` if the model's name is no identifier, or if the platform cannot build the runtime of
 * the build's target.
 */
export function firmwareFiles(result: CompileResult, platform: Platform, golden: FirmwareGolden): Files {
  const { manifest, wasm } = result;
  checkName(manifest.name);
  const runtime = runtimeFor(manifest.target, manifest.flashWeights);
  const sources = sourcesOf(result, runtime, golden);
  const {
    sources: folder,
    files,
    steps,
  } = platformFiles(
    platform,
    { manifest, confined: runtime.compiled && isConfined(result) },
    runtime,
    runtimeNeeds(result),
    Object.keys(sources),
  );
  const placed = Object.entries(sources).map(([path, text]) => [`${folder}${path}`, text]);
  return {
    ...Object.fromEntries(placed),
    ...files,
    [`${manifest.name}.wasm`]: wasm,
    "README.md": readme(result, platform, folder, steps),
  };
}

/** Whether it is proven that no input makes the module touch more memory than its header says. */
function isConfined({ wasm, report }: CompileResult): boolean {
  const { memoryEnd } = proofOf(readModule(wasm));
  return memoryEnd !== undefined && memoryEnd <= report.memory.total;
}

function sourcesOf(
  result: CompileResult,
  runtime: FirmwareRuntime,
  golden: FirmwareGolden,
): Record<string, string> {
  const { manifest } = result;
  const { name, generator } = manifest;
  const host = [...SHARED, ...runtime.files].map((path) => [path, hostFile(path)]);
  return {
    "app.h": APP_HEADER,
    "app.c": appSource(manifest, runtime),
    [`${name}.h`]: packageHeader(result, `${name}.wasm`),
    [`${name}_golden.h`]: goldenHeader(name, generator, golden),
    ...Object.fromEntries(host),
  };
}

function readme(
  { manifest, wasm, report }: CompileResult,
  platform: Platform,
  folder: string,
  steps: readonly string[],
): string {
  const { name, generator, target, source } = manifest;
  return [
    `# ${name}, firmware for ${platform}`,
    "",
    `Written by ${generator} for target ${target} from a model with SHA-256 ${source}.`,
    `The module has ${wasm.length} bytes and touches ${report.memory.total} bytes of memory.`,
    "",
    "## Build",
    "",
    ...steps,
    "",
    "The program runs a self test first: golden inputs, whose outputs must be those of Mote's reference bit for bit.",
    "",
    "## Files",
    "",
    "| file | what |",
    "|---|---|",
    `| \`${folder}app.c\` | the example: load, self test, feed, invoke, read; start here |`,
    `| \`${folder}${name}.h\` | the module as an array in flash; addresses, shapes and scales of its tensors |`,
    `| \`${folder}${name}_golden.h\` | the self test's inputs and outputs |`,
    `| \`${folder}mote.h\` | the functions that run a module, and their errors |`,
    `| \`${name}.wasm\` | the module as a file |`,
    "",
  ].join("\n");
}
