//! Damaged modules, as many of each case as the environment's MOTE_MUTATIONS says: with the genuine description they are refused;
//! with one that was made for them, they are refused or run until their fuel is gone, and nothing panics or hangs.

use crate::cases;
use mote::{Error, Instance, Model, crc32};

/// xorshift32, of G. Marsaglia.
struct Random(u32);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as usize % limit.max(1)
    }

    /// Half of the time in the first 256 bytes, where most of the structure is.
    fn place(&mut self, bytes: usize) -> usize {
        let start = self.below(2) == 0;
        self.below(if start { bytes.min(256) } else { bytes })
    }
}

fn damaged(genuine: &[u8], random: &mut Random) -> Vec<u8> {
    let mut copy = genuine.to_vec();
    if random.below(4) == 0 {
        copy.truncate(random.below(genuine.len() + 1));
    }
    for _ in 0..=random.below(4) {
        if copy.is_empty() {
            break;
        }
        let at = random.place(copy.len());
        match random.below(4) {
            0 => copy[at] ^= 1 << random.below(8),
            1 => copy[at] = random.below(256) as u8,
            2 => copy[at] = 0xff,
            _ => {
                let from = random.place(copy.len());
                let most = copy.len() - at.max(from);
                let count = random.below((most + 1).min(64));
                copy.copy_within(from..from + count, at);
            }
        }
    }
    copy
}

#[test]
fn damaged_modules_are_refused_or_end() {
    let count: usize = std::env::var("MOTE_MUTATIONS").map_or(2000, |text| text.parse().unwrap());
    for case in cases::all() {
        let (model, mut random) = (case.model(), Random(1));
        let (mut refused, mut stopped, mut ran) = (0, 0, 0);
        for _ in 0..count {
            let wasm = damaged(&case.wasm, &mut random);
            let found = Instance::load(&model, &wasm).err();
            let expected = match wasm.len() == case.wasm.len() {
                _ if wasm == case.wasm => None,
                true => Some(Error::BadChecksum),
                false => Some(Error::BadSize),
            };
            assert_eq!(found, expected, "{}", case.name);
            let sealed = Model { wasm_bytes: wasm.len() as u32, wasm_crc32: crc32(&wasm), ..model };
            match Instance::load_with_fuel(&sealed, &wasm, 300_000) {
                Err(_) => refused += 1,
                Ok(mut instance) => match instance.invoke() {
                    Ok(()) => ran += 1,
                    Err(_) => stopped += 1,
                },
            }
        }
        println!("{}: {count} damaged: {refused} refused, {stopped} stopped, {ran} ran", case.name);
        assert!(refused > count / 4);
    }
}
