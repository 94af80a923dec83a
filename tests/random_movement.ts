/** Random layers that only move elements, and those that sample between them. */

import { elementCount } from "../codegen/graph/tensor.ts";
import { alike } from "./network_builder.ts";
import { isMap, type Step } from "./random_filters.ts";

/** A transposition, or a new dimension along which the input and what has its scale are stacked. */
export const rearrange: Step = (b, random, input, others) => {
  const shape = b.shape(input);
  if (random.real() < 0.5) {
    const permutation = shape.map((_, d) => d);
    const [a, c] = [random.int(0, shape.length - 1), random.int(0, shape.length - 1)];
    [permutation[a], permutation[c]] = [c, a];
    const output = alike(
      b,
      input,
      permutation.map((d) => shape[d] ?? 1),
    );
    return b.operator("transpose", [input], [output], { permutation });
  }
  if (shape.length > 4) return undefined;
  const axis = random.int(0, shape.length);
  const twins = others.filter(
    (id) =>
      b.shape(id).join() === shape.join() &&
      b.scale(id) === b.scale(input) &&
      b.zeroPoint(id) === b.zeroPoint(input),
  );
  const parts = [...twins.slice(0, 2), input];
  const stacked = alike(b, input, [...shape.slice(0, axis), parts.length, ...shape.slice(axis)]);
  b.operator("pack", parts, [stacked], { axis });
  if (random.real() < 0.3) return stacked;
  const outputs = parts.map(() => alike(b, input, shape));
  b.operator("unpack", [stacked], outputs, { axis, count: parts.length });
  return outputs[random.int(0, parts.length - 1)];
};

/** Dimensions that are repeated, mirrored, turned round or picked from. */
export const repeat: Step = (b, random, input) => {
  const shape = b.shape(input);
  if (elementCount(shape) > 400) return undefined;
  const output = (sizes: readonly number[]) => [alike(b, input, sizes)];
  const axis = random.int(0, shape.length - 1);
  const size = shape[axis] ?? 1;
  const resized = (count: number) => shape.map((length, d) => (d === axis ? count : length));
  switch (random.int(0, 4)) {
    case 0: {
      const multiples = shape.map((_, d) => (d === axis ? random.int(1, 3) : 1));
      return b.operator("tile", [input], output(resized(size * (multiples[axis] ?? 1))), { multiples });
    }
    case 1: {
      const edge = random.real() < 0.5;
      const pads = shape.map((length, d) =>
        d === axis ? random.int(0, Math.min(2, length - (edge ? 0 : 1))) : 0,
      );
      const none = shape.map(() => 0);
      const attributes = { before: pads, after: none, edge };
      return b.operator("mirror_pad", [input], output(resized(size + (pads[axis] ?? 0))), attributes);
    }
    case 2:
      return b.operator("reverse_v2", [input], output(shape), { axes: [axis] });
    case 3: {
      const to = [random.int(1, 2), ...shape];
      return b.operator("broadcast_to", [input], output(to), { shape: to });
    }
    default: {
      const indices = Array.from({ length: random.int(1, 4) }, () => random.int(0, size - 1));
      const constant = { indices, shape: [indices.length] };
      return b.operator("gather", [input], output(resized(indices.length)), { axis, batchDims: 0, constant });
    }
  }
};

/** Maps whose rows and columns are sampled, or change places with channels and batches. */
export const resample: Step = (b, random, input) => {
  if (!isMap(b, input)) return undefined;
  const [batches = 1, height = 1, width = 1, channels = 1] = b.shape(input);
  if (batches * height * width * channels > 400) return undefined;
  const output = (...sizes: number[]) => [alike(b, input, sizes)];
  switch (random.int(0, 4)) {
    case 0: {
      const picks = (size: number) => Array.from({ length: random.int(1, 8) }, () => random.int(0, size - 1));
      const [rows, columns] = [picks(height).sort((x, y) => x - y), picks(width)];
      const sizes = output(batches, rows.length, columns.length, channels);
      return b.operator("resize_nearest_neighbor", [input], sizes, { rows, columns });
    }
    case 1: {
      const size = { height: random.int(1, 8), width: random.int(1, 8) };
      const options = random.pick([
        { alignCorners: false, halfPixelCenters: false },
        { alignCorners: true, halfPixelCenters: false },
        { alignCorners: false, halfPixelCenters: true },
      ]);
      const sizes = output(batches, size.height, size.width, channels);
      return b.operator("resize_bilinear", [input], sizes, { ...size, ...options });
    }
    case 2: {
      const size = [3, 2].find((block) => height % block === 0 && width % block === 0);
      if (size === undefined) return undefined;
      const sizes = output(batches, height / size, width / size, channels * size * size);
      return b.operator("space_to_depth", [input], sizes, { size });
    }
    case 3: {
      if (channels % 4 !== 0) return undefined;
      return b.operator("depth_to_space", [input], output(batches, height * 2, width * 2, channels / 4), {
        size: 2,
      });
    }
    default: {
      const before = [random.int(0, 1), random.int(0, 1)];
      const after = [(height + (before[0] ?? 0)) % 2, (width + (before[1] ?? 0)) % 2];
      const rows = (height + (before[0] ?? 0) + (after[0] ?? 0)) / 2;
      const columns = (width + (before[1] ?? 0) + (after[1] ?? 0)) / 2;
      const sizes = output(batches * 4, rows, columns, channels);
      return b.operator("space_to_batch_nd", [input], sizes, { block: [2, 2], before, after });
    }
  }
};
