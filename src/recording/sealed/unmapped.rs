//! Messages of topics that no signal is bound to, raw, so that a scene can be bound after the
//! incident.
//!
//! # `unmapped/…/*.parquet`: one row per message, in order of receipt
//!
//! | column | type | meaning |
//! | --- | --- | --- |
//! | `receive_time` | timestamp, ms, UTC | when it reached the recording machine, rounded down |
//! | `connection` | string | id of the connection in the scene |
//! | `topic` | string | its topic |
//! | `payload` | bytes | as it came |

use std::fs::File;
use std::io::Write;
use std::sync::Arc;

use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};

use super::column::{self, Style, encode};
use super::footer::{PartReader, PartWriter, guarded};
use super::{PartMeta, SealError, SealedStats, schema};
use crate::model::Timestamp;

const KIND: &str = "unmapped";
/// Rows of a row group.
const GROUP_ROWS: usize = 1 << 17;

/// A message that was for no signal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawMessage {
    /// When it came; to the millisecond on disk.
    pub receive_time: Timestamp,
    /// Id of the connection.
    pub connection: Arc<str>,
    /// Its topic.
    pub topic: Arc<str>,
    /// Its payload.
    pub payload: Vec<u8>,
}

/// Writes a part of unmapped messages.
///
/// # Errors
/// When `out` fails.
pub fn write_unmapped(
    out: impl Write + Send,
    meta: &PartMeta,
    messages: &[RawMessage],
) -> Result<SealedStats, SealError> {
    let mut part = PartWriter::new(out, schema::unmapped()?, KIND, meta)?;
    for group in messages.chunks(GROUP_ROWS) {
        let texts = |of: fn(&RawMessage) -> &[u8]| -> Vec<ByteArray> {
            group
                .iter()
                .map(|each| ByteArray::from(of(each).to_vec()))
                .collect()
        };
        let times: Vec<_> = group
            .iter()
            .map(|each| each.receive_time.as_millis())
            .collect();
        let columns = part.descriptor.columns().iter();
        let encoded = columns.map(|column| match column.name() {
            "receive_time" => encode::<Int64Type>(column, Style::Delta, &times, None),
            "connection" => {
                let texts = texts(|each| each.connection.as_bytes());
                encode::<ByteArrayType>(column, Style::Dictionary, &texts, None)
            }
            "topic" => {
                let texts = texts(|each| each.topic.as_bytes());
                encode::<ByteArrayType>(column, Style::Dictionary, &texts, None)
            }
            _ => encode::<ByteArrayType>(column, Style::Plain, &texts(|each| &each.payload), None),
        });
        let encoded = encoded.collect::<Result<_, _>>()?;
        part.row_group(encoded)?;
    }
    let written = part.finish()?;
    Ok(SealedStats {
        rows: written.rows,
        bytes: written.bytes,
        columns: Vec::new(),
    })
}

/// Reads a part of unmapped messages back.
///
/// # Errors
/// When the file is no such part, damaged, or written by a newer program.
pub fn read_unmapped(file: File) -> Result<(PartMeta, Vec<RawMessage>), SealError> {
    guarded(|| {
        let part = PartReader::open(file, KIND)?;
        let mut messages = Vec::new();
        part.row_groups(|group, rows| {
            let times = column::read::<Int64Type>(group, "receive_time", 0..rows)?;
            let connections = column::read_texts(group, "connection", 0..rows)?;
            let topics = column::read_texts(group, "topic", 0..rows)?;
            let payloads = column::read_texts(group, "payload", 0..rows)?;
            let rows = times.values.iter().zip(&connections.values);
            let rows = rows.zip(&topics.values).zip(&payloads.values);
            messages.extend(
                rows.map(|(((time, connection), topic), payload)| RawMessage {
                    receive_time: Timestamp::from_millis(*time),
                    connection: column::text(connection).into(),
                    topic: column::text(topic).into(),
                    payload: payload.data().to_vec(),
                }),
            );
            Ok(())
        })?;
        Ok((part.meta, messages))
    })
}
