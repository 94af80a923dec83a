/** A chart of time against multiply-accumulates, both in powers of ten, as SVG. */

/** One convolution on one build. */
export interface Point {
  readonly build: string;
  readonly kernel: number;
  readonly macs: number;
  readonly microseconds: number;
}

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [760, 480, 70, 20, 20, 50] as const;
const COLOURS = ["#8a8a8a", "#1f6fb2", "#c2571a"];

const TITLE = "<title>Time of one convolution against its multiply-accumulates</title>";

/** The chart; `ceiling`: GMAC/s of the line below which no build of dot products out of registers can lie. */
export function scaleChart(points: readonly Point[], ceiling: number): string {
  const decades = (values: readonly number[]) => [
    Math.floor(Math.log10(Math.min(...values))),
    Math.ceil(Math.log10(Math.max(...values))),
  ];
  const [x0 = 0, x1 = 1] = decades(points.map(({ macs }) => macs));
  const [y0 = 0, y1 = 1] = decades(points.map(({ microseconds }) => microseconds));
  const x = (macs: number) => LEFT + ((Math.log10(macs) - x0) / (x1 - x0)) * (WIDTH - LEFT - RIGHT);
  const y = (time: number) =>
    HEIGHT - BOTTOM - ((Math.log10(time) - y0) / (y1 - y0)) * (HEIGHT - TOP - BOTTOM);
  const text = (at: number, down: number, words: string, anchor: string) =>
    `<text x="${at.toFixed(1)}" y="${down.toFixed(1)}" text-anchor="${anchor}">${words}</text>`;
  const line = (ax: number, ay: number, bx: number, by: number, style: string) =>
    `<line x1="${ax.toFixed(1)}" y1="${ay.toFixed(1)}" x2="${bx.toFixed(1)}" y2="${by.toFixed(1)}" ${style}/>`;
  const grid: string[] = [];
  for (let power = x0; power <= x1; power++) {
    grid.push(line(x(10 ** power), TOP, x(10 ** power), HEIGHT - BOTTOM, 'stroke="#ddd"'));
    grid.push(text(x(10 ** power), HEIGHT - BOTTOM + 18, count(power), "middle"));
  }
  for (let power = y0; power <= y1; power++) {
    grid.push(line(LEFT, y(10 ** power), WIDTH - RIGHT, y(10 ** power), 'stroke="#ddd"'));
    grid.push(text(LEFT - 8, y(10 ** power) + 4, time(power), "end"));
  }
  grid.push(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, "multiply-accumulates", "middle"));
  // Microseconds at the ceiling, from where the line enters the chart.
  const timeOf = (macs: number) => macs / ceiling / 1e3;
  const from = Math.max(10 ** x0, 10 ** y0 * ceiling * 1e3);
  grid.push(
    line(x(from), y(timeOf(from)), x(10 ** x1), y(timeOf(10 ** x1)), 'stroke="#333" stroke-dasharray="5 4"'),
  );
  const builds = [...new Set(points.map(({ build }) => build))];
  const legend = builds.map((build, index) => {
    const down = TOP + 16 + index * 18;
    const colour = `fill="${COLOURS[index % COLOURS.length]}"`;
    return `<circle cx="${LEFT + 14}" cy="${down - 4}" r="4" ${colour}/>${text(LEFT + 24, down, build, "start")}`;
  });
  legend.push(text(LEFT + 10, TOP + 16 + builds.length * 18, "● 1×1, ■ 3×3; dashed: the ceiling", "start"));
  const dots = points.map(({ build, kernel, macs, microseconds }) => {
    const colour = `fill="${COLOURS[builds.indexOf(build) % COLOURS.length]}" fill-opacity="0.8"`;
    const [cx, cy] = [x(macs), y(microseconds)];
    return kernel === 1
      ? `<circle cx="${cx.toFixed(1)}" cy="${cy.toFixed(1)}" r="3.5" ${colour}/>`
      : `<rect x="${(cx - 3).toFixed(1)}" y="${(cy - 3).toFixed(1)}" width="6" height="6" ${colour}/>`;
  });
  const open = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`;
  return `${[open, TITLE, '<rect width="100%" height="100%" fill="#fff"/>', ...grid, ...dots, ...legend, "</svg>"].join("\n")}\n`;
}

const count = (power: number) =>
  power < 6 ? `${10 ** (power - 3)} k` : power < 9 ? `${10 ** (power - 6)} M` : `${10 ** (power - 9)} G`;

function time(power: number): string {
  return power < 0
    ? `${10 ** (power + 3)} ns`
    : power < 3
      ? `${10 ** power} µs`
      : power < 6
        ? `${10 ** (power - 3)} ms`
        : `${10 ** (power - 6)} s`;
}
