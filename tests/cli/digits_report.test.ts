/** `mote report` end to end on the carried digit classifier, and what it refuses. */

import assert from "node:assert/strict";
import { copyFile, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { mote } from "./command.ts";
import { digitsFolder, LABELS, MODEL, refused } from "./digits.ts";

describe("mote report, inspect and bench, on digits", function () {
  this.timeout(120_000);
  const { at, built } = digitsFolder();

  it("reports the same numbers from the model and from the module", async () => {
    const model = JSON.parse((await mote("report", MODEL, "--optimize", "size", "--json")).out);
    const module = JSON.parse((await mote("report", built(), "--json")).out);
    assert.deepEqual(module, model);
    assert.equal(model.bytes.wasm, (await readFile(built())).length);
    assert.match((await mote("report", built())).out, /conv_2d|CONV_2D/i);
    assert.match((await mote("report", built(), "--md")).out, /^\|/m);
  });

  it("writes an HTML page, and leaves nothing where it cannot", async () => {
    assert.equal((await mote("report", built(), "--html", at("r.html"))).code, 0);
    assert.match(await readFile(at("r.html"), "utf8"), /<html/i);
    await rm(at("r.html"));
    refused(await mote("report", built(), "--html", join(LABELS, "r.html")), /not a folder/, 2);
  });

  it("times layers", async () => {
    const { code, err } = await mote("report", MODEL, "--optimize", "size", "--time");
    assert.deepEqual({ code, err }, { code: 0, err: "" });
  });

  it("reads what it can from a module alone", async () => {
    await copyFile(built(), at("alone.wasm"));
    const { code, out } = await mote("report", at("alone.wasm"));
    assert.equal(code, 0);
    assert.match(out, /int8 +1×8×8×1/);
    const shown = JSON.parse((await mote("report", at("alone.wasm"), "--json", "--time")).out);
    assert.ok(shown.timings.total > 0);
    refused(await mote("report", at("alone.wasm"), "--md"), /report\.json beside it/);
    await rm(at("alone.wasm"));
  });

  it("shows the graph before and after the passes", async () => {
    const { code, out } = await mote("inspect", MODEL);
    assert.equal(code, 0);
    assert.match(out, /CONV_2D +int8 1×8×8×1/);
    assert.match(out, /8 operators.*32,192/);
    const { before } = JSON.parse((await mote("inspect", MODEL, "--json")).out);
    assert.equal(before.operators.length, 8);
    refused(await mote("inspect", built()), /has no graph/);
  });

  it("times builds against each other", async () => {
    const words = ["bench", MODEL, built(), "--target", "node,portable", "--optimize", "size", "--runs", "3"];
    const { code, out, err } = await mote(...words);
    assert.deepEqual({ code, err }, { code: 0, err: "" });
    const lines = out.trimEnd().split("\n");
    assert.equal(lines.length, 4);
    assert.match(lines[1] ?? "", /^digits\.tflite node simd128 size .* 1\.00$/);
    const { builds } = JSON.parse((await mote("bench", built(), built(), "--runs", "2", "--json")).out);
    assert.equal(builds.length, 2);
    assert.equal(builds[0].ratio, 1);
  });
});
