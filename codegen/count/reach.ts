/** How often each piece of code runs at most, whatever the input, and whether runs with probes went there as often: see `proof.ts`. */

import type { ModuleShape } from "./module.ts";
import type { Observation, Run } from "./probes.ts";
import type { Analysis } from "./proof.ts";

/** Of one export or several: how often each segment can run, by the run that shows it. */
interface Limits {
  /** The run that shows a function's, by index; `undefined` where none does. */
  readonly shownBy: readonly (readonly number[] | undefined)[];
}

export class Reach {
  readonly #deciders: readonly (number | undefined)[];
  readonly #functions: readonly number[];
  readonly #all: Limits;
  readonly #invoke: Limits;

  constructor(
    readonly module: ModuleShape,
    readonly analysis: Analysis,
    readonly observation: Observation,
  ) {
    const deciders: (number | undefined)[] = [];
    for (const walk of analysis.walks) {
      walk.deciders.forEach((decider, index) => {
        deciders[walk.firstSegment + index] = decider;
      });
    }
    this.#deciders = deciders;
    this.#functions = observation.segments.map((segment) => segment.function);
    this.#all = this.#limits("all");
    this.#invoke = this.#limits("invoke");
  }

  /**
   * An optional function's numbers come from a run that called it as often as any input can: then its own code, but for what
   * open values decide about in it, ran as often as it can.
   */
  #limits(which: keyof Run): Limits {
    const { runs } = this.observation;
    const shownBy: (readonly number[] | undefined)[] = [];
    const visit = (index: number): readonly number[] | undefined => {
      if (index in shownBy) return shownBy[index];
      // Where it calls itself, nothing is shown.
      shownBy[index] = undefined;
      const { firstSegment } = this.analysis.walks[index] ?? { firstSegment: 0 };
      const calls = this.#callsOf(index);
      const counts = runs.map((run) => run[which]);
      if (!this.analysis.known[index]?.optional) {
        shownBy[index] = counts[0];
        return counts[0];
      }
      const limits = calls.map(({ caller, segment }) => {
        const shown = visit(caller);
        return shown && (shown[this.#deciders[segment] ?? segment] ?? 0);
      });
      const most = limits.reduce<number | undefined>(
        (sum, limit) => (sum === undefined || limit === undefined ? undefined : sum + limit),
        this.#entriesOf(index, which),
      );
      shownBy[index] = counts.find((executed) => executed[firstSegment] === most);
      return shownBy[index];
    };
    this.module.functions.forEach((_, index) => {
      visit(index);
    });
    return { shownBy };
  }

  #callsOf(callee: number): { readonly caller: number; readonly segment: number }[] {
    return this.analysis.walks.flatMap((walk) =>
      walk.calls
        .filter((call) => call.callee === callee)
        .map(({ segment }) => ({ caller: walk.index, segment })),
    );
  }

  /** How often a run enters a function from outside. */
  #entriesOf(index: number, which: keyof Run): number {
    const entered = which === "all" ? ["reset", "invoke"] : ["invoke"];
    return this.module.exports.filter(
      (entry) => entry.kind === 0 && entry.index === index && entered.includes(entry.name),
    ).length;
  }

  #limit({ shownBy }: Limits, segment: number): number | undefined {
    return shownBy[this.#functions[segment] ?? 0]?.[this.#deciders[segment] ?? segment];
  }

  /** How often a segment can run in one `invoke`. */
  limitOfInvoke(segment: number): number | undefined {
    return this.#limit(this.#invoke, segment);
  }

  neverRuns(segment: number): boolean {
    return this.#limit(this.#all, segment) === 0;
  }

  /** Whether some run went to a segment whenever any input can. */
  covers(segment: number): boolean {
    const limit = this.#limit(this.#all, segment);
    return limit !== undefined && this.observation.runs.some(({ all }) => all[segment] === limit);
  }

  /** Functions for which no run shows how often their code runs. */
  openFunctions(): number[] {
    return this.module.functions.flatMap((_, index) => (this.#invoke.shownBy[index] ? [] : [index]));
  }
}
