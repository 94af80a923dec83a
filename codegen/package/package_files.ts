/** The files that `mote build` leaves: the module, its JavaScript, its C header and its report. */

import type { CompileResult } from "../compile_result.ts";
import { MoteError } from "../error.ts";
import { reportFiles } from "../report/index.ts";
import { packageDts } from "./dts.ts";
import { packageHeader } from "./header.ts";
import { packageJs } from "./js.ts";
import { isIdentifier } from "./names.ts";
import type { Files } from "./write.ts";

/** File name to content, all in one folder. Throws a `MoteError` if the model's name is no identifier. */
export function packageFiles(result: CompileResult): Files {
  const { name } = result.manifest;
  if (!isIdentifier(name)) {
    throw new MoteError(
      "bad-option",
      "--name",
      `expected letters, digits and _, not starting with a digit; found "${name}".`,
    );
  }
  return {
    [`${name}.wasm`]: result.wasm,
    [`${name}.js`]: packageJs(result.manifest),
    [`${name}.d.ts`]: packageDts(result.manifest),
    [`${name}.h`]: packageHeader(result),
    ...reportFiles(result.report),
  };
}
