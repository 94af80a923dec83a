/** The tables of what was counted: instructions of each layer, and the certificate. */

import type { Certificate } from "../count/certificate.ts";
import type { Execution } from "../count/execution.ts";
import type { Counts, InstructionClass } from "../count/instructions.ts";
import type { ReportFigures } from "./figures.ts";
import { decimal, integer, shortName } from "./format.ts";
import type { Column, Table } from "./rows.ts";

/** Columns of classes that belong together. */
const GROUPS: readonly { readonly title: string; readonly classes: readonly InstructionClass[] }[] = [
  { title: "loads", classes: ["load", "load.i64"] },
  { title: "stores", classes: ["store"] },
  { title: "multiply", classes: ["i32.mul", "i64.mul", "divide"] },
  {
    title: "compute",
    classes: ["i32", "i32.compare", "i64", "i64.shift", "convert", "choose", "float", "vector", "bulk"],
  },
  { title: "branches", classes: ["branch", "block", "call"] },
  { title: "locals", classes: ["get", "set", "const", "global"] },
];

/** Instructions of one inference, a row a layer. */
export function countTable({ layers }: ReportFigures, execution: Execution): Table {
  const number = (title: string): Column => ({ title, kind: "number" });
  const groups = (counts: Counts) =>
    GROUPS.map(({ classes }) => integer(classes.reduce((sum, name) => sum + (counts[name] ?? 0), 0)));
  const perMac = (instructions: number, macs: number) => (macs > 0 ? decimal(instructions / macs) : "");
  const macs = layers.reduce((sum, layer) => sum + layer.macs, 0);
  return {
    id: "counts",
    title: "Instructions of one inference",
    columns: [
      { title: "layer", kind: "text" },
      number("executed"),
      number("a MAC"),
      ...GROUPS.map(({ title }) => ({ ...number(title), detail: true as const })),
      ...execution.estimates.map(({ processor }) => number(`≈ ${processor}`)),
    ],
    rows: layers.map((layer, index) => {
      const { instructions = 0, counts = {} } = execution.layers[index] ?? {};
      return [
        `${layer.index} ${layer.kind} ${shortName(layer.operatorName)}`,
        integer(instructions),
        perMac(instructions, layer.macs),
        ...groups(counts),
        ...execution.estimates.map((entry) => integer(entry.layers[index] ?? 0)),
      ];
    }),
    total: [
      "in all",
      integer(execution.total),
      perMac(execution.total, macs),
      ...groups(execution.counts),
      ...execution.estimates.map(({ instructions }) => integer(instructions)),
    ],
    note: ["WebAssembly instructions, counted; the same on every machine.", ...estimateNotes(execution)].join(
      " ",
    ),
  };
}

function estimateNotes({ estimates, mhz }: Execution): string[] {
  if (estimates.length === 0) return [];
  const times = estimates.flatMap(({ processor, milliseconds }) =>
    milliseconds === undefined
      ? []
      : [`${processor} at ${mhz} MHz and an instruction a cycle: ${decimal(milliseconds)} ms.`],
  );
  return ["≈: instructions of the processor by the target's cost table (npm run fit:costs).", ...times];
}

/** Between which numbers the sums of each layer of products lie, for any input: proven from the weights. */
export function sumTables({ layers }: ReportFigures): Table[] {
  const rows = layers.flatMap(({ index, kind, operatorName, sums }) => {
    if (!sums) return [];
    const { low, high, bits } = sums;
    const fits = low >= -(2 ** (bits - 1)) && high < 2 ** (bits - 1);
    const layer = `${index} ${kind} ${shortName(operatorName)}`;
    return [[layer, integer(low), integer(high), `int${bits}`, fits ? "never" : "can, as TFLite's"]];
  });
  if (rows.length === 0) return [];
  const number = (title: string): Column => ({ title, kind: "number" });
  return [
    {
      id: "sums",
      title: "Sums of products, whatever the input",
      columns: [
        { title: "layer", kind: "text" },
        number("at least"),
        number("at most"),
        { title: "kept in", kind: "text" },
        { title: "overflows", kind: "text" },
      ],
      rows,
    },
  ];
}

/** What is proven by reading the module. */
export function certificateTable(certificate: Certificate): Table {
  const none = (found: boolean) => (found ? "yes" : "none");
  return {
    id: "certificate",
    title: "Certificate",
    columns: [
      { title: "of the module's code", kind: "text" },
      { title: "proven", kind: "text" },
    ],
    rows: [
      ["instructions on floats", none(certificate.floats)],
      ["imports", certificate.imports === 0 ? "none" : integer(certificate.imports)],
      ["growing memory", none(certificate.memoryGrows)],
      ["indirect calls", none(certificate.indirectCalls)],
      ["recursion", none(certificate.recursion)],
      ["calls in each other, at most", integer(certificate.callDepth)],
      [
        "bytes of stack, 8 a value",
        certificate.stackBytes === undefined ? "not proven" : integer(certificate.stackBytes),
      ],
      [
        "instructions for any input, at most",
        certificate.bound === undefined
          ? `not proven: loaded values end loops in ${certificate.unbounded.join(", ")}`
          : integer(certificate.bound),
      ],
      [
        "bytes of memory that any input can touch, from address 0",
        certificate.memoryEnd === undefined
          ? `not proven: loaded values are addresses in ${certificate.unconfined.join(", ")}`
          : integer(certificate.memoryEnd),
      ],
    ],
  };
}
