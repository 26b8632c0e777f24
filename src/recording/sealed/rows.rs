//! Rows of samples: those of one signal without the rest of the file.

use std::fs::File;
use std::ops::Range;

use parquet::data_type::{DoubleType, Int32Type, Int64Type};
use parquet::file::reader::{FileReader, RowGroupReader};
use parquet::file::serialized_reader::{ReadOptionsBuilder, SerializedFileReader};

use super::footer::guarded;
use super::value::{self, Cell};
use super::{SealError, column};
use crate::model::{Point, Quality, Timestamp};

/// Reads rows of a part of samples by their number, front to back. Only the pages that hold them
/// are read; the checksum of the file is not.
pub(crate) fn read_rows(file: File, rows: Range<u64>) -> Result<Vec<Point>, SealError> {
    guarded(|| {
        let options = ReadOptionsBuilder::new().with_page_index().build();
        let file = SerializedFileReader::new_with_options(file, options)?;
        let mut points = Vec::new();
        let mut begin = 0;
        for at in 0..file.num_row_groups() {
            let count = file.metadata().row_group(at).num_rows().unsigned_abs();
            let end = begin + count;
            let (from, to) = (rows.start.max(begin), rows.end.min(end));
            if from < to {
                let group = file.get_row_group(at)?;
                let some = (from - begin) as usize..(to - begin) as usize;
                decode(&*group, some, |point, _| points.push(point))?;
            }
            begin = end;
        }
        Ok(points)
    })
}

/// Hands over rows of a row group.
pub(super) fn decode(
    group: &dyn RowGroupReader,
    rows: Range<usize>,
    mut each: impl FnMut(Point, Option<Timestamp>),
) -> Result<(), SealError> {
    let rows = || rows.clone();
    let times = column::read::<Int64Type>(group, "time", rows())?;
    let nanos = column::read::<Int32Type>(group, "nanos", rows())?;
    let values = column::read::<DoubleType>(group, "value", rows())?;
    let integers = column::read::<Int64Type>(group, "integer", rows())?;
    let texts = column::read_texts(group, "text", rows())?;
    let types = column::read::<Int32Type>(group, "type", rows())?;
    let qualities = column::read::<Int32Type>(group, "quality", rows())?;
    let received = column::read::<Int64Type>(group, "receive_time", rows())?;
    let source = column::read::<Int64Type>(group, "source_time", rows())?;
    let source_nanos = column::read::<Int32Type>(group, "source_nanos", rows())?;
    let (mut values, mut integers, mut texts) = (values.rows(), integers.rows(), texts.rows());
    let (mut source, mut source_nanos) = (source.rows(), source_nanos.rows());
    let plain = times
        .values
        .iter()
        .zip(&nanos.values)
        .zip(&types.values)
        .zip(&qualities.values)
        .zip(&received.values);
    for ((((time, nanos), kind), quality), received) in plain {
        let text = texts.next().flatten();
        let cell = Cell {
            kind: u8::try_from(*kind).unwrap_or(u8::MAX),
            real: values.next().flatten(),
            integer: integers.next().flatten(),
            text: text.as_ref().map(column::text),
        };
        let source_nanos = source_nanos.next().flatten().unwrap_or(0);
        let source_time = source.next().flatten();
        each(
            Point {
                time: value::instant(*time, *nanos),
                receive_time: Timestamp::from_millis(*received),
                value: cell.value(),
                quality: Quality::from_byte(u8::try_from(*quality).unwrap_or(u8::MAX)),
            },
            source_time.map(|millis| value::instant(millis, source_nanos)),
        );
    }
    Ok(())
}
