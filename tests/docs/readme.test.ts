/** The README's commands, as they stand there, give what it says they print. */

import { strict as assert } from "node:assert";
import { readFileSync, rmSync } from "node:fs";
import { mote } from "../cli/command.ts";

const README = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

interface Shown {
  readonly words: readonly string[];
  /** Lines of output, without those that stand for more. */
  readonly lines: readonly string[];
}

/** The `$ mote …` commands of the transcripts, each with the lines below it. */
function transcripts(): Shown[] {
  const blocks = [...README.matchAll(/```text\n([\s\S]*?)```/g)].map(([, text = ""]) => text);
  return blocks.flatMap((block) =>
    block
      .split(/^\$ mote /m)
      .slice(1)
      .map((part) => {
        const [command = "", ...lines] = part.trimEnd().split("\n");
        return {
          words: command.split(" "),
          lines: lines.filter((line) => line.trim() !== "" && !line.includes("…")),
        };
      }),
  );
}

describe("README", () => {
  after(() => rmSync("demo", { recursive: true, force: true }));

  it("shows a build, a verification and a run", () => {
    assert.deepEqual(
      transcripts().map(({ words }) => words[0]),
      ["build", "verify", "run"],
    );
  });

  for (const { words, lines } of transcripts()) {
    it(`mote ${words.join(" ")} prints what it shows`, async () => {
      const { code, out, err } = await mote(...words);
      assert.equal(code, 0, err);
      for (const line of lines) assert.ok(out.includes(line), `${line} is not in\n${out}`);
    });
  }

  it("names scripts that package.json has", () => {
    const { scripts }: { scripts: Record<string, string> } = JSON.parse(readFileSync("package.json", "utf8"));
    const named = [...README.matchAll(/npm run ([\w:]+)/g)].map(([, name = ""]) => name);
    assert.ok(named.length > 2);
    for (const name of named) assert.ok(scripts[name], `npm run ${name}`);
  });
});
