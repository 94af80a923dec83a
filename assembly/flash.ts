/** Constants that stay in the module's bytes, which devices keep in flash, and are copied a piece at a time. */

/**
 * Copies `bytes` bytes from position `from` of the module's passive segment to address `to`. The build puts `memory.init` in
 * its place, for which AssemblyScript has no name.
 */
export declare function copy_from_flash(to: usize, from: usize, bytes: i32): void;
