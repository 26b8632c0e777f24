//! [`Checked`]: a writer that keeps the CRC-32 of what went through it.

use std::io::{Read, Write};

use crc32fast::Hasher;

use super::SealError;

/// Keeps the CRC-32 and the number of the bytes that went through it.
#[derive(Debug)]
pub(super) struct Checked<W> {
    out: W,
    crc: Hasher,
    pub bytes: u64,
}

impl<W> Checked<W> {
    pub fn new(out: W) -> Self {
        Self {
            out,
            crc: Hasher::new(),
            bytes: 0,
        }
    }
}

impl<W> Checked<W> {
    /// Of all that went through.
    pub fn crc(&self) -> u32 {
        self.crc.clone().finalize()
    }
}

impl<W: Write> Write for Checked<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let taken = self.out.write(bytes)?;
        self.crc.update(bytes.get(..taken).unwrap_or_default());
        self.bytes += taken as u64;
        Ok(taken)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}

/// CRC-32 of the first `bytes` of a file.
pub(super) fn crc_of_file(file: &mut std::fs::File, bytes: u64) -> Result<u32, SealError> {
    let mut crc = Hasher::new();
    let mut left = bytes;
    let mut buffer = vec![0; 1 << 16];
    while left > 0 {
        let most = buffer
            .len()
            .min(usize::try_from(left).unwrap_or(usize::MAX));
        let read = file.read(buffer.get_mut(..most).unwrap_or_default())?;
        if read == 0 {
            return Err(SealError::NotAPart("shorter than its footer says".into()));
        }
        crc.update(buffer.get(..read).unwrap_or_default());
        left -= read as u64;
    }
    Ok(crc.finalize())
}
