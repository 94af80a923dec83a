//! The checks of a module before it runs: those of its bytes, and those of what it exports.

use crate::{ABI, Error, Model, Tensor};
use alloc::format;
use wasmi::{ExternType, MemoryType, Module};

/// CRC-32 as in Ethernet, gzip and PNG: polynomial 0xEDB88320 reflected, initial value and final xor all ones.
pub fn crc32(bytes: &[u8]) -> u32 {
    // Half a byte at a time: 64 bytes of table instead of 1,024.
    const TABLE: [u32; 16] = {
        let mut table = [0u32; 16];
        let mut index = 0;
        while index < 16 {
            let mut value = index as u32;
            let mut bit = 0;
            while bit < 4 {
                value = if value & 1 == 1 { 0xedb8_8320 ^ (value >> 1) } else { value >> 1 };
                bit += 1;
            }
            table[index] = value;
            index += 1;
        }
        table
    };
    let step = |crc: u32| TABLE[(crc & 15) as usize] ^ (crc >> 4);
    !bytes.iter().fold(u32::MAX, |crc, &byte| step(step(crc ^ u32::from(byte))))
}

/// The description by itself, then the module's size and CRC-32.
pub(crate) fn check_bytes(model: &Model, wasm: &[u8]) -> Result<(), Error> {
    if model.abi != ABI {
        return Err(Error::BadAbi);
    }
    let inside = |tensor: &Tensor| {
        tensor.address % 16 == 0
            && tensor.address.checked_add(tensor.bytes).is_some_and(|end| end <= model.memory_bytes)
    };
    if !model.inputs.iter().chain(model.outputs).all(inside) {
        return Err(Error::BadModule);
    }
    if wasm.len() != model.wasm_bytes as usize {
        return Err(Error::BadSize);
    }
    if crc32(wasm) != model.wasm_crc32 {
        return Err(Error::BadChecksum);
    }
    Ok(())
}

/// No imports, a memory that never grows and has no page more than the description needs, and the exports of the ABI. What
/// exported globals hold is seen when the module is instantiated.
pub(crate) fn check_exports(model: &Model, module: &Module) -> Result<(), Error> {
    let plain = |name: &str| matches!(module.get_export(name), Some(ExternType::Func(ty)) if ty.params().is_empty() && ty.results().is_empty());
    let memory = match module.get_export("memory") {
        Some(ExternType::Memory(ty)) => holds(&ty, model.memory_bytes),
        _ => false,
    };
    let complete =
        module.imports().len() == 0 && memory && plain("invoke") && (model.state_bytes == 0 || plain("reset"));
    if complete { Ok(()) } else { Err(Error::BadModule) }
}

/// Pages of 64 KiB, or of one byte.
fn holds(ty: &MemoryType, memory_bytes: u32) -> bool {
    let fixed = |pages: u32, page_bits: u8| {
        let pages = u64::from(pages);
        let mut builder = MemoryType::builder();
        builder.min(pages).max(Some(pages)).page_size_log2(page_bits);
        builder.build()
    };
    // A module that touches no byte of memory has a page none the less.
    [fixed(memory_bytes.div_ceil(1 << 16).max(1), 16), fixed(memory_bytes, 0)]
        .iter()
        .flatten()
        .any(|fitting| fitting == ty)
}

/// The name of an exported tensor.
pub(crate) fn tensor_name(side: &str, index: usize) -> alloc::string::String {
    format!("{side}_{index}")
}
