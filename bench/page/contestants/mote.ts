/** Mote's modules, through their exports: no library stands between the page and a module of ABI 1. */

import { at, type Load, modelOf } from "../contestant.ts";

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly invoke: () => void;
  readonly input_0: WebAssembly.Global;
  readonly output_0: WebAssembly.Global;
}

/** The contestant that runs the build named `form`. */
export function mote(form: string): Load {
  return async (network, samples, around) => {
    const { instance } = await WebAssembly.instantiate(await around.bytes(modelOf(network, form)));
    const { memory, invoke, input_0, output_0 } = instance.exports as unknown as Exports;
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
