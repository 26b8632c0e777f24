//! Rows of a narrow table whose columns are mostly null: events.

use std::collections::BTreeMap;
use std::sync::Arc;

use parquet::basic::Type as Physical;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use parquet::file::reader::RowGroupReader;
use parquet::schema::types::SchemaDescriptor;

use super::column::{self, Style, encode};
use super::footer::Encoded;
use super::samples::MILLI;
use super::{SealError, value};
use crate::model::Timestamp;

/// What a column of a row holds.
#[derive(Clone, Debug)]
enum Field {
    Text(Arc<str>),
    Whole(i64),
    Real(f64),
    Truth(bool),
}

/// One row: what is not null of it, by column.
#[derive(Clone, Debug, Default)]
pub(super) struct Row(BTreeMap<Arc<str>, Field>);

/// Rows.
pub(super) struct Table(pub Vec<Row>);

impl Row {
    fn set(&mut self, name: &str, field: Field) {
        self.0.insert(name.into(), field);
    }

    pub fn text(&mut self, name: &str, text: &str) {
        self.set(name, Field::Text(text.into()));
    }

    pub fn whole(&mut self, name: &str, whole: i64) {
        self.set(name, Field::Whole(whole));
    }

    pub fn real(&mut self, name: &str, real: f64) {
        self.set(name, Field::Real(real));
    }

    pub fn truth(&mut self, name: &str, truth: bool) {
        self.set(name, Field::Truth(truth));
    }

    pub fn instant(&mut self, millis: &str, nanos: &str, time: Timestamp) {
        self.whole(millis, time.as_nanos().div_euclid(MILLI));
        self.whole(nanos, time.as_nanos().rem_euclid(MILLI));
    }

    pub fn get_text(&self, name: &str) -> Option<Arc<str>> {
        match self.0.get(name)? {
            Field::Text(text) => Some(Arc::clone(text)),
            _ => None,
        }
    }

    pub fn get_whole(&self, name: &str) -> Option<i64> {
        match self.0.get(name)? {
            Field::Whole(whole) => Some(*whole),
            _ => None,
        }
    }

    pub fn get_real(&self, name: &str) -> Option<f64> {
        match self.0.get(name)? {
            Field::Real(real) => Some(*real),
            _ => None,
        }
    }

    pub fn get_truth(&self, name: &str) -> Option<bool> {
        match self.0.get(name)? {
            Field::Truth(truth) => Some(*truth),
            _ => None,
        }
    }

    pub fn get_instant(&self, millis: &str, nanos: &str) -> Option<Timestamp> {
        let nanos = i32::try_from(self.get_whole(nanos).unwrap_or(0)).unwrap_or(0);
        Some(value::instant(self.get_whole(millis)?, nanos))
    }
}

impl Table {
    /// The columns of the schema, in its order.
    pub fn encode(&self, schema: &SchemaDescriptor) -> Result<Vec<Encoded>, SealError> {
        let columns = schema.columns().iter();
        columns
            .map(|column| {
                let fields = self.0.iter().map(|row| row.0.get(column.name()));
                let present: Vec<i16> = fields
                    .clone()
                    .map(|field| i16::from(field.is_some()))
                    .collect();
                let present = (column.max_def_level() > 0).then_some(&*present);
                let fields = fields.flatten();
                let whole = |field: &Field| match field {
                    Field::Whole(whole) => *whole,
                    _ => 0,
                };
                match column.physical_type() {
                    Physical::INT64 => {
                        let values: Vec<_> = fields.map(whole).collect();
                        encode::<Int64Type>(column, Style::Delta, &values, present)
                    }
                    Physical::INT32 => {
                        let values: Vec<_> = fields.map(|field| whole(field) as i32).collect();
                        encode::<Int32Type>(column, Style::Dictionary, &values, present)
                    }
                    Physical::DOUBLE => {
                        let values: Vec<_> = fields
                            .map(|field| match field {
                                Field::Real(real) => *real,
                                _ => f64::NAN,
                            })
                            .collect();
                        encode::<DoubleType>(column, Style::Dictionary, &values, present)
                    }
                    Physical::BOOLEAN => {
                        let values: Vec<_> = fields
                            .map(|field| matches!(field, Field::Truth(true)))
                            .collect();
                        encode::<BoolType>(column, Style::Plain, &values, present)
                    }
                    _ => {
                        let values: Vec<_> = fields
                            .map(|field| match field {
                                Field::Text(text) => ByteArray::from(&**text),
                                _ => ByteArray::from(""),
                            })
                            .collect();
                        encode::<ByteArrayType>(column, Style::Dictionary, &values, present)
                    }
                }
            })
            .collect()
    }

    /// Reads all columns of a row group.
    pub fn read(group: &dyn RowGroupReader, rows: usize) -> Result<Self, SealError> {
        let mut table = Self(Vec::new());
        let schema = group.metadata().schema_descr();
        for column in schema.columns() {
            let name = column.name();
            match column.physical_type() {
                Physical::INT64 => {
                    let column = column::read::<Int64Type>(group, name, 0..rows)?;
                    table.fill(name, column.rows(), Field::Whole);
                }
                Physical::INT32 => {
                    let column = column::read::<Int32Type>(group, name, 0..rows)?;
                    table.fill(name, column.rows(), |whole| Field::Whole(i64::from(whole)));
                }
                Physical::DOUBLE => {
                    let column = column::read::<DoubleType>(group, name, 0..rows)?;
                    table.fill(name, column.rows(), Field::Real);
                }
                Physical::BOOLEAN => {
                    let column = column::read::<BoolType>(group, name, 0..rows)?;
                    table.fill(name, column.rows(), Field::Truth);
                }
                Physical::BYTE_ARRAY => {
                    let column = column::read_texts(group, name, 0..rows)?;
                    table.fill(name, column.rows(), |text| {
                        Field::Text(column::text(&text).into())
                    });
                }
                _ => {}
            }
        }
        Ok(table)
    }

    fn fill<T>(
        &mut self,
        name: &str,
        values: impl Iterator<Item = Option<T>>,
        field: impl Fn(T) -> Field,
    ) {
        let name: Arc<str> = name.into();
        for (at, value) in values.enumerate() {
            if at >= self.0.len() {
                self.0.push(Row::default());
            }
            if let (Some(row), Some(value)) = (self.0.get_mut(at), value) {
                row.0.insert(Arc::clone(&name), field(value));
            }
        }
    }
}
