/** Mote's modules, through their exports: no library stands between the page and a module of ABI 1. */

import { DOT_PROBE, exactBits } from "../../../codegen/package/dot_probe.ts";
import { at, type Load, modelOf } from "../contestant.ts";

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly invoke: () => void;
  readonly input_0: WebAssembly.Global;
  readonly output_0: WebAssembly.Global;
  /** Only in modules with relaxed dot products: bits of the second operand for which the machine must be exact. */
  readonly dot_bits?: WebAssembly.Global;
}

/** The contestant that runs the build named `form`. */
export function mote(form: string): Load {
  return async (network, samples, around) => {
    const bytes = await around.bytes(modelOf(network, form));
    if (form === "relaxed" && !WebAssembly.validate(bytes)) {
      throw new Error("not measurable here: this engine has no relaxed SIMD");
    }
    const { instance } = await WebAssembly.instantiate(bytes);
    const { memory, invoke, input_0, output_0, dot_bits } = instance.exports as unknown as Exports;
    if (dot_bits && dot_bits.value > machineBits()) {
      // The loader of a package takes another build then.
      throw new Error(
        `not measurable on this machine: its relaxed dot products are exact for ${machineBits()} bits, the module needs ${dot_bits.value}`,
      );
    }
    const input = new Int8Array(memory.buffer, input_0.value, at(samples, 0).length);
    const size = network.outputCoding.shape.reduce((product, length) => product * length, 1);
    const output = new Uint8Array(memory.buffer, output_0.value, size);
    const given = new Uint8Array(size);
    return {
      asynchronous: false,
      run: (index) => {
        input.set(at(samples, index));
        invoke();
        given.set(output);
      },
      output: () => given.slice(),
    };
  };
}

/** What a package's loader asks the machine before it takes a build with relaxed SIMD. */
function machineBits(): number {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(DOT_PROBE)));
  return exactBits(exports.dot as (a: number, b: number, c: number) => number);
}
