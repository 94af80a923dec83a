/** The public interface of the package `mote-nn`. */

export { compileModel } from "./compile.ts";
export type {
  CompileOptions,
  CompileResult,
  Manifest,
  ManifestTensor,
  Optimize,
  PassReport,
  Report,
  ReportLayer,
} from "./compile_result.ts";
export { type ErrorCode, MoteError } from "./error.ts";
