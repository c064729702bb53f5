//! How guards' records stand in one attribute: numbers, big endian, one after the other.

use crate::Fault;

/// The first byte of each record.
const FORMAT: u8 = 1;

/// Writes a record.
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn new() -> Self {
        Self(vec![FORMAT])
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }

    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        let length = u8::try_from(text.len()).unwrap_or(u8::MAX);
        self.bytes(&[length]).bytes(&text.as_bytes()[..usize::from(length)])
    }

    pub(super) fn finish(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }
}

/// Reads a record.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// A record of this format; a new one has no bytes at all.
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self, Fault> {
        match bytes.split_first() {
            None => Ok(Self(bytes)),
            Some((&FORMAT, rest)) => Ok(Self(rest)),
            Some(_) => Err(corrupt()),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn bytes<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let (taken, rest) = self.0.split_first_chunk().ok_or_else(corrupt)?;
        self.0 = rest;
        Ok(*taken)
    }

    pub(super) fn u8(&mut self) -> Result<u8, Fault> {
        self.bytes::<1>().map(|[byte]| byte)
    }

    pub(super) fn u32(&mut self) -> Result<u32, Fault> {
        self.bytes().map(u32::from_be_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, Fault> {
        self.bytes().map(u64::from_be_bytes)
    }

    pub(super) fn text(&mut self) -> Result<String, Fault> {
        let length = usize::from(self.u8()?);
        let (text, rest) = self.0.split_at_checked(length).ok_or_else(corrupt)?;
        self.0 = rest;
        String::from_utf8(text.to_vec()).map_err(|_| corrupt())
    }
}

pub(super) fn corrupt() -> Fault {
    Fault::corrupt("a record of the guards")
}
