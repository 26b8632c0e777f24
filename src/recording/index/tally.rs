//! Tallies: what the usable numbers of a signal come to, minute by minute (UTC), for plots that are
//! wider than a minute a pixel.

use super::entry;
use super::pack::Bytes;
use crate::history::Tally;
use crate::recording::sealed::SignalPoints;

/// What a tally covers, ns.
pub(crate) const MINUTE: i64 = 60_000_000_000;

/// The tally of one minute, or of the part of it that lies in a part.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct MinuteTally {
    /// Time of the first and the last number.
    pub first: i64,
    pub last: i64,
    pub tally: Tally,
}

const BYTES: usize = 52;

/// Tallies the points of a signal.
pub(super) fn tallied(points: &SignalPoints<'_>, out: &mut Vec<MinuteTally>) {
    let begin = out.len();
    // Where the minute of the last number ends.
    let mut end = i64::MIN;
    let words = points.kinds().iter().zip(points.bits());
    let all = points.times().iter().zip(words.zip(points.qualities()));
    for (&time, ((kind, bits), quality)) in all {
        let Some(number) = entry::number(*kind, *bits, *quality) else {
            continue;
        };
        let open = out.get_mut(begin..).and_then(<[_]>::last_mut);
        match open {
            Some(open) if time < end => {
                open.last = time;
                open.tally.add(number);
            }
            _ => {
                let minute = time.div_euclid(MINUTE);
                end = (minute + 1).saturating_mul(MINUTE);
                let mut tally = Tally::default();
                tally.add(number);
                out.push(MinuteTally {
                    first: time,
                    last: time,
                    tally,
                });
            }
        }
    }
}

/// Appends tallies as bytes, column by column: so they compress.
pub(super) fn put(tallies: &[MinuteTally], out: &mut Vec<u8>) {
    let mut column = |of: &dyn Fn(&MinuteTally) -> u64| {
        for tally in tallies {
            out.extend_from_slice(&of(tally).to_le_bytes());
        }
    };
    column(&|each| each.first as u64);
    column(&|each| (each.last - each.first) as u64);
    column(&|each| each.tally.min.to_bits());
    column(&|each| each.tally.max.to_bits());
    column(&|each| each.tally.sum.to_bits());
    column(&|each| each.tally.last.to_bits());
    for tally in tallies {
        out.extend_from_slice(&(tally.tally.count as u32).to_le_bytes());
    }
}

/// Tallies from the bytes that [`put`] made.
pub(super) fn read(bytes: &[u8]) -> Option<Vec<MinuteTally>> {
    let count = bytes.len() / BYTES;
    if count * BYTES != bytes.len() {
        return None;
    }
    let column = |at: usize| Bytes(bytes.get(8 * at * count..).unwrap_or_default());
    let [
        mut first,
        mut length,
        mut min,
        mut max,
        mut sum,
        mut last,
        mut counts,
    ] = [0, 1, 2, 3, 4, 5, 6].map(column);
    (0..count)
        .map(|_| {
            let first = first.i64()?;
            Some(MinuteTally {
                first,
                last: first.wrapping_add(length.i64()?),
                tally: Tally {
                    min: f64::from_bits(min.u64()?),
                    max: f64::from_bits(max.u64()?),
                    sum: f64::from_bits(sum.u64()?),
                    last: f64::from_bits(last.u64()?),
                    count: u64::from(counts.u32()?),
                },
            })
        })
        .collect()
}
