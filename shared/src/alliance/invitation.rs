//! The invitation as a link: it works by e-mail and message, and holds the only copy of its secret.

use data_encoding::BASE32_NOPAD;
use ed25519_dalek::SigningKey;

use super::act::CityRole;
use crate::cbor::{self, Malformed, Reader};
use crate::id::{CircleId, CityId, hash};

/// What every link begins with.
pub const LINK_PREFIX: &str = "alianza://unirse/1/";

/// An invitation as its holder has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    pub circle: CircleId,
    pub inviter: CityId,
    /// At most three.
    pub addresses: Vec<String>,
    pub secret: [u8; 16],
    pub role: CityRole,
    pub expires_ms: u64,
    /// Name of the alliance.
    pub name: String,
}

impl Invitation {
    /// The key that the secret makes; its public half alone is in the feed (S11).
    pub fn key(&self) -> SigningKey {
        invite_key(&self.secret)
    }

    /// The link, in digits and lower-case letters that survive being read aloud and wrapped.
    pub fn link(&self) -> String {
        let bytes = cbor::encode(|e| {
            e.array(8)?.u8(1)?.bytes(&self.circle.0)?.bytes(&self.inviter.0)?;
            e.array(self.addresses.len() as u64)?;
            for address in &self.addresses {
                e.str(address)?;
            }
            e.bytes(&self.secret)?.u8(self.role.code())?.u64(self.expires_ms)?.str(&self.name)?;
            Ok(())
        });
        format!("{LINK_PREFIX}{}", BASE32_NOPAD.encode(&bytes).to_lowercase())
    }

    /// Read a link as people paste it: with spaces, line breaks, capitals, or behind `https://…/unirse#`.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        const WHAT: &str = "invitation";
        if text.len() > 4_096 {
            return Err(Malformed(WHAT));
        }
        let joined: String = text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_lowercase();
        let code = match (joined.split_once("unirse/1/"), joined.split_once("unirse#")) {
            (Some((_, code)), _) | (None, Some((_, code))) => code,
            (None, None) => joined.as_str(),
        };
        let bytes = BASE32_NOPAD.decode(code.to_uppercase().as_bytes()).map_err(|_| Malformed(WHAT))?;
        let mut r = Reader::new(&bytes, WHAT);
        r.array_of(8)?;
        if r.u8()? != 1 {
            return Err(Malformed(WHAT));
        }
        let circle = CircleId(r.fixed()?);
        let inviter = CityId(r.fixed()?);
        let len = r.array(3)?;
        let addresses = (0..len).map(|_| r.text(200)).collect::<Result<Vec<_>, _>>()?;
        let secret = r.fixed()?;
        let role = CityRole::from_code(r.u8()?).ok_or(Malformed(WHAT))?;
        let invitation =
            Self { circle, inviter, addresses, secret, role, expires_ms: r.u64()?, name: r.text(200)? };
        r.end()?;
        Ok(invitation)
    }
}

/// The signing key of an invitation's secret.
pub fn invite_key(secret: &[u8; 16]) -> SigningKey {
    SigningKey::from_bytes(&hash("invitation", &[secret]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_survives_mail_and_chat() {
        let invitation = Invitation {
            circle: CircleId([1; 32]),
            inviter: CityId([2; 32]),
            addresses: vec!["/ip4/127.0.0.1/tcp/4001".into()],
            secret: [3; 16],
            role: CityRole::Partner,
            expires_ms: 1_800_000_000_000,
            name: "Alianza Bolivia".into(),
        };
        let link = invitation.link();
        assert_eq!(Invitation::parse(&link), Ok(invitation.clone()));
        let wrapped = format!(" {}\n {} ", &link[..40], &link[40..].to_uppercase());
        assert_eq!(Invitation::parse(&wrapped), Ok(invitation.clone()));
        let web = link.replace(LINK_PREFIX, "https://nodo.example/unirse#");
        assert_eq!(Invitation::parse(&web), Ok(invitation));
        assert!(Invitation::parse(&link[..link.len() - 1]).is_err());
    }
}
