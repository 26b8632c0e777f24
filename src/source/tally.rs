//! [`Tally`]: counts what could not be used, within a memory budget whatever arrives.

use std::collections::HashMap;
use std::fmt::{self, Write as _};

use super::status::{Reject, RejectCause, SourceStatus, UnmappedTopic};
use crate::model::Timestamp;

/// Rejected messages by cause, and topics that nothing is bound to. Counts since the start.
#[derive(Debug, Default)]
pub struct Tally {
    rejects: Vec<Last>,
    unmapped: HashMap<Box<str>, Unmapped>,
    topic_bytes: usize,
    sequence: u64,
    key: String,
}

/// The last reject of one cause; its texts keep their memory, so that a flood allocates nothing.
#[derive(Debug)]
struct Last {
    cause: RejectCause,
    count: u64,
    topic: String,
    detail: String,
    time: Timestamp,
}

#[derive(Debug)]
struct Unmapped {
    count: u64,
    sequence: u64,
    payload: String,
}

impl Tally {
    /// Distinct unmapped topics that are counted.
    pub const TOPICS: usize = 10_000;
    /// Bytes of unmapped topics that are kept.
    pub const TOPIC_BYTES: usize = 4 << 20;
    /// Characters of a payload that are kept.
    const PAYLOAD_CHARS: usize = 80;
    /// Bytes of a topic or of a description that are kept.
    const TEXT_BYTES: usize = 512;

    /// Counts a reject.
    #[cold]
    pub fn reject(
        &mut self,
        cause: RejectCause,
        topic: &str,
        what: fmt::Arguments<'_>,
        payload: &[u8],
        time: Timestamp,
    ) {
        let at = self.rejects.iter().position(|last| last.cause == cause);
        let at = at.unwrap_or_else(|| {
            self.rejects.push(Last {
                cause,
                count: 0,
                topic: String::new(),
                detail: String::new(),
                time,
            });
            self.rejects.len() - 1
        });
        let Some(last) = self.rejects.get_mut(at) else {
            return;
        };
        last.count += 1;
        last.time = time;
        last.topic.clear();
        last.topic.push_str(cut(topic, Self::TEXT_BYTES));
        last.detail.clear();
        let _ = last.detail.write_fmt(what);
        last.detail
            .truncate(last.detail.floor_char_boundary(Self::TEXT_BYTES));
        if !payload.is_empty() {
            last.detail.push_str(": ");
            printable(payload, &mut last.detail);
        }
    }

    /// Counts a message on a topic (or, behind a space, a metric) that nothing is bound to.
    #[cold]
    pub fn unmapped(&mut self, topic: &str, metric: &str, payload: &[u8]) {
        self.sequence += 1;
        let mut key = std::mem::take(&mut self.key);
        key.clear();
        key.push_str(cut(topic, Self::TEXT_BYTES));
        if !metric.is_empty() {
            key.push(' ');
            key.push_str(cut(metric, Self::TEXT_BYTES));
        }
        if let Some(known) = self.unmapped.get_mut(key.as_str()) {
            known.count += 1;
            known.sequence = self.sequence;
            known.payload.clear();
            printable(payload, &mut known.payload);
        } else if self.unmapped.len() < Self::TOPICS
            && self.topic_bytes + key.len() <= Self::TOPIC_BYTES
        {
            self.topic_bytes += key.len();
            let mut text = String::new();
            printable(payload, &mut text);
            let fresh = Unmapped {
                count: 1,
                sequence: self.sequence,
                payload: text,
            };
            self.unmapped.insert(key.as_str().into(), fresh);
        }
        self.key = key;
    }

    /// Writes the counts and the most recent unmapped topics into a status.
    pub fn publish(&self, status: &mut SourceStatus) {
        status.rejects.clear();
        status
            .rejects
            .extend(self.rejects.iter().map(|last| Reject {
                cause: last.cause,
                count: last.count,
                last_topic: last.topic.as_str().into(),
                last_detail: last.detail.as_str().into(),
                last_time: last.time,
            }));
        status.rejects.sort_unstable_by_key(|reject| reject.cause);
        status.unmapped_topics = self.unmapped.len() as u64;
        #[expect(clippy::iter_over_hash_type, reason = "sorted below")]
        let mut recent = {
            let mut recent = Vec::with_capacity(self.unmapped.len());
            for (topic, seen) in &self.unmapped {
                recent.push((topic, seen));
            }
            recent
        };
        recent.sort_unstable_by_key(|(_, seen)| std::cmp::Reverse(seen.sequence));
        status.unmapped.clear();
        status
            .unmapped
            .extend(
                recent
                    .into_iter()
                    .take(SourceStatus::UNMAPPED_SHOWN)
                    .map(|(topic, seen)| UnmappedTopic {
                        topic: (&**topic).into(),
                        count: seen.count,
                        sample: seen.payload.as_str().into(),
                    }),
            );
    }
}

/// The start of `text`, at most `bytes` long.
fn cut(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or(text)
}

/// Appends the start of a payload: text as it is, bytes that are none as hexadecimal.
fn printable(payload: &[u8], out: &mut String) {
    let start = payload
        .get(..4 * Tally::PAYLOAD_CHARS)
        .unwrap_or(payload)
        .utf8_chunks();
    let mut room = Tally::PAYLOAD_CHARS;
    for chunk in start {
        for character in chunk.valid().chars() {
            if room == 0 {
                out.push('…');
                return;
            }
            room -= 1;
            match character {
                ' '..='~' => out.push(character),
                control if control.is_control() => {
                    let _ = write!(out, "\\x{:02x}", u32::from(control));
                }
                other => out.push(other),
            }
        }
        for byte in chunk.invalid() {
            if room == 0 {
                out.push('…');
                return;
            }
            room -= 1;
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
}
