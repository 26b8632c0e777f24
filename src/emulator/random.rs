//! Random streams of the emulator, addressed by name, so that one more sensor changes no other.

use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;

/// The stream of `purpose` (a signal's or equipment's path, or a word) under `seed`.
pub(super) fn stream(seed: u64, purpose: &str) -> Pcg64Mcg {
    // FNV-1a, 64 bit.
    let hash = purpose
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    Pcg64Mcg::seed_from_u64(hash ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}
