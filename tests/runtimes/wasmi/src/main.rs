//! Runs a module on samples in wasmi 2: arguments, input and output as in `../run.c`. Pages may have one byte.

use std::io::{Read, Write};
use wasmi::{Config, Engine, Linker, Module, Store};

type Failure = Box<dyn std::error::Error>;

/// Address and bytes of each tensor in a list `address:bytes,…`.
fn ports(list: &str) -> Result<Vec<(usize, usize)>, Failure> {
    list.split(',')
        .map(|port| {
            let (address, bytes) = port.split_once(':').ok_or("expected address:bytes")?;
            Ok((address.parse()?, bytes.parse()?))
        })
        .collect()
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.len() < 5 {
        return Err("usage: run module.wasm MEMORY_BYTES INPUTS OUTPUTS [reset]".into());
    }
    let wasm = std::fs::read(&arguments[1])?;
    let (inputs, outputs) = (ports(&arguments[3])?, ports(&arguments[4])?);
    let mut given = Vec::new();
    std::io::stdin().read_to_end(&mut given)?;

    let mut config = Config::default();
    config.wasm_custom_page_sizes(true);
    let engine = Engine::new(&config);
    let module = Module::new(&engine, &wasm[..])?;
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate_and_start(&mut store, &module)?;
    let memory = instance.get_memory(&store, "memory").ok_or("no memory")?;
    let invoke = instance.get_typed_func::<(), ()>(&store, "invoke")?;
    let reset = match arguments.get(5) {
        Some(name) => Some(instance.get_typed_func::<(), ()>(&store, name)?),
        None => None,
    };

    let mut out = std::io::stdout().lock();
    let mut at = 0;
    loop {
        if let Some(reset) = &reset {
            reset.call(&mut store, ())?;
        }
        for &(address, bytes) in &inputs {
            let sample = given.get(at..at + bytes).ok_or("the last sample is not whole")?;
            memory.write(&mut store, address, sample)?;
            at += bytes;
        }
        invoke.call(&mut store, ())?;
        for &(address, bytes) in &outputs {
            let data = memory.data(&store);
            out.write_all(data.get(address..address + bytes).ok_or("beyond linear memory")?)?;
        }
        if at >= given.len() {
            break;
        }
    }
    eprintln!("{}", memory.data_size(&store));
    Ok(())
}
