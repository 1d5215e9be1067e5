//! The city card: addresses, name and directory of people. It is not history: one signed record per city,
//! versioned by a counter, of which only the latest is kept, so people can be erased and addresses change.

use ed25519_dalek::SigningKey;

use crate::cbor::{self, Malformed, Reader};
use crate::feed::header::{sign, verify};
use crate::id::{CircleId, CityId, PersonRef};
use crate::limits::CARD_MAX_BYTES;

const CARD_DOMAIN: &[u8] = b"alianza v1 card\0";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub person_ref: PersonRef,
    pub name: String,
    pub office: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    pub city: CityId,
    pub counter: u64,
    pub name: String,
    pub country: String,
    pub home: CircleId,
    pub addresses: Vec<String>,
    pub people: Vec<Person>,
}

impl Card {
    fn encode_plain(&self) -> Vec<u8> {
        cbor::encode(|e| {
            e.array(8)?.u8(1)?.bytes(&self.city.0)?.u64(self.counter)?.str(&self.name)?.str(&self.country)?;
            e.bytes(&self.home.0)?.array(self.addresses.len() as u64)?;
            for address in &self.addresses {
                e.str(address)?;
            }
            e.array(self.people.len() as u64)?;
            for person in &self.people {
                e.array(3)?.bytes(&person.person_ref.0)?.str(&person.name)?.str(&person.office)?;
            }
            Ok(())
        })
    }

    /// The signed record.
    pub fn seal(&self, key: &SigningKey) -> Vec<u8> {
        let plain = self.encode_plain();
        let signature = sign(key, CARD_DOMAIN, &plain);
        cbor::encode(|e| {
            e.array(2)?.bytes(&plain)?.bytes(&signature)?;
            Ok(())
        })
    }

    /// Read a record and check that the city it names signed it.
    pub fn open(bytes: &[u8]) -> Result<Self, Malformed> {
        const WHAT: &str = "city card";
        if bytes.len() > CARD_MAX_BYTES {
            return Err(Malformed(WHAT));
        }
        let mut outer = Reader::new(bytes, WHAT);
        outer.array_of(2)?;
        let plain = outer.bytes(CARD_MAX_BYTES)?;
        let signature: [u8; 64] = outer.fixed()?;
        outer.end()?;
        let mut r = Reader::new(plain, WHAT);
        r.array_of(8)?;
        if r.u8()? != 1 {
            return Err(Malformed(WHAT));
        }
        let city = CityId(r.fixed()?);
        let counter = r.u64()?;
        let name = r.text(200)?;
        let country = r.text(8)?;
        let home = CircleId(r.fixed()?);
        let addresses_len = r.array(8)?;
        let addresses = (0..addresses_len).map(|_| r.text(200)).collect::<Result<Vec<_>, _>>()?;
        let people_len = r.array(500)?;
        let mut people = Vec::new();
        for _ in 0..people_len {
            r.array_of(3)?;
            people.push(Person {
                person_ref: PersonRef(r.fixed()?),
                name: r.text(120)?,
                office: r.text(120)?,
            });
        }
        r.end()?;
        let card = Self { city, counter, name, country, home, addresses, people };
        cbor::canonical(plain, &card.encode_plain(), WHAT)?;
        if verify(&city, CARD_DOMAIN, plain, &signature) { Ok(card) } else { Err(Malformed(WHAT)) }
    }
}
