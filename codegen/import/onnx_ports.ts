/** Inputs of an ONNX network: names, types, and shapes that are fixed by the file or by whoever asks for the build. */

import { MoteError, placed } from "../error.ts";
import type { FilePort, OnnxFile } from "./onnx_model.ts";
import { checkShape, type Named } from "./onnx_net.ts";
import { ELEMENT_TYPES } from "./onnx_schema.ts";

/**
 * The network's inputs. A dynamic batch dimension becomes 1; `shapes` fixes others by the input's name. Throws a
 * `MoteError` on dimensions that stay open, and on shapes for inputs that the file doesn't have.
 */
export function portsOf(
  { reader, inputs }: OnnxFile,
  shapes: Readonly<Record<string, readonly number[]>>,
): Named[] {
  for (const name of Object.keys(shapes)) {
    if (!inputs.some((port) => port.name === name))
      throw new MoteError(
        "bad-option",
        reader.file,
        `expected --shape for one of the inputs ${inputs.map((port) => port.name).join(", ")}, found "${name}".`,
      );
  }
  return inputs.map((port) => {
    const place = `${reader.file}: input "${port.name}"`;
    const type = ELEMENT_TYPES.get(port.type);
    if (!type)
      throw new MoteError(
        "bad-file",
        place,
        `expected a tensor of ${[...ELEMENT_TYPES.values()].join(", ")}, found type ${port.type}. Re-export the model.`,
      );
    const shape = fixedShape(port, shapes[port.name], place);
    placed(
      () => place,
      () => checkShape(port.name, shape),
      "bad-file",
    );
    return { value: { name: port.name, shape, type, port: true }, type };
  });
}

function fixedShape(port: FilePort, given: readonly number[] | undefined, place: string): readonly number[] {
  const { name, shape } = port;
  if (given) {
    if (shape && shape.length !== given.length)
      throw new MoteError(
        "bad-option",
        place,
        `expected --shape with ${shape.length} dimensions, as the file has, found ${given.join("x")}.`,
      );
    return given;
  }
  if (!shape)
    throw new MoteError(
      "bad-file",
      place,
      `expected a shape, found none. Give it with --shape ${name}=… or export the model with it.`,
    );
  const open = shape.some((size, axis) => typeof size === "string" && axis > 0);
  if (open)
    throw new MoteError(
      "bad-file",
      place,
      `expected fixed dimensions after the batch, found ${shape.map((size) => size || "?").join("×")}. Give them with --shape ${name}=${shape.map((size, axis) => (typeof size === "number" ? size : axis === 0 ? 1 : "N")).join("x")}, N being a number.`,
    );
  return shape.map((size) => (typeof size === "string" ? 1 : size));
}
