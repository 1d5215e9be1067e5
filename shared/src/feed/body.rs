//! Bodies of entries. The body hash is a root over item hashes, so that one item can later be blanked and the
//! rest still verifies.

use crate::cbor::{self, Malformed, Reader};
use crate::id::{CityId, DocId, Nonce, PersonRef, hash};
use crate::limits::{CHANGE_MAX_BYTES, ENTRY_BODY_MAX_BYTES, ENTRY_MAX_CHANGES};

/// What a document is, said once in the entry that creates it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Create {
    /// Code of `document::Kind`; unknown kinds are kept and passed on.
    pub kind: u16,
    /// The city that alone may write it.
    pub owner: Option<CityId>,
    pub nonce: Nonce,
    /// The document this one is a part of: the programme of a section or of a contribution.
    pub parent: Option<DocId>,
}

/// Changes of one document in an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub doc: DocId,
    pub create: Option<Create>,
    /// The person, opaque.
    pub by: PersonRef,
    pub changes: Vec<Vec<u8>>,
    pub blobs: Vec<[u8; 32]>,
}

impl Item {
    fn encode(&self) -> Vec<u8> {
        cbor::encode(|e| {
            e.array(5)?.bytes(&self.doc.0)?;
            match &self.create {
                None => e.null()?,
                Some(create) => {
                    e.array(4)?.u16(create.kind)?;
                    match &create.owner {
                        None => e.null()?,
                        Some(owner) => e.bytes(&owner.0)?,
                    };
                    e.bytes(&create.nonce.0)?;
                    match &create.parent {
                        None => e.null()?,
                        Some(parent) => e.bytes(&parent.0)?,
                    }
                }
            };
            e.bytes(&self.by.0)?.array(self.changes.len() as u64)?;
            for change in &self.changes {
                e.bytes(change)?;
            }
            e.array(self.blobs.len() as u64)?;
            for blob in &self.blobs {
                e.bytes(blob)?;
            }
            Ok(())
        })
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        r.array_of(5)?;
        let doc = DocId(r.fixed()?);
        let create = r.optional(|r| {
            r.array_of(4)?;
            Ok(Create {
                kind: r.u16()?,
                owner: r.optional(|r| Ok(CityId(r.fixed()?)))?,
                nonce: Nonce(r.fixed()?),
                parent: r.optional(|r| Ok(DocId(r.fixed()?)))?,
            })
        })?;
        let by = PersonRef(r.fixed()?);
        let changes_len = r.array(ENTRY_MAX_CHANGES as u64)?;
        let mut changes = Vec::new();
        for _ in 0..changes_len {
            changes.push(r.bytes(CHANGE_MAX_BYTES)?.to_vec());
        }
        let blobs_len = r.array(ENTRY_MAX_CHANGES as u64)?;
        let blobs = (0..blobs_len).map(|_| r.fixed()).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { doc, create, by, changes, blobs })
    }

    /// Bytes this item takes in a body.
    pub fn encoded_len(&self) -> usize {
        self.encode().len()
    }
}

/// A body as bytes, with its root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    pub bytes: Vec<u8>,
    pub root: [u8; 32],
}

impl Body {
    /// Body of an Edit.
    pub fn edit(items: &[Item]) -> Self {
        let encoded: Vec<Vec<u8>> = items.iter().map(Item::encode).collect();
        let mut bytes = cbor::encode(|e| {
            e.array(items.len() as u64)?;
            Ok(())
        });
        for item in &encoded {
            bytes.extend_from_slice(item);
        }
        let hashes: Vec<[u8; 32]> = encoded.iter().map(|item| hash("item", &[item])).collect();
        Self { bytes, root: root(&hashes) }
    }

    /// Body of one opaque part: an act, a signature, a kind this program does not know.
    pub fn whole(bytes: Vec<u8>) -> Self {
        let root = root(&[hash("item", &[&bytes])]);
        Self { bytes, root }
    }
}

fn root(hashes: &[[u8; 32]]) -> [u8; 32] {
    let parts: Vec<&[u8]> = hashes.iter().map(|hash| hash.as_slice()).collect();
    hash("body", &parts)
}

/// Root of a received body; for an Edit the items too.
pub fn check_edit(bytes: &[u8]) -> Result<(Vec<Item>, [u8; 32]), Malformed> {
    if bytes.len() > ENTRY_BODY_MAX_BYTES {
        return Err(Malformed("body"));
    }
    let mut r = Reader::new(bytes, "body");
    let len = r.array(ENTRY_MAX_CHANGES as u64)?;
    let (mut items, mut hashes, mut changes) = (Vec::new(), Vec::new(), 0);
    for _ in 0..len {
        let start = r.position();
        let item = Item::read(&mut r)?;
        cbor::canonical(&bytes[start..r.position()], &item.encode(), "body")?;
        changes += item.changes.len();
        hashes.push(hash("item", &[&bytes[start..r.position()]]));
        items.push(item);
    }
    r.end()?;
    let again = cbor::encode(|e| {
        e.array(len)?;
        Ok(())
    });
    cbor::canonical(&bytes[..again.len().min(bytes.len())], &again, "body")?;
    if changes > ENTRY_MAX_CHANGES {
        return Err(Malformed("body"));
    }
    Ok((items, root(&hashes)))
}

/// Root of a body that is one opaque part.
pub fn root_of_whole(bytes: &[u8]) -> [u8; 32] {
    root(&[hash("item", &[bytes])])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_reads_back_as_written_and_its_root_covers_every_byte() {
        let item = Item {
            doc: DocId([1; 16]),
            create: Some(Create {
                kind: 4,
                owner: None,
                nonce: Nonce([2; 16]),
                parent: Some(DocId([3; 16])),
            }),
            by: PersonRef([4; 8]),
            changes: vec![vec![9; 50], vec![8; 3]],
            blobs: vec![[5; 32]],
        };
        let body = Body::edit(&[item.clone(), item.clone()]);
        let (items, root) = check_edit(&body.bytes).unwrap();
        assert_eq!((items.len(), &items[0], root), (2, &item, body.root));
        for ix in 0..body.bytes.len() {
            let mut bytes = body.bytes.clone();
            bytes[ix] ^= 1;
            assert!(check_edit(&bytes).map(|(_, root)| root != body.root).unwrap_or(true), "I1, byte {ix}");
        }
    }
}
