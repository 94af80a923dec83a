/**
 * What Mote throws when it refuses a model, an option or an input: one sentence that says where, what was
 * expected, what was found and what to do.
 */

/** The kind of refusal; stable, so that programs can tell them apart. */
export type ErrorCode =
  | "bad-file"
  | "unsupported-operator"
  | "bad-operator"
  | "bad-option"
  | "bad-input"
  | "out-of-memory"
  | "build-failed";

export class MoteError extends Error {
  override readonly name = "MoteError";

  /**
   * @param code the kind of refusal
   * @param where the file, operator or option that is refused, such as `kws.tflite: operator 7 (CONV_2D "c3")`
   * @param sentence what was expected, what was found, what to do
   */
  constructor(
    readonly code: ErrorCode,
    readonly where: string,
    readonly sentence: string,
  ) {
    super(`${where}: ${sentence}`);
  }
}

/**
 * Thrown by an operator's own rules, which know what is wrong but not where the operator stands: the stage
 * that called them adds the place and throws a `MoteError`.
 */
export class OperatorFault extends Error {
  override readonly name = "OperatorFault";
  constructor(
    readonly sentence: string,
    readonly code: ErrorCode = "bad-operator",
  ) {
    super(sentence);
  }
}

/** Throws an `OperatorFault` with `sentence` unless `condition` holds. */
export function require(condition: boolean, sentence: () => string): asserts condition {
  if (!condition) throw new OperatorFault(sentence());
}

/** Runs a rule of an operator: a fault becomes a `MoteError` that says where the operator stands, with `code` if given. */
export function placed<T>(where: () => string, rule: () => T, code?: ErrorCode): T {
  try {
    return rule();
  } catch (error) {
    if (error instanceof OperatorFault) throw new MoteError(code ?? error.code, where(), error.sentence);
    throw error;
  }
}
