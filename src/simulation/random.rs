//! Random streams: each purpose of each element draws from its own.
//!
//! A stream is addressed by (seed, replication, element *name*, purpose). Changing, adding or
//! removing one element therefore leaves every other element's draws as they were, which is what
//! common random numbers need (Law, *Simulation Modeling and Analysis*, §11.2).

use rand_pcg::Pcg64Mcg;

/// What the numbers of a stream decide.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    Arrival,
    Mix,
    Processing,
    Setup,
    Quality,
    Route,
    Transport,
    /// What goes on at the start of a simulation that begins in the middle.
    Start,
    /// Failures and repairs at that start.
    StartFailures,
    /// Stops at that start.
    StartStops,
    /// One stream per failure mode of an element.
    Failure(u32),
}

impl Purpose {
    fn number(self) -> u64 {
        match self {
            Self::Arrival => 1,
            Self::Mix => 2,
            Self::Processing => 3,
            Self::Setup => 4,
            Self::Quality => 5,
            Self::Route => 6,
            Self::Transport => 7,
            Self::Start => 8,
            Self::StartFailures => 9,
            Self::StartStops => 10,
            Self::Failure(mode) => 1 << 32 | u64::from(mode),
        }
    }
}

/// Addresses the streams of one replication.
#[derive(Clone, Copy, Debug)]
pub(super) struct Streams {
    pub(super) seed: u64,
    pub(super) replication: u64,
}

impl Streams {
    pub(super) fn stream(self, element: &str, purpose: Purpose) -> Pcg64Mcg {
        let mut hash = mix(self.seed ^ 0x6a09_e667_f3bc_c908);
        hash = mix(hash ^ self.replication);
        hash = mix(hash ^ name_hash(element));
        hash = mix(hash ^ purpose.number());
        let high = mix(hash ^ 0xbb67_ae85_84ca_a73b);
        Pcg64Mcg::new((u128::from(high) << 64) | u128::from(hash))
    }
}

/// FNV-1a, 64 bit.
fn name_hash(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014) after its additive step.
fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
