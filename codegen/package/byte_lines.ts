/** Bytes as the lines of a C array. */

/** Bytes as numbers, 24 a line. */
export function byteLines(bytes: Uint8Array): string[] {
  const lines: string[] = [];
  for (let start = 0; start < bytes.length; start += 24) {
    lines.push(`  ${bytes.subarray(start, start + 24).join(",")},`);
  }
  return lines;
}
