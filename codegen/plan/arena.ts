/** Lays out the arena: places blocks with lifetimes at addresses so that the highest byte in use is low. */

/** What the arena has to hold. */
export interface ArenaRequest {
  readonly name: string;
  /** Bytes, at least 1. */
  readonly bytes: number;
  /** Alignment of the address, a power of two. */
  readonly align: number;
  /** First and last step (inclusive) at which the bytes are in use. */
  readonly first: number;
  readonly last: number;
}

/**
 * Allows two blocks whose lifetimes touch to share memory: block `writer` may overlap block `reader` where it
 * starts at least `distance` bytes before it.
 */
export interface AllowedOverlap {
  readonly writer: number;
  readonly reader: number;
  readonly distance: number;
}

export interface ArenaLayout {
  /** Offset of each request, in its order. */
  readonly offsets: readonly number[];
  /** Bytes from 0 to the end of the highest block. */
  readonly bytes: number;
  /** No layout takes less. */
  readonly bound: number;
}
