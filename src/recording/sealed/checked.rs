//! [`Checked`]: a writer that keeps the CRC-32 of what went through it, and CRC-32 itself.

use std::io::{Read, Write};

use super::SealError;

/// Table for the reflected polynomial of IEEE 802.3, four bytes at a time.
const TABLES: [[u32; 256]; 8] = tables();

const fn tables() -> [[u32; 256]; 8] {
    let mut tables = [[0_u32; 256]; 8];
    let mut at = 0;
    while at < 256 {
        let mut crc = at as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 {
                crc >> 1 ^ 0xedb8_8320
            } else {
                crc >> 1
            };
            bit += 1;
        }
        tables[0][at] = crc;
        at += 1;
    }
    let mut slice = 1;
    while slice < 8 {
        let mut at = 0;
        while at < 256 {
            let before = tables[slice - 1][at];
            tables[slice][at] = before >> 8 ^ tables[0][(before & 0xff) as usize];
            at += 1;
        }
        slice += 1;
    }
    tables
}

/// A CRC-32 (IEEE 802.3) in the making.
#[derive(Clone, Copy, Debug)]
pub struct Crc(u32);

impl Crc {
    /// Of nothing.
    pub const fn new() -> Self {
        Self(!0)
    }

    /// Goes on with these bytes.
    #[expect(clippy::indexing_slicing, reason = "bytes index tables of 256")]
    pub fn update(&mut self, bytes: &[u8]) {
        let byte = |word: u32, at: u32| (word >> (8 * at) & 0xff) as usize;
        let mut crc = self.0;
        let mut eights = bytes.chunks_exact(8);
        for eight in &mut eights {
            let low = u32::from_le_bytes([eight[0], eight[1], eight[2], eight[3]]) ^ crc;
            let high = u32::from_le_bytes([eight[4], eight[5], eight[6], eight[7]]);
            crc = TABLES[7][byte(low, 0)]
                ^ TABLES[6][byte(low, 1)]
                ^ TABLES[5][byte(low, 2)]
                ^ TABLES[4][byte(low, 3)]
                ^ TABLES[3][byte(high, 0)]
                ^ TABLES[2][byte(high, 1)]
                ^ TABLES[1][byte(high, 2)]
                ^ TABLES[0][byte(high, 3)];
        }
        for each in eights.remainder() {
            crc = crc >> 8 ^ TABLES[0][((crc ^ u32::from(*each)) & 0xff) as usize];
        }
        self.0 = crc;
    }

    /// The number.
    pub const fn finish(self) -> u32 {
        !self.0
    }
}

/// CRC-32 of these bytes.
pub fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.finish()
}

impl Default for Crc {
    fn default() -> Self {
        Self::new()
    }
}

/// Keeps the CRC-32 and the number of the bytes that went through it.
#[derive(Debug)]
pub(super) struct Checked<W> {
    out: W,
    pub crc: Crc,
    pub bytes: u64,
}

impl<W> Checked<W> {
    pub const fn new(out: W) -> Self {
        Self {
            out,
            crc: Crc::new(),
            bytes: 0,
        }
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
    let mut crc = Crc::new();
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
    Ok(crc.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc_is_that_of_everybody() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
        let long: Vec<u8> = (0..1000_u32).map(|at| (at * 7) as u8).collect();
        for cut in [0, 1, 7, 8, 9, 500] {
            let mut crc = Crc::new();
            crc.update(&long[..cut]);
            crc.update(&long[cut..]);
            assert_eq!(crc.finish(), crc32(&long));
        }
    }
}
