/** Names from a model inside comments of `model.ts`. */

/** Text that can't end the comment it stands in, whatever the model calls its tensors. */
export function comment(text: string): string {
  return text.replace(/[^\x20-\x7e×→]/g, "?").replaceAll("*/", "* /");
}
