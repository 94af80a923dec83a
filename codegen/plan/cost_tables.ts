/** Written by `npm run fit:costs -- --write`: processor instructions by target, processor and instruction class. */

export const COST_TABLES: Readonly<
  Record<string, Readonly<Record<string, Readonly<Record<string, number>>>>>
> = {
  wasm3: {
    "x86-64": {
      get: 1.28,
      set: 5.9,
      const: 0.08,
      i32: 7.18,
      "i32.mul": 12.76,
      i64: 9.1,
      "i64.mul": 5.79,
      divide: 8.85,
      convert: 5.82,
      load: 11.66,
      store: 15.18,
      choose: 18.15,
      branch: 8.7,
      block: 12.11,
      call: 131.54,
      global: 0,
      bulk: 0,
      float: 0,
      vector: 0,
      inference: 215.87,
    },
  },
};
