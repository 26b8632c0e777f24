//! [`Address`]: what a replication is a pure function of, as one number.

use std::fmt;

use serde::Serialize;

/// Changes whenever the kernel would give other bits for the same network.
const ENGINE: u32 = 1;

/// Names an experiment: same address and index, same replication, bit by bit.
///
/// It is a hash of the network with its scenario, the start state, what was planned, warm-up,
/// horizon, seed and the version of the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(u128);

impl Address {
    /// Of everything that `content` serialises.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub(super) fn of(content: &impl Serialize) -> serde_json::Result<Self> {
        let mut hash = Fnv(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d);
        serde_json::to_writer(&mut hash, &(ENGINE, content))?;
        Ok(Self(hash.0))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl Serialize for Address {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// FNV-1a, 128 bit.
struct Fnv(u128);

impl std::io::Write for Fnv {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        for byte in bytes {
            self.0 = (self.0 ^ u128::from(*byte)).wrapping_mul(0x0100_0000_0000_0000_0000_013b);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
