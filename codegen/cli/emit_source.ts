/** The folder that `--emit as` writes: the generated AssemblyScript, its kernels, weights, model, and how to rebuild. */

import type { CompileResult } from "../compile_result.ts";
import { targetNamed } from "../plan/target.ts";
import { integer } from "../report/format.ts";

export interface EmitFacts {
  /** Name and bytes of the model file; a copy goes into the folder, so that it stands alone. */
  readonly file: string;
  readonly model: Uint8Array;
  /** The module as text. */
  readonly wat: string;
  readonly strip: boolean;
  readonly profile: boolean;
  readonly maxRam?: number;
}

/** The `mote` command that, run in the folder, rebuilds the module's bytes. */
function rebuildCommand({ manifest }: CompileResult, facts: EmitFacts): string {
  const { name, target, simd, optimize } = manifest;
  const words = ["mote build", quoted(facts.file), "--name", name, "--target", target];
  words.push("--simd", simd, "--optimize", optimize, "-o", "build");
  const flashWeights = manifest.flashWeights ?? false;
  if (flashWeights !== targetNamed(target).flashWeights) {
    words.push(flashWeights ? "--flash-weights" : "--no-flash-weights");
  }
  if (facts.strip) words.push("--strip");
  if (facts.profile) words.push("--profile");
  if (facts.maxRam !== undefined) words.push("--max-ram", String(facts.maxRam));
  return words.join(" ");
}

function quoted(word: string): string {
  return /^[\w./-]+$/.test(word) && !word.startsWith("-") ? word : `'./${word.replaceAll("'", "'\\''")}'`;
}

/** Path in the folder to content. */
export function sourceFiles(result: CompileResult, facts: EmitFacts): Record<string, Uint8Array | string> {
  const { manifest, source, weights, flash, wasm, report } = result;
  const readme = [
    `# ${manifest.name}`,
    "",
    `Written by ${manifest.generator} from \`${facts.file}\` (SHA-256 ${manifest.source}).`,
    "",
    "| file | what |",
    "|---|---|",
    ...Object.keys(source).map((path) => `| \`${path}\` | ${sourceNote(path)} |`),
    `| \`weights.bin\` | the module's constants, ${integer(weights.length)} bytes, as they lie in its memory |`,
    ...(flash.length > 0
      ? [
          `| \`flash.bin\` | what \`copy_from_flash\` copies from, ${integer(flash.length)} bytes, a passive segment |`,
        ]
      : []),
    `| \`${manifest.name}.wasm\` | the module, ${integer(wasm.length)} bytes |`,
    `| \`${manifest.name}.wat\` | the same as text |`,
    `| \`${facts.file}\` | the model |`,
    "",
    `${report.layers.length} layers, ${integer(report.macs)} multiply-accumulates an inference.`,
    "",
    `This command, run here with ${manifest.generator}, builds the identical \`${manifest.name}.wasm\` again:`,
    "",
    `    ${rebuildCommand(result, facts)}`,
    "",
  ];
  return {
    ...source,
    "weights.bin": weights,
    ...(flash.length > 0 ? { "flash.bin": flash } : {}),
    [`${manifest.name}.wasm`]: wasm,
    [`${manifest.name}.wat`]: facts.wat,
    [facts.file]: facts.model,
    "README.md": readme.join("\n"),
  };
}

function sourceNote(path: string): string {
  return /(^|\/)model\.ts$/.test(path)
    ? "the network: a function for each layer, which calls its kernel"
    : "kernel";
}
