/** The manifest of a module: what its custom section `mote` and its JavaScript say about it. */

import type { Manifest, ManifestTensor, Optimize } from "../compile_result.ts";
import { tensorBytes } from "../graph/tensor.ts";
import { dotBitsOf, type Plan, type Port } from "../plan/plan.ts";

/** What the plan does not know about the build. */
export interface BuildFacts {
  readonly generator: string;
  /** SHA-256 of the model file, hex. */
  readonly source: string;
  readonly optimize: Optimize;
}

function manifestTensor({ tensor, address }: Port): ManifestTensor {
  const scale = tensor.quantization?.scales[0];
  const zeroPoint = tensor.quantization?.zeroPoints[0];
  return {
    name: tensor.name,
    shape: tensor.shape,
    dtype: tensor.dtype,
    ...(scale === undefined || zeroPoint === undefined ? {} : { scale, zeroPoint }),
    address,
    bytes: tensorBytes(tensor),
  };
}

export function makeManifest(plan: Plan, facts: BuildFacts): Manifest {
  const dotBits = dotBitsOf(plan);
  return {
    abi: 1,
    name: plan.name,
    inputs: plan.inputs.map(manifestTensor),
    outputs: plan.outputs.map(manifestTensor),
    stateBytes: plan.state.reduce((sum, { bytes }) => sum + bytes, 0),
    ...(plan.layers.some(({ floats }) => floats) ? { floats: true } : {}),
    generator: facts.generator,
    source: facts.source,
    target: plan.target.name,
    simd: plan.target.simd,
    ...(dotBits === undefined ? {} : { dotBits }),
    ...(plan.memory.flash.length > 0 ? { flashWeights: true } : {}),
    optimize: facts.optimize,
  };
}
