/** Writes `model.ts`: one function a layer that calls its kernel with literals, in readable AssemblyScript. */

import { shapeText, type Tensor } from "../graph/tensor.ts";
import type { Plan, PlannedArgument, PlannedLayer } from "../plan/plan.ts";

export interface EmitOptions {
  /** `mote-nn 0.1.0` */
  readonly generator: string;
  /** Also emit `invoke_layer`. */
  readonly profile: boolean;
}

/** Text that can't end the comment it stands in, whatever the model calls its tensors. */
function comment(text: string): string {
  return text.replace(/[^\x20-\x7e×→]/g, "?").replaceAll("*/", "* /");
}

function describe(tensor: Tensor): string {
  return comment(`"${tensor.name}" ${tensor.dtype} ${shapeText(tensor)}`);
}

function argument({ name, value, note }: PlannedArgument): string {
  return `    /* ${name}${note === undefined ? "" : ` ${comment(note)}`} */ ${value},`;
}

function call(layer: PlannedLayer, planned: readonly PlannedArgument[]): string {
  const list = planned.map(argument);
  return layer.inline
    ? [`  inline.always(${layer.kernel.name}(`, ...list, "  ));"].join("\n")
    : [`  ${layer.kernel.name}(`, ...list, "  );"].join("\n");
}

function layerFunction(layer: PlannedLayer): string {
  const shapes = `${layer.inputs
    .filter((tensor) => !tensor.data)
    .map((tensor) => shapeText(tensor))
    .join(", ")} → ${layer.outputs.map((tensor) => shapeText(tensor)).join(", ")}`;
  const macs = layer.macs > 0 ? `, ${layer.macs.toLocaleString("en-US")} MACs` : "";
  return [
    `/** ${layer.spelling} "${comment(layer.operatorName)}": ${shapes}${macs}. */`,
    `function ${layer.name}(): void {`,
    ...layer.calls.map((planned) => call(layer, planned)),
    "}",
  ].join("\n");
}

/** The module's source; kernels are imported from `./kernels/`. */
export function emitModel(plan: Plan, options: EmitOptions): string {
  const imports = new Map<string, Set<string>>();
  for (const { kernel } of plan.layers) {
    imports.set(kernel.file, (imports.get(kernel.file) ?? new Set()).add(kernel.name));
  }
  const importLines = [...imports]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([file, names]) => `import { ${[...names].sort().join(", ")} } from "./kernels/${file}";`);
  const ports = (kind: "input" | "output") =>
    plan[`${kind}s`].map(
      ({ tensor, address }, index) =>
        `/** Address of ${kind} ${describe(tensor)}. */\nexport const ${kind}_${index}: i32 = ${address};`,
    );
  const parts = [
    `/** ${comment(plan.name)}: written by ${options.generator} from ${comment(plan.file)}; do not edit. */`,
    importLines.join("\n"),
    ...ports("input"),
    ...ports("output"),
    ...plan.layers.map(layerFunction),
    [
      "/** One inference: from the inputs to the outputs. */",
      "export function invoke(): void {",
      ...plan.layers.map((layer) => `  ${layer.name}();`),
      "}",
    ].join("\n"),
  ];
  if (options.profile) {
    parts.push(
      [
        "/** Runs layer `index` alone, for a host with a clock. */",
        "export function invoke_layer(index: i32): void {",
        ...plan.layers.map((layer) => `  if (index == ${layer.index}) ${layer.name}();`),
        "}",
      ].join("\n"),
    );
  }
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}
