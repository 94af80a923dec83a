/** Commands that a page shows, with what it says they print, and its blocks of code. */

export interface Shown {
  readonly words: readonly string[];
  /** Lines of output, in parts where the page has "…" for what varies; without those that stand for more lines. */
  readonly lines: readonly (readonly string[])[];
}

/** The `$ mote …` commands of a page's transcripts, each with the lines below it. */
export function transcripts(page: string): Shown[] {
  return blocksOf(page, "text").flatMap((block) =>
    block
      .split(/^\$ mote /m)
      .slice(1)
      .map((part) => {
        const [command = "", ...lines] = part.trimEnd().split("\n");
        const shown = lines.filter((line) => line.trim() !== "" && line.trim() !== "…");
        return { words: command.split(" "), lines: shown.map((line) => line.split("…")) };
      }),
  );
}

/** The contents of a page's blocks of a language. */
export function blocksOf(page: string, language: string): string[] {
  const blocks = page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g"));
  return Array.from(blocks, ([, text = ""]) => text);
}
