/** Fits costs that are sums of counts times constants. */

/**
 * Constants ≥ 0 with which `rows` · constants come closest to `found`, by the squares of the relative errors. A constant that
 * would be negative is 0, and the others are fitted without it.
 */
export function fitRelative(rows: readonly (readonly number[])[], found: readonly number[]): number[] {
  const scaled = rows.map((row, index) => row.map((count) => count / (found[index] ?? 1)));
  const terms = scaled[0]?.length ?? 0;
  const used = Array.from({ length: terms }, (_, term) => term);
  for (;;) {
    const constants = solve(scaled, used);
    const negative = constants.findIndex((constant) => constant < 0);
    if (negative < 0) {
      const result = Array<number>(terms).fill(0);
      used.forEach((term, index) => {
        result[term] = constants[index] ?? 0;
      });
      return result;
    }
    used.splice(negative, 1);
  }
}

/** Least squares of `rows` · x = 1 for the columns `used`: the normal equations, by elimination. */
function solve(rows: readonly (readonly number[])[], used: readonly number[]): number[] {
  const sum = (value: (row: readonly number[]) => number) =>
    rows.reduce((total, row) => total + value(row), 0);
  const at = (row: readonly number[], column: number) => row[column] ?? 0;
  const matrix = used.map((i) => [
    ...used.map((j) => sum((row) => at(row, i) * at(row, j))),
    sum((row) => at(row, i)),
  ]);
  matrix.forEach((pivot, i) => {
    matrix.forEach((row, other) => {
      if (other === i) return;
      const factor = at(row, i) / at(pivot, i);
      matrix[other] = row.map((value, column) => value - factor * at(pivot, column));
    });
  });
  return matrix.map((row, i) => at(row, used.length) / at(row, i));
}
