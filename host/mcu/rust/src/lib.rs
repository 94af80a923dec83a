//! Runs a module that Mote built (ABI 1) in wasmi 2. The contract is that of `mote.h`: a module is checked against its
//! description before it runs, every problem is an [`Error`], and an error changes nothing. `no_std` with `alloc`.
//!
//! The description holds the numbers of the header `NAME.h` that `mote build` writes beside the module.
//!
//! ```
//! use mote::{Instance, Model, Tensor};
//!
//! # // Adds one to the byte at 0 and writes it to 16: (func (i32.store8 (i32.const 16) (i32.add (i32.load8_u (i32.const 0)) (i32.const 1))))
//! # const WASM: &[u8] = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x05\x04\x01\x01\x01\x01\
//! # \x06\x0b\x02\x7f\0\x41\0\x0b\x7f\0\x41\x10\x0b\
//! # \x07\x28\x04\x06memory\x02\0\x06invoke\0\0\x07input_0\x03\0\x08output_0\x03\x01\
//! # \x0a\x11\x01\x0f\0\x41\x10\x41\0\x2d\0\0\x41\x01\x6a\x3a\0\0\x0b";
//! const MODEL: Model = Model {
//!     abi: 1,
//!     wasm_bytes: 98,
//!     wasm_crc32: 0x5887_7ec9,
//!     memory_bytes: 32,
//!     state_bytes: 0,
//!     stack_bytes: 1024,
//!     inputs: &[Tensor { address: 0, bytes: 1 }],
//!     outputs: &[Tensor { address: 16, bytes: 1 }],
//! };
//!
//! let mut instance = Instance::load(&MODEL, WASM)?;
//! instance.write(0, &[41])?;
//! instance.invoke()?;
//! let mut answer = [0];
//! instance.read(0, &mut answer)?;
//! assert_eq!(answer, [42]);
//! # Ok::<(), mote::Error>(())
//! ```
//!
//! # The stack of the caller
//!
//! wasmi goes from one instruction to the next by tail calls, which compilers make of calls only when they optimise; in a call
//! that is none, each executed instruction takes a frame, and the stack overflows. This crate asks for wasmi's feature
//! `auto-dispatch`, which makes it a loop where wasmi is compiled without optimisation. What remains is a program that is not
//! optimised with link-time optimisation of dependencies that are: give such a profile `opt-level = 2` or more, as
//! `--release` does.

#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

extern crate alloc;

mod check;
mod error;
mod instance;
mod model;

pub use check::crc32;
pub use error::Error;
pub use instance::{Instance, Sample};
pub use model::{ABI, Model, Tensor};
