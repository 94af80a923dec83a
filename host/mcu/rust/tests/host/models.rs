//! Golden samples, and calls that are wrong.

use crate::cases;
use mote::{Error, Instance, Model, Sample, Tensor};

fn self_test(instance: &mut Instance, inputs: &[Vec<Vec<u8>>], outputs: &[Vec<Vec<u8>>]) -> Result<(), Error> {
    let inputs: Vec<Vec<&[u8]>> = inputs.iter().map(|tensors| tensors.iter().map(Vec::as_slice).collect()).collect();
    let outputs: Vec<Vec<&[u8]>> = outputs.iter().map(|tensors| tensors.iter().map(Vec::as_slice).collect()).collect();
    let samples: Vec<Sample> =
        inputs.iter().zip(&outputs).map(|(inputs, outputs)| Sample { inputs, outputs }).collect();
    instance.self_test(&samples)
}

#[test]
fn outputs_are_the_golden_ones() {
    for case in cases::all() {
        let mut instance = Instance::load(&case.model(), &case.wasm).unwrap();
        let (inputs, outputs) = (case.samples("input"), case.samples("output"));
        assert!(!inputs.is_empty() && inputs.len() == outputs.len());
        for (given, expected) in inputs.chunks(1).zip(outputs.chunks(1)) {
            assert_eq!(self_test(&mut instance, given, expected), Ok(()), "{}", case.name);
            let mut wrong = expected.to_vec();
            wrong[0][0][0] ^= 1;
            assert_eq!(self_test(&mut instance, given, &wrong), Err(Error::Differs), "{}", case.name);
        }
    }
}

#[test]
fn state_is_kept_until_reset() {
    let cases = cases::all();
    let stateful: Vec<_> = cases.iter().filter(|case| case.model().state_bytes > 0).collect();
    assert!(!stateful.is_empty());
    for case in stateful {
        let mut instance = Instance::load(&case.model(), &case.wasm).unwrap();
        let (inputs, sequence) = (case.samples("input"), case.samples("sequence"));
        assert_ne!(sequence, case.samples("output"), "{}", case.name);
        for _ in 0..2 {
            assert_eq!(self_test(&mut instance, &inputs, &sequence), Ok(()), "{}", case.name);
        }
    }
}

#[test]
fn wrong_calls_are_told_and_change_nothing() {
    let case = &cases::all()[0];
    let mut instance = Instance::load(&case.model(), &case.wasm).unwrap();
    let before = instance.input(0).unwrap().to_vec();
    let other: Vec<u8> = before.iter().map(|byte| !byte).collect();
    assert_eq!(instance.write(0, &other[1..]), Err(Error::BadLength));
    assert_eq!(instance.write(9, &other), Err(Error::BadIndex));
    assert_eq!(instance.read(0, &mut []), Err(Error::BadLength));
    assert_eq!(instance.read(9, &mut []), Err(Error::BadIndex));
    assert_eq!(instance.input(0).unwrap(), before);
    assert!(instance.input(9).is_none() && instance.output(9).is_none());
    let sample = Sample { inputs: &[], outputs: &[] };
    assert_eq!(instance.self_test(&[sample]), Err(Error::BadIndex));
}

#[test]
fn descriptions_of_other_modules_are_refused() {
    let case = &cases::all()[0];
    let model = case.model();
    let load = |wrong: Model| Instance::load(&wrong, &case.wasm).err();
    assert_eq!(load(Model { abi: 2, ..model }), Some(Error::BadAbi));
    assert_eq!(load(Model { wasm_bytes: 7, ..model }), Some(Error::BadSize));
    assert_eq!(load(Model { wasm_crc32: !model.wasm_crc32, ..model }), Some(Error::BadChecksum));
    assert_eq!(load(Model { memory_bytes: u32::MAX, ..model }), Some(Error::BadModule));
    assert_eq!(load(Model { memory_bytes: 0, ..model }), Some(Error::BadModule));
    assert_eq!(load(Model { state_bytes: 1, ..model }), Some(Error::BadModule), "digits has no reset");
    for (address, bytes) in [(1, 1), (16, 1), (0, u32::MAX), (0xffff_fff0, 0x20)] {
        let inputs = [Tensor { address, bytes }];
        let first = model.inputs[0];
        let found = load(Model { inputs: &inputs, ..model });
        assert!(
            found == Some(Error::BadModule) || address == first.address && bytes < first.bytes,
            "{address} {bytes}"
        );
    }
    let twice = [model.inputs[0], model.inputs[0]];
    assert_eq!(load(Model { inputs: &twice, ..model }), Some(Error::BadModule));
}

#[test]
fn a_small_stack_and_little_fuel_are_told() {
    for case in cases::all() {
        let model = Model { stack_bytes: 16, ..case.model() };
        let ran = Instance::load(&model, &case.wasm).and_then(|mut instance| instance.invoke());
        assert_eq!(ran, Err(Error::NoMemory), "{}", case.name);
        let mut instance = Instance::load_with_fuel(&case.model(), &case.wasm, 10).unwrap();
        assert_eq!(instance.invoke(), Err(Error::OutOfFuel), "{}", case.name);
        let mut instance = Instance::load_with_fuel(&case.model(), &case.wasm, u64::MAX).unwrap();
        assert_eq!(instance.invoke(), Ok(()), "{}", case.name);
    }
}

#[test]
fn every_error_has_a_sentence() {
    let all = [Error::BadAbi, Error::BadSize, Error::BadChecksum, Error::BadModule, Error::NoMemory, Error::Refused];
    let more = [Error::BadIndex, Error::BadLength, Error::Trapped, Error::OutOfFuel, Error::Differs];
    let texts: std::collections::BTreeSet<String> = all.iter().chain(&more).map(Error::to_string).collect();
    assert_eq!(texts.len(), all.len() + more.len());
    assert!(texts.iter().all(|text| text.ends_with('.')));
}
