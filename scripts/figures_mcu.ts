/**
 * Prints what networks take on microcontrollers as a Markdown table, with the limit of each figure and whether it is reached;
 * `--optimize balanced` unless said. Instructions and bytes, so the same on every machine.
 * Usage: npm run figures:mcu [-- --only WORD]: rows whose title has the word. Needs the conformance set beside the checkout,
 * tests/runtimes/install.sh, valgrind, and what `.ci/run` installs for QEMU.
 */

import { parseArgs } from "node:util";
import { CORTEX_M4 } from "./figures_mcu/cortex_m.ts";
import { cell, type Figure, NETWORKS, networkOf } from "./figures_mcu/figure.ts";
import { FLASH } from "./figures_mcu/flash.ts";
import { HOST } from "./figures_mcu/host.ts";
import { MODULES } from "./figures_mcu/module.ts";

const FIGURES: readonly Figure[] = [...HOST, ...CORTEX_M4, ...MODULES, ...FLASH];

const { values } = parseArgs({ options: { only: { type: "string", default: "" } } });
const row = (cells: readonly string[]) => console.log(`| ${cells.join(" | ")} |`);
row(["", ...NETWORKS]);
row(["---", ...NETWORKS.map(() => "---:")]);
for (const figure of FIGURES) {
  if (!figure.title.includes(values.only)) continue;
  const cells: string[] = [];
  for (const name of NETWORKS) {
    const found = figure.networks.includes(name) ? await figure.measure(networkOf(name), name) : undefined;
    cells.push(found === undefined ? "" : cell(figure, name, found));
  }
  row([figure.title, ...cells]);
}
