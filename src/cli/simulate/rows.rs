//! [`Rows`]: the figures of every replication as a Parquet file.
//!
//! One row per replication, element and figure; figures of the whole plant have no element.
//!
//! | column | type | |
//! | --- | --- | --- |
//! | `replication` | int64 | index of the replication |
//! | `element` | string, optional | name of the element; null: the whole plant |
//! | `figure` | string | `throughput`, `mean_content`, `share_execute`, … |
//! | `value` | double | |
//! | `unit` | string | `1/h`, `pcs`, `s`; shares have `1` |

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use crate::model::OperatingState;
use crate::simulation::Network;
use crate::simulation::experiment::Outcome;

const SCHEMA: &str = "
message replications {
    required int64 replication;
    optional binary element (UTF8);
    required binary figure (UTF8);
    required double value;
    required binary unit (UTF8);
}";
/// Rows of one row group.
const GROUP: usize = 1 << 20;

pub(super) struct Rows {
    writer: SerializedFileWriter<BufWriter<File>>,
    names: Vec<ByteArray>,
    replications: Vec<i64>,
    elements: Vec<ByteArray>,
    has_element: Vec<i16>,
    figures: Vec<ByteArray>,
    values: Vec<f64>,
    units: Vec<ByteArray>,
}

impl Rows {
    pub(super) fn create(file: &Path, network: &Network) -> anyhow::Result<Self> {
        let out = File::create(file).with_context(|| format!("cannot write {}", file.display()))?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .build();
        let writer = SerializedFileWriter::new(
            BufWriter::new(out),
            Arc::new(parse_message_type(SCHEMA)?),
            Arc::new(properties),
        )?;
        let names = network.elements.iter();
        Ok(Self {
            writer,
            names: names
                .map(|element| ByteArray::from(element.name.as_str()))
                .collect(),
            replications: Vec::new(),
            elements: Vec::new(),
            has_element: Vec::new(),
            figures: Vec::new(),
            values: Vec::new(),
            units: Vec::new(),
        })
    }

    pub(super) fn add(&mut self, outcome: &Outcome) -> anyhow::Result<()> {
        let result = &outcome.result;
        let index = outcome.index as i64;
        let mut push = |element: Option<&ByteArray>, figure: &str, value: f64, unit: &str| {
            self.replications.push(index);
            self.has_element.push(i16::from(element.is_some()));
            self.elements.extend(element.cloned());
            self.figures.push(ByteArray::from(figure));
            self.values.push(value);
            self.units.push(ByteArray::from(unit));
        };
        push(
            None,
            "throughput",
            3_600.0 * result.throughput_per_sec,
            "1/h",
        );
        push(None, "completed", result.completed as f64, "pcs");
        push(None, "mean_parts", result.mean_parts, "pcs");
        if result.completed > 0 {
            push(None, "lead_time", result.mean_lead_time_secs, "s");
            push(None, "lead_time_sd", result.sd_lead_time_secs, "s");
        }
        let elements = self.names.iter().zip(&result.elements);
        for ((name, element), bottleneck) in elements.zip(&outcome.bottlenecks) {
            let mut push = |figure: &str, value, unit| push(Some(name), figure, value, unit);
            push("throughput", 3_600.0 * element.throughput_per_sec, "1/h");
            push("mean_content", element.mean_content, "pcs");
            push("max_content", f64::from(element.max_content), "pcs");
            push("scrapped", element.scrapped as f64, "pcs");
            push("failures", element.failures as f64, "1");
            for (state, share) in OperatingState::ALL.iter().zip(element.state_shares) {
                if share > 0.0 {
                    push(&format!("share_{}", state.as_str()), share, "1");
                }
            }
            push("bottleneck_sole", bottleneck.sole, "1");
            push("bottleneck_shifting", bottleneck.shifting, "1");
        }
        if self.values.len() >= GROUP {
            self.flush()?;
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> anyhow::Result<()> {
        self.flush()?;
        self.writer.close()?;
        Ok(())
    }

    fn flush(&mut self) -> anyhow::Result<()> {
        if self.values.is_empty() {
            return Ok(());
        }
        let mut group = self.writer.next_row_group()?;
        let mut place = 0;
        while let Some(mut column) = group.next_column()? {
            match place {
                0 => {
                    let column = column.typed::<Int64Type>();
                    column.write_batch(&self.replications, None, None)?;
                }
                1 => {
                    let column = column.typed::<ByteArrayType>();
                    column.write_batch(&self.elements, Some(&self.has_element), None)?;
                }
                3 => {
                    let column = column.typed::<DoubleType>();
                    column.write_batch(&self.values, None, None)?;
                }
                other => {
                    let words = if other == 2 {
                        &self.figures
                    } else {
                        &self.units
                    };
                    let column = column.typed::<ByteArrayType>();
                    column.write_batch(words, None, None)?;
                }
            }
            column.close()?;
            place += 1;
        }
        group.close()?;
        self.replications.clear();
        self.elements.clear();
        self.has_element.clear();
        self.figures.clear();
        self.values.clear();
        self.units.clear();
        Ok(())
    }
}
