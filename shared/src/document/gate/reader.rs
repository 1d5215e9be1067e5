//! Bytes read strictly from the front: nothing is allocated, nothing is read twice.

use super::Refusal;

#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    pub(super) fn left(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(super) fn take(&mut self, len: usize) -> Result<&'a [u8], Refusal> {
        let (head, rest) = self.bytes.split_at_checked(len).ok_or(Refusal::FORM)?;
        self.bytes = rest;
        Ok(head)
    }

    pub(super) fn byte(&mut self) -> Result<u8, Refusal> {
        Ok(self.take(1)?[0])
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Refusal> {
        self.take(N)?.try_into().map_err(|_| Refusal::FORM)
    }

    /// Bytes behind their length, which is at most `max`.
    pub(super) fn prefixed(&mut self, max: usize) -> Result<&'a [u8], Refusal> {
        let len = self.unsigned()?;
        if len > max as u64 {
            return Err(Refusal::FORM);
        }
        self.take(len as usize)
    }

    /// An unsigned LEB128 number in its shortest form.
    pub(super) fn unsigned(&mut self) -> Result<u64, Refusal> {
        let mut value = 0u64;
        for shift in (0..70).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(Refusal::FORM);
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                if byte == 0 && shift > 0 {
                    return Err(Refusal::FORM);
                }
                return Ok(value);
            }
        }
        Err(Refusal::FORM)
    }

    /// A signed LEB128 number in its shortest form.
    pub(super) fn signed(&mut self) -> Result<i64, Refusal> {
        let mut value = 0i64;
        let mut previous = 0u8;
        for shift in (0..70).step_by(7) {
            let byte = self.byte()?;
            if shift == 63 && byte != 0 && byte != 0x7f {
                return Err(Refusal::FORM);
            }
            value |= i64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                // The last byte may not merely repeat the sign of the one before.
                let repeats = (byte == 0 && previous & 0x40 == 0) || (byte == 0x7f && previous & 0x40 != 0);
                if shift > 0 && repeats {
                    return Err(Refusal::FORM);
                }
                if shift < 57 && byte & 0x40 != 0 {
                    value |= -1i64 << (shift + 7);
                }
                return Ok(value);
            }
            previous = byte;
        }
        Err(Refusal::FORM)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_one_form() {
        assert_eq!(Reader::new(&[0]).unsigned(), Ok(0));
        assert_eq!(Reader::new(&[0x80, 1]).unsigned(), Ok(128));
        assert_eq!(Reader::new(&[0x80, 0]).unsigned(), Err(Refusal::FORM), "not the shortest");
        assert_eq!(Reader::new(&[0xff; 12]).unsigned(), Err(Refusal::FORM));
        let max = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];
        assert_eq!(Reader::new(&max).unsigned(), Ok(u64::MAX));
        assert_eq!(Reader::new(&[0x7f]).signed(), Ok(-1));
        assert_eq!(Reader::new(&[0xff, 0x7f]).signed(), Err(Refusal::FORM), "not the shortest");
        assert_eq!(Reader::new(&[0x3f]).signed(), Ok(63));
        assert_eq!(Reader::new(&[0xc0, 0]).signed(), Ok(64));
        assert_eq!(Reader::new(&[0x40]).signed(), Ok(-64));
        for value in [i64::MIN, i64::MAX, -65, 8191, -8192, 1 << 40] {
            let mut bytes = Vec::new();
            let mut rest = value;
            loop {
                let byte = (rest & 0x7f) as u8;
                rest >>= 7;
                let last = (rest == 0 && byte & 0x40 == 0) || (rest == -1 && byte & 0x40 != 0);
                bytes.push(if last { byte } else { byte | 0x80 });
                if last {
                    break;
                }
            }
            assert_eq!(Reader::new(&bytes).signed(), Ok(value));
        }
    }
}
