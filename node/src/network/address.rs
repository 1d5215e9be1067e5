//! Keys and addresses: conversions, and which addresses may be dialled at all (S20).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use libp2p::identity::{Keypair, PublicKey, ed25519};
use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId};
use zeroize::Zeroize;

use super::Key;

/// Addresses of one partner that are tried.
pub(super) const ADDRESSES_MAX: usize = 8;
/// Longest address text that is parsed.
const ADDRESS_TEXT_MAX_BYTES: usize = 256;

/// The key pair of a seed, which is erased.
pub(super) fn keypair(seed: &mut [u8; 32]) -> Option<Keypair> {
    let pair = Keypair::ed25519_from_bytes(&mut *seed).ok();
    seed.zeroize();
    pair
}

pub(super) fn peer_of(key: &Key) -> Option<PeerId> {
    let key = ed25519::PublicKey::try_from_bytes(key).ok()?;
    Some(PublicKey::from(key).to_peer_id())
}

/// The key inside a PeerId: ed25519 ones embed it (multihash "identity" ‖ length ‖ protobuf).
pub(super) fn key_of(peer: &PeerId) -> Option<Key> {
    let bytes = peer.to_bytes();
    let [0, _, protobuf @ ..] = bytes.as_slice() else { return None };
    Some(PublicKey::try_decode_protobuf(protobuf).ok()?.try_into_ed25519().ok()?.to_bytes())
}

/// Parses an address somebody gave us. Only `/{ip4,ip6,dns,dns4,dns6}/…/{tcp/N, udp/N/quic-v1}` with an
/// optional `/p2p` of that very peer passes: no relays, no `/dnsaddr`, nothing that redirects.
pub(super) fn parse(text: &str, peer: &PeerId) -> Option<Multiaddr> {
    if text.len() > ADDRESS_TEXT_MAX_BYTES {
        return None;
    }
    let mut address: Multiaddr = text.parse().ok()?;
    if let Some(Protocol::P2p(named)) = address.iter().last() {
        if named != *peer {
            return None;
        }
        address.pop();
    }
    well_formed(&address).then_some(address)
}

pub(super) fn parse_all(texts: &[String], peer: &PeerId) -> Vec<Multiaddr> {
    let mut addresses: Vec<Multiaddr> = Vec::new();
    for address in texts.iter().filter_map(|text| parse(text, peer)) {
        if addresses.len() < ADDRESSES_MAX && !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    addresses
}

fn well_formed(address: &Multiaddr) -> bool {
    let parts: Vec<Protocol<'_>> = address.iter().collect();
    let Some((host, rest)) = parts.split_first() else { return false };
    let host_is_plain = matches!(
        host,
        Protocol::Ip4(_) | Protocol::Ip6(_) | Protocol::Dns(_) | Protocol::Dns4(_) | Protocol::Dns6(_)
    );
    host_is_plain && matches!(rest, [Protocol::Tcp(_)] | [Protocol::Udp(_), Protocol::QuicV1])
}

pub(super) fn ip_of(address: &Multiaddr) -> Option<IpAddr> {
    address.iter().find_map(|part| match part {
        Protocol::Ip4(ip) => Some(IpAddr::V4(ip)),
        Protocol::Ip6(ip) => Some(ip.to_ipv4_mapped().map_or(IpAddr::V6(ip), IpAddr::V4)),
        _ => None,
    })
}

pub(super) fn is_tcp(address: &Multiaddr) -> bool {
    address.iter().any(|part| matches!(part, Protocol::Tcp(_)))
}

fn port_of(address: &Multiaddr) -> Option<u16> {
    address.iter().find_map(|part| match part {
        Protocol::Tcp(port) | Protocol::Udp(port) => Some(port),
        _ => None,
    })
}

/// The text of an address without a trailing `/p2p`.
pub(super) fn plain(address: &Multiaddr) -> String {
    let mut address = address.clone();
    if matches!(address.iter().last(), Some(Protocol::P2p(_))) {
        address.pop();
    }
    address.to_string()
}

/// Replaces port 0 of an address to listen on by the port it turned out to be.
pub(super) fn adopt_port(asked: &mut Multiaddr, real: &Multiaddr) {
    let Some(port) = port_of(real) else { return };
    *asked = asked
        .iter()
        .map(|part| match part {
            Protocol::Tcp(0) => Protocol::Tcp(port),
            Protocol::Udp(0) => Protocol::Udp(port),
            other => other,
        })
        .collect();
}

/// Why a resolved address must not be dialled, if so.
pub(super) fn forbidden(
    address: &Multiaddr,
    allow_private: bool,
    lan: impl Fn(&IpAddr) -> bool,
) -> Option<&'static str> {
    let Some(ip) = ip_of(address) else { return Some("it is not a resolved IP address") };
    let Some(port) = port_of(address) else { return Some("it has no port") };
    if port == 0 {
        return Some("it has no port");
    }
    match scope(ip) {
        Scope::Nobody => Some("it is an unspecified, multicast or reserved address"),
        _ if allow_private => None,
        // Ports of well-known services are where a forged address could do harm.
        _ if port < 1024 && port != 443 => Some("its port belongs to a well-known service"),
        Scope::Public => None,
        Scope::Private if lan(&ip) => None,
        Scope::Private | Scope::Host => Some("it is a private or local address"),
    }
}

