/** The README's commands, as they stand there, give what it says they print. */

import { strict as assert } from "node:assert";
import { readFileSync, rmSync } from "node:fs";
import { mote } from "../cli/command.ts";
import { transcripts } from "./transcripts.ts";

const README = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

describe("README", () => {
  after(() => rmSync("demo", { recursive: true, force: true }));

  it("shows a build, a verification and a run", () => {
    assert.deepEqual(
      transcripts(README).map(({ words }) => words[0]),
      ["build", "verify", "run"],
    );
  });

  for (const { words, lines } of transcripts(README)) {
    it(`mote ${words.join(" ")} prints what it shows`, async () => {
      const { code, out, err } = await mote(...words);
      assert.equal(code, 0, err);
      for (const parts of lines)
        for (const part of parts) assert.ok(out.includes(part), `${part} is not in\n${out}`);
    });
  }

  it("names scripts that package.json has", () => {
    const { scripts }: { scripts: Record<string, string> } = JSON.parse(readFileSync("package.json", "utf8"));
    const named = [...README.matchAll(/npm run ([\w:]+)/g)].map(([, name = ""]) => name);
    assert.ok(named.length > 2);
    for (const name of named) assert.ok(scripts[name], `npm run ${name}`);
  });
});
