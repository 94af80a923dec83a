/**
 * Runs modules in headless Chromium as web pages do, from their packages, and compares every build with the goldens: the
 * project's own models, and of the conformance set, if it lies beside the checkout, the real networks and a case of each
 * operator and type (`--all`: all cases). Then random networks, 60 or with `--all` 500, in modules of relaxed SIMD whose weights
 * fit seven bits, which every machine runs exactly. Then counts what 10,000 inferences allocate. Ends with "N passed, N failed".
 */

import { compileModel } from "../../codegen/index.ts";
import { packageFiles } from "../../codegen/package/package_files.ts";
import {
  type ConformanceCase,
  conformanceCases,
  conformanceNetwork,
} from "../../tests/conformance/conformance.ts";
import type { Network } from "../../tests/golden.ts";
import { OWN_MODELS, OWN_ONNX_MODELS, ownModel } from "../../tests/networks.ts";
import { openBrowser, openPage } from "./chromium.ts";
import type { HeapUse, NetworkFiles, Task, Verdict } from "./guard_page.ts";
import { randomModules } from "./random_modules.ts";
import { serve } from "./serve.ts";

const INFERENCES = 10_000;
const RANDOM_NETWORKS = 60;
const ALL_RANDOM_NETWORKS = 500;

interface Candidate {
  readonly name: string;
  readonly file: string;
  readonly optimize: string;
  /** Whether a relaxed build is made even where the machine is not exact for 8 bits, so that most are refused. */
  readonly always: boolean;
  readonly network: () => Network;
}

function candidates(all: boolean): Candidate[] {
  const own = [...OWN_MODELS, ...OWN_ONNX_MODELS].map((name) => ({
    name,
    file: `${name}.${OWN_MODELS.some((tflite) => tflite === name) ? "tflite" : "onnx"}`,
    optimize: "balanced",
    always: true,
    network: () => ownModel(name),
  }));
  const cases = conformanceCases();
  return [...own, ...(all ? cases : telling(cases)).map(candidateOf)];
}

function candidateOf(entry: ConformanceCase): Candidate {
  return {
    // Names of packages are identifiers; the set's are not always.
    name: `c_${entry.name.replaceAll(/\W/g, "_")}`,
    file: entry.model.replaceAll("/", "_"),
    optimize: "speed",
    always: entry.group === "real",
    network: () => conformanceNetwork(entry),
  };
}

/** The real networks, and the first case that has an operator in a type. */
function telling(cases: readonly ConformanceCase[]): ConformanceCase[] {
  const seen = new Set<string>();
  return cases.filter(({ group, mode, ops }) => {
    const kinds = Object.keys(ops).map((operator) => `${group === "onnx"} ${mode} ${operator}`);
    const isNew = kinds.some((kind) => !seen.has(kind));
    for (const kind of kinds) seen.add(kind);
    return group === "real" || isNew;
  });
}

const files = new Map<string, Uint8Array | string>([
  [
    "/index.html",
    '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script type="module" src="/repo/bench/browser/guard_page.ts"></script>',
  ],
]);

/** Builds a network's package and puts it on the site. */
async function taskOf({ name, file, optimize, always, network }: Candidate, exact: number): Promise<Task> {
  const levels = exact === 8 || always ? ["relaxed", "128", "none"] : ["128", "none"];
  const given = network();
  const results = [];
  for (const simd of levels) {
    results.push(
      await compileModel(given.model, {
        name,
        file,
        target: "web",
        simd,
        optimize,
        stateful: file.endsWith(".onnx") && given.inSequence !== undefined,
      }),
    );
  }
  for (const [path, content] of Object.entries(packageFiles(results))) files.set(`/${name}/${path}`, content);
  return { script: `/${name}/${name}.js`, ...filesOf(name, given) };
}

/** Puts a network's goldens on the site. */
function filesOf(name: string, { samples, inputs, outputs, inSequence, steps }: Network): NetworkFiles {
  const place = (kind: string) => (bytes: Uint8Array, index: number) => {
    files.set(`/${name}/${kind}${index}`, bytes);
    return `/${name}/${kind}${index}`;
  };
  return {
    samples,
    inputs: inputs.map(place("input")),
    outputs: outputs.map(place("output")),
    ...(inSequence ? { inSequence: inSequence.map(place("sequence")) } : {}),
    ...(steps ? { steps: steps.map((step) => step ?? null) } : {}),
  };
}

let passed = 0;
let failed = 0;

function count(name: string, fault: string | undefined): void {
  if (fault === undefined) passed += 1;
  else {
    failed += 1;
    console.error(`FAILED: ${name}: ${fault}`);
  }
}

const all = process.argv.includes("--all");
const site = await serve({ files, folders: new Map([["/repo/", new URL("../../", import.meta.url)]]) });
const browser = await openBrowser();
try {
  const page = await openPage(browser, site, "/index.html", (line) => console.error(`page: ${line}`));
  const exact = await page.evaluate<number>("guard.exactBits()");
  const refused: string[] = [];
  let chosen = "";
  for (const candidate of candidates(all)) {
    let task: Task;
    try {
      task = await taskOf(candidate, exact);
    } catch (error) {
      count(candidate.name, error instanceof Error ? error.message : String(error));
      continue;
    }
    const verdicts = await page.evaluate<Verdict[]>(`guard.check(${JSON.stringify(task)})`);
    for (const verdict of verdicts) {
      const refusal = !verdict.chosen && verdict.simd === "relaxed" && verdict.fault?.startsWith("refused: ");
      if (refusal) refused.push(candidate.name);
      else count(`${candidate.name}, SIMD ${verdict.simd}`, verdict.fault);
      if (verdict.chosen) chosen = verdict.simd;
    }
    count(
      `${candidate.name}, choice`,
      verdicts.some((verdict) => verdict.chosen) ? undefined : "no build is chosen",
    );
  }
  console.log(
    `this machine's relaxed dot products are exact for ${exact} bits: ${refused.length} relaxed builds were refused`,
  );
  for await (const { seed, network } of randomModules(all ? ALL_RANDOM_NETWORKS : RANDOM_NETWORKS)) {
    const name = `random_${seed}`;
    const module = `/${name}/relaxed.wasm`;
    files.set(module, network.model);
    const task = JSON.stringify(filesOf(name, network));
    const fault = await page.evaluate<string | null>(`guard.checkModule(${JSON.stringify(module)}, ${task})`);
    count(`${name}, SIMD relaxed`, fault ?? undefined);
  }
  const digits = candidates(false).find(({ name }) => name === "digits");
  if (!digits) throw new Error("the project has no model called digits");
  const task = await taskOf({ ...digits, name: "heap" }, exact);
  // What JavaScript allocates takes 12 bytes and more each time; measuring itself takes some once.
  const { invoke, run, memory } = await page.evaluate<HeapUse>(
    `guard.heap(${JSON.stringify(task)}, ${INFERENCES})`,
  );
  console.log(
    `${INFERENCES} inferences (SIMD ${chosen}): invoke takes ${invoke} bytes of the heap, run ${run}`,
  );
  count(
    "allocation",
    invoke < INFERENCES && memory === 0 ? undefined : `invoke takes ${invoke} bytes of the heap`,
  );
  count(
    "allocation is seen",
    run > INFERENCES * 8 ? undefined : `run copies outputs, but the heap grew by ${run} bytes`,
  );
} finally {
  await browser.close();
  await site.close();
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