/// May an address heard on the local network be dialled there at all?
pub(super) fn is_lan(ip: &IpAddr) -> bool {
    scope(*ip) == Scope::Private
}

/// Loopback: every node of a demonstration or test has the same address there.
pub(super) fn is_loopback(ip: &IpAddr) -> bool {
    ip.is_loopback()
}

#[derive(Debug, PartialEq, Eq, Clone, Copy)]
enum Scope {
    Public,
    Private,
    /// Loopback and IPv4 link-local, where machines keep their own services.
    Host,
    Nobody,
}

fn scope(ip: IpAddr) -> Scope {
    match ip {
        IpAddr::V4(ip) => scope_v4(ip),
        IpAddr::V6(ip) => scope_v6(ip),
    }
}

fn scope_v4(ip: Ipv4Addr) -> Scope {
    let [a, b, c, _] = ip.octets();
    match (a, b, c) {
        (0, ..) | (224..=255, ..) => Scope::Nobody,
        (127, ..) | (169, 254, _) => Scope::Host,
        (10, ..) | (172, 16..=31, _) | (192, 168, _) => Scope::Private,
        (100, 64..=127, _) | (198, 18 | 19, _) | (192, 0, 0) => Scope::Private,
        // Ranges for documentation serve as private ones in laboratories.
        (192, 0, 2) | (198, 51, 100) | (203, 0, 113) => Scope::Private,
        _ => Scope::Public,
    }
}

