//! Deterministic CBOR: definite lengths, shortest integers, arrays with integer tags.
//!
//! A decoder here reads with caps and then compares the re-encoding with what it read, so every other form of
//! the same value is refused (I1).

use minicbor::{Decoder, Encoder};

/// Bytes that are not in the one accepted form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("malformed {0}")]
pub struct Malformed(pub &'static str);

/// Write one value to bytes.
pub fn encode(write: impl FnOnce(&mut Encoder<&mut Vec<u8>>) -> Written) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes);
    write(&mut encoder).expect("writing to memory cannot fail");
    bytes
}

/// Result of writing to memory.
pub type Written = Result<(), minicbor::encode::Error<std::convert::Infallible>>;

/// A reader that checks lengths before it allocates.
pub struct Reader<'b> {
    decoder: Decoder<'b>,
    what: &'static str,
}

impl<'b> Reader<'b> {
    pub fn new(bytes: &'b [u8], what: &'static str) -> Self {
        Self { decoder: Decoder::new(bytes), what }
    }

    pub fn fail(&self) -> Malformed {
        Malformed(self.what)
    }

    /// A definite array of exactly `len` elements.
    pub fn array_of(&mut self, len: u64) -> Result<(), Malformed> {
        if self.array(len)? == len { Ok(()) } else { Err(self.fail()) }
    }

    /// A definite array of at most `max` elements.
    pub fn array(&mut self, max: u64) -> Result<u64, Malformed> {
        match self.decoder.array() {
            Ok(Some(len)) if len <= max => Ok(len),
            _ => Err(self.fail()),
        }
    }

    pub fn u64(&mut self) -> Result<u64, Malformed> {
        self.decoder.u64().map_err(|_| self.fail())
    }

    pub fn u32(&mut self) -> Result<u32, Malformed> {
        self.decoder.u32().map_err(|_| self.fail())
    }

    pub fn u16(&mut self) -> Result<u16, Malformed> {
        self.decoder.u16().map_err(|_| self.fail())
    }

    pub fn u8(&mut self) -> Result<u8, Malformed> {
        self.decoder.u8().map_err(|_| self.fail())
    }

    pub fn bool(&mut self) -> Result<bool, Malformed> {
        self.decoder.bool().map_err(|_| self.fail())
    }

    /// A byte string of at most `max` bytes, borrowed.
    pub fn bytes(&mut self, max: usize) -> Result<&'b [u8], Malformed> {
        match self.decoder.bytes() {
            Ok(bytes) if bytes.len() <= max => Ok(bytes),
            _ => Err(self.fail()),
        }
    }

    /// A byte string of exactly `N` bytes.
    pub fn fixed<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let what = self.what;
        self.bytes(N)?.try_into().map_err(|_| Malformed(what))
    }

    /// A text of at most `max` bytes.
    pub fn text(&mut self, max: usize) -> Result<String, Malformed> {
        match self.decoder.str() {
            Ok(text) if text.len() <= max => Ok(text.to_owned()),
            _ => Err(self.fail()),
        }
    }

    /// `None` for null, otherwise what `read` reads.
    pub fn optional<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Malformed>,
    ) -> Result<Option<T>, Malformed> {
        match self.decoder.datatype() {
            Ok(minicbor::data::Type::Null) => {
                self.decoder.null().map_err(|_| self.fail())?;
                Ok(None)
            }
            _ => read(self).map(Some),
        }
    }

    /// Where the next value begins.
    pub fn position(&self) -> usize {
        self.decoder.position()
    }

    /// Nothing may follow.
    pub fn end(&self) -> Result<(), Malformed> {
        if self.decoder.position() == self.decoder.input().len() { Ok(()) } else { Err(self.fail()) }
    }
}

/// Refuse any form of a value but the one its encoder writes.
pub fn canonical(received: &[u8], again: &[u8], what: &'static str) -> Result<(), Malformed> {
    if received == again { Ok(()) } else { Err(Malformed(what)) }
}
