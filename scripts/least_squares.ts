/** Least squares of relative errors with coefficients of at least 0, by coordinate descent. */

/** Enough for a dozen columns that depend on each other as instruction counts do. */
const ROUNDS = 20_000;
/** Keeps columns that are nearly the same from trading against each other, as a share of a column's weight. */
const RIDGE = 1e-4;

/** Coefficients x ≥ 0 for which the sum of (row · x / value − 1)² is least. */
export function leastRelativeSquares(
  rows: readonly (readonly number[])[],
  values: readonly number[],
): number[] {
  const width = rows[0]?.length ?? 0;
  const scaled = rows.map((row, index) => row.map((entry) => entry / (values[index] ?? 1)));
  const product = (left: number, right: number) =>
    scaled.reduce((sum, row) => sum + (row[left] ?? 0) * (row[right] ?? 0), 0);
  const columns = Array.from({ length: width }, (_, index) => index);
  const gram = columns.map((left) => columns.map((right) => product(left, right)));
  const aim = columns.map((column) => scaled.reduce((sum, row) => sum + (row[column] ?? 0), 0));
  const solution = new Array<number>(width).fill(0);
  for (let round = 0; round < ROUNDS; round++) {
    for (const column of columns) {
      const weight = gram[column]?.[column] ?? 0;
      if (weight === 0) continue;
      const others = columns.reduce(
        (sum, other) =>
          other === column ? sum : sum + (gram[column]?.[other] ?? 0) * (solution[other] ?? 0),
        0,
      );
      solution[column] = Math.max(0, ((aim[column] ?? 0) - others) / (weight * (1 + RIDGE)));
    }
  }
  return solution;
}