fn scope_v6(ip: Ipv6Addr) -> Scope {
    let s = ip.segments();
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        scope_v4(Ipv4Addr::new(a, b, c, d))
    };
    if ip.is_loopback() {
        return Scope::Host;
    }
    match s {
        [0, 0, 0, 0, 0, 0, ..] if ip.is_unspecified() => Scope::Nobody,
        // An IPv4 address in IPv6 clothes is judged as what it is: mapped, compatible, NAT64, 6to4.
        [0, 0, 0, 0, 0, 0xffff | 0, high, low] => v4(high, low),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => v4(high, low),
        [0x64, 0xff9b, 1, ..] => Scope::Private,
        [0x2002, high, low, ..] => v4(high, low),
        // Teredo hides its IPv4 address; nobody needs it.
        [0x2001, 0, ..] => Scope::Nobody,
        [0x2001, 0xdb8, ..] => Scope::Private,
        [first, ..] if first & 0xff00 == 0xff00 => Scope::Nobody,
        [first, ..] if first & 0xfe00 == 0xfc00 => Scope::Private,
        [first, ..] if first & 0xffc0 == 0xfe80 || first & 0xffc0 == 0xfec0 => Scope::Private,
        [first, ..] if first & 0xe000 == 0x2000 => Scope::Public,
        _ => Scope::Nobody,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer() -> PeerId {
        keypair(&mut [7; 32]).unwrap().public().to_peer_id()
    }

    #[test]
    fn key_and_peer_convert_both_ways_and_the_seed_is_erased() {
        let mut seed = [7; 32];
        let pair = keypair(&mut seed).unwrap();
        assert_eq!(seed, [0; 32], "S14");
        let peer = pair.public().to_peer_id();
        let key = key_of(&peer).unwrap();
        assert_eq!(peer_of(&key), Some(peer));
        assert_eq!(pair.public().try_into_ed25519().unwrap().to_bytes(), key);
    }

    #[test]
    fn only_plain_addresses_are_parsed_s20() {
        for good in ["/ip4/192.0.2.1/tcp/4001", "/dns4/nodo.example/udp/4001/quic-v1", "/ip6/2a00::1/tcp/443"]
        {
            assert!(parse(good, &peer()).is_some(), "{good}");
            assert!(parse(&format!("{good}/p2p/{}", peer()), &peer()).is_some(), "{good}");
        }
        let other = PeerId::random();
        for bad in [
            "",
            "/ip4/192.0.2.1",
            "/dnsaddr/nodo.example/tcp/4001",
            "/ip4/192.0.2.1/tcp/4001/ws",
            "/ip4/192.0.2.1/tcp/4001/p2p-circuit",
            "/memory/1",
            "/ip4/192.0.2.1/udp/4001",
            &format!("/ip4/192.0.2.1/tcp/4001/p2p/{other}"),
            &format!("/ip4/192.0.2.1/tcp/4001/p2p/{other}/p2p-circuit"),
            &format!("/dns4/{}/tcp/1", "a".repeat(300)),
        ] {
            assert!(parse(bad, &peer()).is_none(), "{bad}");
        }
    }

    #[test]
    fn private_ranges_are_refused_in_every_clothing_s20() {
        let judge = |text: &str, private| forbidden(&text.parse().unwrap(), private, |_| false).is_none();
        for public in ["/ip4/8.8.8.8/tcp/4001", "/ip6/2a00:1450::1/tcp/4001", "/ip4/8.8.8.8/udp/443/quic-v1"]
        {
            assert!(judge(public, false), "{public}");
        }
        for host in [
            "127.0.0.1",
            "127.9.9.9",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
        ] {
            assert!(!judge(&format!("/ip4/{host}/tcp/4001"), false), "{host}");
            assert!(!judge(&format!("/ip6/::ffff:{host}/tcp/4001"), false), "mapped {host}");
            assert!(!judge(&format!("/ip6/64:ff9b::{host}/tcp/4001"), false), "NAT64 {host}");
            assert!(judge(&format!("/ip4/{host}/tcp/4001"), true), "allowed {host}");
        }
        for host in ["::1", "fe80::1", "fd00::1", "fc00::1", "2002:7f00:1::", "2002:a9fe:a9fe::"] {
            assert!(!judge(&format!("/ip6/{host}/tcp/4001"), false), "{host}");
        }
        for never in [
            "/ip4/0.0.0.0/tcp/4001",
            "/ip4/224.0.0.1/tcp/4001",
            "/ip4/255.255.255.255/tcp/4001",
            "/ip6/::/tcp/4001",
            "/ip6/ff02::1/tcp/4001",
            "/ip4/8.8.8.8/tcp/0",
            "/dns4/localhost/tcp/4001",
        ] {
            assert!(!judge(never, true), "{never}");
        }
        assert!(!judge("/ip4/8.8.8.8/tcp/25", false));
    }

    #[test]
    fn an_address_heard_on_the_local_network_is_allowed_there_only() {
        let heard = |text: &str| forbidden(&text.parse().unwrap(), false, is_lan).is_none();
        assert!(heard("/ip4/192.168.1.7/tcp/4001"));
        assert!(!heard("/ip4/127.0.0.1/tcp/4001"));
        assert!(!heard("/ip4/169.254.169.254/tcp/8080"));
    }
}
