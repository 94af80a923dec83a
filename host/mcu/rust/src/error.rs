//! What can go wrong, and the sentence for it.

use core::fmt;

/// The errors of `mote.h`, which have the same names there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The description is of another ABI.
    BadAbi,
    /// The module has not as many bytes as its description says.
    BadSize,
    /// The module's CRC-32 is not its description's.
    BadChecksum,
    /// The bytes are no module of the ABI, or not the one of this description.
    BadModule,
    /// The stack is too small, or the runtime got no memory.
    NoMemory,
    /// The runtime cannot run what the module uses.
    Refused,
    /// There is no input or output of this number.
    BadIndex,
    /// The buffer has not as many bytes as the tensor.
    BadLength,
    /// The module stopped.
    Trapped,
    /// An inference took more fuel than it was given.
    OutOfFuel,
    /// A self test's outputs are not the golden ones.
    Differs,
}

impl fmt::Display for Error {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(match self {
            Self::BadAbi => {
                "The model's description is of another ABI. Build the model and the firmware with the same version of Mote."
            }
            Self::BadSize => "The module has not as many bytes as its description says. Write it to flash again.",
            Self::BadChecksum => {
                "The module's CRC-32 is not its description's. It is damaged or of another build; write it to flash again."
            }
            Self::BadModule => "The bytes are no module of this ABI with the description's tensors. Build the model again.",
            Self::NoMemory => "There is too little memory. Give the runtime a larger heap or stack.",
            Self::Refused => "The runtime cannot run what the module uses. Build the model with --target wasmi.",
            Self::BadIndex => "There is no input or output of this number.",
            Self::BadLength => "The buffer has not as many bytes as the tensor.",
            Self::Trapped => "The module stopped. Load it again.",
            Self::OutOfFuel => "The inference took more fuel than it was given. Load the module again.",
            Self::Differs => "The outputs are not the golden ones. The compiler or the runtime is at fault; please report it.",
        })
    }
}

impl core::error::Error for Error {}
