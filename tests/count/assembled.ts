/** Modules for tests of counting and proofs, from their text. */

import loadWabt from "wabt";

/** A module with a memory of a page, and `functions` and whatever else the text says. */
export async function assembled(functions: string): Promise<Uint8Array> {
  const wabt = await loadWabt();
  const module = wabt.parseWat("test.wat", `(module (memory (export "memory") 1 1) ${functions})`, {
    mutable_globals: true,
    bulk_memory: true,
    sign_extension: true,
    simd: true,
    sat_float_to_int: true,
  });
  try {
    return module.toBinary({}).buffer;
  } finally {
    module.destroy();
  }
}
