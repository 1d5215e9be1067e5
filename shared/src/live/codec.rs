//! The strict reader and the writer under the messages: caps before allocation, definite lengths only.

use std::convert::Infallible;

use minicbor::data::Type;
use minicbor::{Decoder, Encoder};

use super::{CHANGE_MAX_BYTES, LIVE_TEXT_MAX_BYTES, LIVE_UINT_MAX, LiveError};

pub(super) type Written = Result<(), minicbor::encode::Error<Infallible>>;

/// Runs `write` on an empty buffer. Writing to memory cannot fail.
pub(super) fn encode(write: impl FnOnce(&mut Encoder<&mut Vec<u8>>) -> Written) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&mut Encoder::new(&mut bytes))
        .expect("a vector takes every byte, and no value here has its own encoder");
    bytes
}

/// An array of byte strings.
pub(super) fn put_ids<'a>(
    e: &mut Encoder<&mut Vec<u8>>,
    items: impl ExactSizeIterator<Item = &'a [u8]>,
) -> Written {
    e.array(items.len() as u64)?;
    for item in items {
        e.bytes(item)?;
    }
    Ok(())
}

/// A byte string, or null.
pub(super) fn put_option(e: &mut Encoder<&mut Vec<u8>>, item: Option<&[u8]>) -> Written {
    match item {
        Some(bytes) => e.bytes(bytes)?,
        None => e.null()?,
    };
    Ok(())
}

pub(super) struct Reader<'b> {
    bytes: &'b [u8],
    decoder: Decoder<'b>,
}

impl<'b> Reader<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, decoder: Decoder::new(bytes) }
    }

    /// The outer array: how many elements, and the first of them, the type.
    pub(super) fn open(&mut self) -> Result<(u64, u64), LiveError> {
        let fields = self.array("message")?;
        Ok((fields, self.uint("type")?))
    }

    pub(super) fn fields(&self, found: u64, expected: u64) -> Result<(), LiveError> {
        if found == expected { Ok(()) } else { Err(LiveError::Malformed { what: "number of elements" }) }
    }

    fn array(&mut self, what: &'static str) -> Result<u64, LiveError> {
        self.decoder.array().ok().flatten().ok_or(LiveError::Malformed { what })
    }

    /// An array whose every element takes at least one byte, so that its length can be believed.
    fn bounded_array(&mut self, what: &'static str, max: usize) -> Result<usize, LiveError> {
        let len = usize::try_from(self.array(what)?).map_err(|_| LiveError::TooMany { what })?;
        if len > max {
            return Err(LiveError::TooMany { what });
        }
        if len > self.bytes.len() - self.decoder.position() {
            return Err(LiveError::Malformed { what });
        }
        Ok(len)
    }

    pub(super) fn uint(&mut self, what: &'static str) -> Result<u64, LiveError> {
        match self.decoder.u64() {
            Ok(value) if value <= LIVE_UINT_MAX => Ok(value),
            _ => Err(LiveError::Malformed { what }),
        }
    }

    pub(super) fn bool(&mut self, what: &'static str) -> Result<bool, LiveError> {
        self.decoder.bool().map_err(|_| LiveError::Malformed { what })
    }

    pub(super) fn bytes(&mut self, what: &'static str, max: usize) -> Result<&'b [u8], LiveError> {
        let bytes = self.decoder.bytes().map_err(|_| LiveError::Malformed { what })?;
        if bytes.len() > max { Err(LiveError::TooMany { what }) } else { Ok(bytes) }
    }

    pub(super) fn id<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], LiveError> {
        self.bytes(what, N)?.try_into().map_err(|_| LiveError::Malformed { what })
    }

    pub(super) fn ids<const N: usize>(
        &mut self,
        what: &'static str,
        max: usize,
    ) -> Result<Vec<[u8; N]>, LiveError> {
        let len = self.bounded_array(what, max)?;
        (0..len).map(|_| self.id(what)).collect()
    }

    pub(super) fn changes(&mut self, max: usize) -> Result<Vec<Vec<u8>>, LiveError> {
        let len = self.bounded_array("changes", max)?;
        let mut change = || match self.bytes("change", CHANGE_MAX_BYTES) {
            Err(LiveError::TooMany { .. }) => Err(LiveError::ChangeTooLarge),
            read => read.map(<[u8]>::to_vec),
        };
        (0..len).map(|_| change()).collect()
    }

    pub(super) fn text(&mut self, what: &'static str) -> Result<String, LiveError> {
        let text = self.decoder.str().map_err(|_| LiveError::Malformed { what })?;
        if text.len() > LIVE_TEXT_MAX_BYTES { Err(LiveError::TooMany { what }) } else { Ok(text.to_owned()) }
    }

    /// Null, or what `read` reads.
    pub(super) fn option<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, LiveError>,
    ) -> Result<Option<T>, LiveError> {
        if matches!(self.decoder.datatype(), Ok(Type::Null)) {
            self.decoder.null().map_err(|_| LiveError::Malformed { what: "null" })?;
            return Ok(None);
        }
        read(self).map(Some)
    }

    /// Nothing may follow, and there is only one way to write each message.
    pub(super) fn finish(self, again: &[u8]) -> Result<(), LiveError> {
        if self.decoder.position() == self.bytes.len() && again == self.bytes {
            Ok(())
        } else {
            Err(LiveError::NotCanonical)
        }
    }
}
