/** The report: its figures, and the same numbers in all four forms. */

import assert from "node:assert/strict";
import {
  renderHtml,
  renderJson,
  renderMarkdown,
  renderText,
  reportFigures,
  type Timings,
} from "../../codegen/report/index.ts";
import { bytesInUse } from "../../codegen/report/occupancy.ts";
import { reportTables } from "../../codegen/report/rows.ts";
import { REPORT } from "../package/small_module.ts";

const TIMINGS: Timings = { layers: [300.126, 99.874], total: 371.25, runs: 15, node: "v20.20.2" };

/** The numbers of a text in their order; grouped ones without commas. */
function numbers(text: string): string[] {
  return (text.match(/\d[\d,]*(\.\d+)?/g) ?? []).map((found) => found.replace(/,/g, ""));
}

describe("report", () => {
  it("derives shares and sums", () => {
    const { layers, totals, timings } = reportFigures(REPORT, TIMINGS);
    assert.deepEqual(layers[0]?.shares, { macs: 0.814, weights: 0.826, ram: 1, code: 0.593, time: 0.75 });
    assert.deepEqual(layers[1]?.shares, { macs: 0.186, weights: 0.174, ram: 0.81, code: 0.258, time: 0.25 });
    assert.deepEqual(
      layers.map(({ microseconds }) => microseconds),
      [300.13, 99.87],
    );
    assert.deepEqual(totals, {
      weightBytes: 500,
      tableBytes: 256,
      layerCode: 1020,
      sharedCode: 171,
      otherCode: 9,
      overBound: 100,
      passes: {
        name: "all",
        operators: [7, 2],
        macs: [200_000, 123_456],
        weightBytes: [900, 487],
        saved: { macs: 0.383, weights: 0.459 },
      },
      layerMicroseconds: 400,
      gigaMacsPerSecond: 0.33,
    });
    assert.equal(timings?.total, 371.25);
  });

  it("does without timings, with none of layers, and without passes", () => {
    assert.equal(reportFigures(REPORT).layers[0]?.microseconds, undefined);
    const whole = reportFigures({ ...REPORT, passes: [] }, { layers: [], total: 10 });
    assert.deepEqual([whole.totals.layerMicroseconds, whole.totals.gigaMacsPerSecond], [undefined, 12.35]);
    assert.match(renderText(REPORT, { layers: [], total: 10 }), /one inference +10\.00/);
    assert.doesNotMatch(renderText(REPORT), /µs/);
  });

  it("counts bytes that blocks share once", () => {
    const { blocks } = REPORT.memory;
    assert.deepEqual(
      [0, 1, 2].map((layer) => bytesInUse(blocks, layer)),
      [1600, 1296, 1100],
    );
  });

  it("prints every cell of its tables in text, Markdown and HTML, and its numbers in JSON", () => {
    const json: unknown = JSON.parse(renderJson(REPORT, TIMINGS));
    assert.deepEqual(json, JSON.parse(JSON.stringify(reportFigures(REPORT, TIMINGS))));
    const plain = (html: string) =>
      html.replace(/<style>[\s\S]*?<\/style>|<svg[\s\S]*?<\/svg>/g, "").replace(/<[^>]*>/g, " ");
    const forms: Record<string, string[]> = {
      text: numbers(renderText(REPORT, TIMINGS)),
      markdown: numbers(renderMarkdown(REPORT, TIMINGS)),
      html: numbers(plain(renderHtml(REPORT, TIMINGS))),
    };
    const inJson = new Set<string>();
    const collect = (value: unknown): void => {
      if (typeof value === "number") {
        for (const shown of [String(Math.abs(value)), value.toFixed(2), (value * 100).toFixed(1)])
          inJson.add(shown);
      } else if (typeof value === "object" && value !== null) Object.values(value).forEach(collect);
    };
    collect(json);
    for (const table of reportTables(reportFigures(REPORT, TIMINGS))) {
      const wanted = [...table.rows, ...(table.total ? [table.total] : [])].flatMap((row) =>
        row.flatMap((cell, index) => (table.columns[index]?.kind === "text" ? [] : numbers(cell))),
      );
      for (const [form, found] of Object.entries(forms)) {
        for (const number of wanted)
          assert.ok(found.includes(number), `${form}, ${table.id}: ${number} is missing`);
      }
      for (const number of wanted) assert.ok(inJson.has(number), `json, ${table.id}: ${number} is missing`);
    }
  });

  it("sets rows of equal cells and columns", () => {
    for (const { columns, rows, total, id } of reportTables(reportFigures(REPORT, TIMINGS))) {
      for (const row of [...rows, ...(total ? [total] : [])]) assert.equal(row.length, columns.length, id);
    }
  });

  it("draws the arena against its bound", () => {
    const text = renderText(REPORT);
    assert.match(text, /^ {4}0 {2}█{50} {2}1,600$/m);
    assert.match(text, /^ {4}1 {2}█{41}·{5}│·{3} {2}1,296$/m);
    const html = renderHtml(REPORT);
    assert.equal(html.match(/<rect class="block/g)?.length, 4);
    assert.match(html, /<line class="bound"/);
    assert.match(html, /aria-label="Arena over layers: 1,600 bytes, lower bound 1,500"/);
  });

  it("is a page that needs nothing else and escapes names", () => {
    const html = renderHtml(REPORT, TIMINGS);
    assert.doesNotMatch(html, /<script|<link|src=|url\(|@import|https?:/);
    assert.match(html, /block_0\/&lt;b&gt;/);
    assert.doesNotMatch(html, /<b>\|/);
    assert.match(html, /say &quot;\*\/\?\?\/&quot;/);
    assert.match(html, /prefers-color-scheme: dark/);
  });

  it("marks the layers that need floats, and none where none does", () => {
    const plain = { ...REPORT, floats: false, layers: REPORT.layers.map((l) => ({ ...l, floats: false })) };
    for (const render of [renderText, renderMarkdown, renderHtml]) {
      const marked = render(REPORT);
      assert.match(marked, /softmax \(floats\)/);
      assert.match(marked, /Needs floats: layer 1 \(softmax\); a target without floats refuses the model\./);
      assert.match(marked, /· needs floats ·/);
      assert.doesNotMatch(render(plain), /floats/);
    }
    const { floats, layers } = JSON.parse(renderJson(REPORT));
    assert.deepEqual([floats, layers[0].floats, layers[1].floats], [true, false, true]);
  });

  it("lets no name break a table or reach the terminal", () => {
    assert.ok(!renderText(REPORT).includes("\u001b"));
    const rows = renderMarkdown(REPORT)
      .split("\n")
      .filter((line) => line.startsWith("|"));
    assert.ok(rows.some((row) => row.includes("&lt;b>\\|")));
  });

  it("does not fail on a model without layers or arena", () => {
    const empty = {
      ...REPORT,
      macs: 0,
      layers: [],
      shared: [],
      passes: [],
      memory: { ...REPORT.memory, arena: 0, bound: 0, blocks: [] },
    };
    for (const render of [renderText, renderMarkdown, renderHtml, renderJson]) {
      assert.doesNotMatch(render(empty, { layers: [], total: 0 }), /NaN|Infinity|undefined/);
    }
  });
});
