//! A module that is loaded.

use crate::check::{check_bytes, check_exports, tensor_name};
use crate::{Error, Model, Tensor};
use wasmi::errors::ErrorKind;
use wasmi::{
    CompilationMode, Config, Engine, Extern, Linker, Memory, Module, Mutability, Store, StoreLimits, StoreLimitsBuilder,
};
use wasmi::{TrapCode, TypedFunc, Val};

/// Golden inputs of one inference and their exact outputs, a slice a tensor.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    /// In the order of the inputs.
    pub inputs: &'a [&'a [u8]],
    /// In the order of the outputs.
    pub outputs: &'a [&'a [u8]],
}

/// A loaded module. It owns its memory; the module's bytes are not needed any more.
#[derive(Debug)]
pub struct Instance<'a> {
    model: Model<'a>,
    store: Store<StoreLimits>,
    memory: Memory,
    invoke: TypedFunc<(), ()>,
    reset: Option<TypedFunc<(), ()>>,
    fuel: Option<u64>,
}

impl<'a> Instance<'a> {
    /// Checks `wasm` against `model`, and compiles all of it, so that [`invoke`](Self::invoke) allocates nothing but the
    /// interpreter's stack.
    pub fn load(model: &Model<'a>, wasm: &[u8]) -> Result<Self, Error> {
        Self::start(model, wasm, None)
    }

    /// The same for a module that is not trusted: an inference that takes more than `fuel` ends with [`Error::OutOfFuel`]. An
    /// instruction takes about 1. Counting costs some time.
    pub fn load_with_fuel(model: &Model<'a>, wasm: &[u8], fuel: u64) -> Result<Self, Error> {
        Self::start(model, wasm, Some(fuel))
    }

    fn start(model: &Model<'a>, wasm: &[u8], fuel: Option<u64>) -> Result<Self, Error> {
        check_bytes(model, wasm)?;
        let engine = Engine::new(&config(model, fuel.is_some()));
        let module = Module::new(&engine, wasm).map_err(|error| told(&error, Error::Refused))?;
        check_exports(model, &module)?;
        let limits = StoreLimitsBuilder::new().memories(1).tables(0).build();
        let mut store = Store::new(&engine, limits);
        store.limiter(|limits| limits);
        if let Some(fuel) = fuel {
            store.set_fuel(fuel).map_err(|_| Error::Refused)?;
        }
        let instance = Linker::new(&engine)
            .instantiate_and_start(&mut store, &module)
            .map_err(|error| told(&error, Error::BadModule))?;
        for (side, tensors) in [("input", model.inputs), ("output", model.outputs)] {
            for (index, tensor) in tensors.iter().enumerate() {
                let export = instance.get_export(&store, &tensor_name(side, index));
                if !is_address(export, &store, tensor.address) {
                    return Err(Error::BadModule);
                }
            }
        }
        let function = |name: &str| instance.get_typed_func::<(), ()>(&store, name).map_err(|_| Error::BadModule);
        let invoke = function("invoke")?;
        let reset = if model.state_bytes == 0 { None } else { Some(function("reset")?) };
        let memory = instance.get_memory(&store, "memory").ok_or(Error::BadModule)?;
        Ok(Self { model: *model, store, memory, invoke, reset, fuel })
    }

    /// The bytes of an input in the module's memory, to fill in place. They are undefined after [`invoke`](Self::invoke).
    pub fn input(&mut self, index: usize) -> Option<&mut [u8]> {
        let range = range(self.model.inputs.get(index)?);
        self.memory.data_mut(&mut self.store).get_mut(range)
    }

    /// The bytes of an output in the module's memory; valid until the next inputs are written.
    pub fn output(&self, index: usize) -> Option<&[u8]> {
        let range = range(self.model.outputs.get(index)?);
        self.memory.data(&self.store).get(range)
    }

    /// Copies the values of an input into the module's memory.
    pub fn write(&mut self, index: usize, values: &[u8]) -> Result<(), Error> {
        let input = self.input(index).ok_or(Error::BadIndex)?;
        if input.len() != values.len() {
            return Err(Error::BadLength);
        }
        input.copy_from_slice(values);
        Ok(())
    }

    /// Copies an output from the module's memory.
    pub fn read(&self, index: usize, values: &mut [u8]) -> Result<(), Error> {
        let output = self.output(index).ok_or(Error::BadIndex)?;
        if output.len() != values.len() {
            return Err(Error::BadLength);
        }
        values.copy_from_slice(output);
        Ok(())
    }

    /// One inference.
    pub fn invoke(&mut self) -> Result<(), Error> {
        self.call(self.invoke)
    }

    /// Back to the state of a new instance; does nothing in a model without state.
    pub fn reset(&mut self) -> Result<(), Error> {
        match self.reset {
            Some(reset) => self.call(reset),
            None => Ok(()),
        }
    }

    /// Runs golden samples from the initial state, in order, and gives [`Error::Differs`] where a byte is not the golden one.
    pub fn self_test(&mut self, samples: &[Sample]) -> Result<(), Error> {
        self.reset()?;
        for sample in samples {
            if sample.inputs.len() != self.model.inputs.len() || sample.outputs.len() != self.model.outputs.len() {
                return Err(Error::BadIndex);
            }
            for (index, values) in sample.inputs.iter().enumerate() {
                self.write(index, values)?;
            }
            self.invoke()?;
            for (index, expected) in sample.outputs.iter().enumerate() {
                if self.output(index) != Some(*expected) {
                    return Err(Error::Differs);
                }
            }
        }
        self.reset()
    }

    fn call(&mut self, function: TypedFunc<(), ()>) -> Result<(), Error> {
        if let Some(fuel) = self.fuel {
            self.store.set_fuel(fuel).map_err(|_| Error::Refused)?;
        }
        function.call(&mut self.store, ()).map_err(|error| told(&error, Error::Trapped))
    }
}

/// All is compiled at once; the stack has the description's size from the start.
fn config(model: &Model, metered: bool) -> Config {
    let stack = model.stack_bytes as usize;
    let mut config = Config::default();
    config
        .consume_fuel(metered)
        .allow_start_fn(false)
        .ignore_custom_sections(true)
        .compilation_mode(CompilationMode::Eager)
        .wasm_custom_page_sizes(true)
        .set_max_cached_stacks(1)
        .set_min_stack_height(0)
        .set_max_stack_height(stack)
        .set_min_stack_height(stack);
    config
}

fn range(tensor: &Tensor) -> core::ops::Range<usize> {
    let start = tensor.address as usize;
    start..start + tensor.bytes as usize
}

fn is_address(export: Option<Extern>, store: &Store<StoreLimits>, address: u32) -> bool {
    let Some(Extern::Global(global)) = export else {
        return false;
    };
    // The sign of an i32 has no meaning for an address.
    let same = matches!(global.get(store), Val::I32(value) if value as u32 == address);
    same && global.ty(store).mutability() == Mutability::Const
}

/// `otherwise` stands for what is neither a lack of memory nor of fuel.
fn told(error: &wasmi::Error, otherwise: Error) -> Error {
    match error.kind() {
        ErrorKind::Wasm(_) | ErrorKind::Read(_) => Error::BadModule,
        _ => match error.as_trap_code() {
            Some(TrapCode::OutOfFuel) => Error::OutOfFuel,
            Some(TrapCode::StackOverflow) | Some(TrapCode::OutOfSystemMemory) => Error::NoMemory,
            _ => otherwise,
        },
    }
}
