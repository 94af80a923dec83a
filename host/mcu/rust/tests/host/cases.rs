//! Models with golden samples, from the folder that the environment's MOTE_CASES names. A case is a folder with `module.wasm`;
//! `model.txt`, a line of ABI, CRC-32, memory, state and stack and a line `input|output ADDRESS BYTES` a tensor; and for each
//! tensor a file `input_0.bin` of all samples; `sequence_0.bin` has the outputs without a reset between samples. `tests/mcu/rust.test.ts` writes them.

use mote::{Model, Tensor};
use std::path::{Path, PathBuf};

pub struct Case {
    pub name: String,
    pub wasm: Vec<u8>,
    numbers: Vec<u32>,
    inputs: Vec<Tensor>,
    outputs: Vec<Tensor>,
    folder: PathBuf,
}

pub fn all() -> Vec<Case> {
    let folder = std::env::var("MOTE_CASES").expect("MOTE_CASES names the folder of cases; run tests/mcu/rust.test.ts");
    let mut cases: Vec<Case> = std::fs::read_dir(folder).unwrap().map(|entry| read(&entry.unwrap().path())).collect();
    cases.sort_by(|one, other| one.name.cmp(&other.name));
    assert!(!cases.is_empty());
    cases
}

fn read(folder: &Path) -> Case {
    let text = std::fs::read_to_string(folder.join("model.txt")).unwrap();
    let (head, tensors) = text.split_once('\n').unwrap();
    let side = |name: &str| {
        let words = tensors.lines().filter_map(|line| line.strip_prefix(name));
        words
            .map(|line| {
                let numbers = numbers(line);
                Tensor { address: numbers[0], bytes: numbers[1] }
            })
            .collect()
    };
    Case {
        name: folder.file_name().unwrap().to_string_lossy().into_owned(),
        wasm: std::fs::read(folder.join("module.wasm")).unwrap(),
        numbers: numbers(head),
        inputs: side("input"),
        outputs: side("output"),
        folder: folder.to_owned(),
    }
}

fn numbers(line: &str) -> Vec<u32> {
    line.split_whitespace().map(|word| word.parse().unwrap()).collect()
}

impl Case {
    pub fn model(&self) -> Model<'_> {
        let &[abi, wasm_crc32, memory_bytes, state_bytes, stack_bytes] = self.numbers.as_slice() else {
            panic!("{}: model.txt", self.name);
        };
        Model {
            abi,
            wasm_bytes: self.wasm.len() as u32,
            wasm_crc32,
            memory_bytes,
            state_bytes,
            stack_bytes,
            inputs: &self.inputs,
            outputs: &self.outputs,
        }
    }

    /// For each sample, the bytes of each tensor of a side.
    pub fn samples(&self, side: &str) -> Vec<Vec<Vec<u8>>> {
        let tensors = if side == "input" { &self.inputs } else { &self.outputs };
        let files = tensors.iter().enumerate().map(|(index, tensor)| {
            let bytes = std::fs::read(self.folder.join(format!("{side}_{index}.bin"))).unwrap();
            bytes.chunks(tensor.bytes as usize).map(<[u8]>::to_vec).collect::<Vec<_>>()
        });
        let files: Vec<_> = files.collect();
        (0..files[0].len()).map(|sample| files.iter().map(|file| file[sample].clone()).collect()).collect()
    }
}
