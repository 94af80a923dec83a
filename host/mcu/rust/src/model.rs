//! What is known of a module before it is read.

/// The ABI that this crate runs.
pub const ABI: u32 = 1;

/// Where an input or output lies in the module's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tensor {
    /// A multiple of 16.
    pub address: u32,
    /// Its length in bytes.
    pub bytes: u32,
}

/// A module's description: the numbers of its header `NAME.h`, under the same names.
#[derive(Clone, Copy, Debug)]
pub struct Model<'a> {
    /// `NAME_ABI`.
    pub abi: u32,
    /// `NAME_WASM_BYTES`.
    pub wasm_bytes: u32,
    /// `NAME_WASM_CRC32`.
    pub wasm_crc32: u32,
    /// `NAME_MEMORY_BYTES`: the memory that the module touches.
    pub memory_bytes: u32,
    /// `NAME_STATE_BYTES`; the module has `reset` where it is not 0.
    pub state_bytes: u32,
    /// `NAME_STACK_BYTES`: the interpreter's stack.
    pub stack_bytes: u32,
    /// In the order of their numbers.
    pub inputs: &'a [Tensor],
    /// In the order of their numbers.
    pub outputs: &'a [Tensor],
}
