//! Which addresses a source may be fetched from.
//!
//! A server's answer decides where the next request goes, and a name's owner decides where it leads. Neither may
//! lead into the office's own network unless the administrator has named the place. Ranges: RFC 6890 and the IANA
//! registries of special-purpose addresses; metadata addresses: the documentation of the clouds that use them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where an address leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    Public,
    /// Somebody's own network: allowed by host, range or address.
    Private(&'static str),
    /// Services of the machine or the cloud below it: allowed by the very address only.
    Machine(&'static str),
    /// Nothing that could be fetched from.
    Never(&'static str),
}

/// Answers with credentials of the machine, in every cloud that uses them.
const METADATA: [IpAddr; 5] = [
    IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
];

/// Ranges of IPv4: first address, length of the prefix, ground.
const V4: [(Ipv4Addr, u32, Ground); 16] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8, Ground::Never("unspecified")),
    (Ipv4Addr::new(10, 0, 0, 0), 8, Ground::Private("private")),
    (Ipv4Addr::new(100, 64, 0, 0), 10, Ground::Private("of a provider's inner network")),
    (Ipv4Addr::new(127, 0, 0, 0), 8, Ground::Private("loopback")),
    (Ipv4Addr::new(169, 254, 0, 0), 16, Ground::Machine("link-local")),
    (Ipv4Addr::new(172, 16, 0, 0), 12, Ground::Private("private")),
    (Ipv4Addr::new(192, 0, 0, 0), 24, Ground::Never("reserved")),
    (Ipv4Addr::new(192, 0, 2, 0), 24, Ground::Never("for documentation")),
    (Ipv4Addr::new(192, 31, 196, 0), 24, Ground::Never("reserved")),
    (Ipv4Addr::new(192, 88, 99, 0), 24, Ground::Never("reserved")),
    (Ipv4Addr::new(192, 168, 0, 0), 16, Ground::Private("private")),
    (Ipv4Addr::new(198, 18, 0, 0), 15, Ground::Private("for benchmarks")),
    (Ipv4Addr::new(198, 51, 100, 0), 24, Ground::Never("for documentation")),
    (Ipv4Addr::new(203, 0, 113, 0), 24, Ground::Never("for documentation")),
    (Ipv4Addr::new(224, 0, 0, 0), 4, Ground::Never("multicast")),
    (Ipv4Addr::new(240, 0, 0, 0), 4, Ground::Never("reserved")),
];

/// Ranges of IPv6 that do not carry an IPv4 address; what is outside 2000::/3 and not here is reserved.
const V6: [(Ipv6Addr, u32, Ground); 9] = [
    (Ipv6Addr::LOCALHOST, 128, Ground::Private("loopback")),
    (Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, 0, 0), 48, Ground::Private("private")),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, Ground::Private("private")),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10, Ground::Machine("link-local")),
    (Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 0), 10, Ground::Private("private")),
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8, Ground::Never("multicast")),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, Ground::Never("reserved")),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32, Ground::Never("for documentation")),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20, Ground::Never("for documentation")),
];

/// Where an address leads; an IPv6 address that carries an IPv4 one leads where that one does.
pub fn ground(address: IpAddr) -> Ground {
    if METADATA.contains(&address) {
        return Ground::Machine("a cloud's metadata service");
    }
    match address {
        IpAddr::V4(v4) => {
            let inside = |(first, length, _): &&(Ipv4Addr, u32, Ground)| {
                starts_alike(u128::from(v4.to_bits()) << 96, u128::from(first.to_bits()) << 96, *length)
            };
            V4.iter().find(inside).map_or(Ground::Public, |(.., ground)| *ground)
        }
        IpAddr::V6(v6) => {
            if let Some(v4) = carried(v6) {
                return ground(IpAddr::V4(v4));
            }
            let inside =
                |(first, length, _): &&(Ipv6Addr, u32, Ground)| starts_alike(v6.to_bits(), first.to_bits(), *length);
            match V6.iter().find(inside) {
                Some((.., ground)) => *ground,
                None if v6.segments()[0] & 0xe000 == 0x2000 => Ground::Public,
                None => Ground::Never("reserved"),
            }
        }
    }
}

/// The IPv4 address inside: mapped (::ffff:0:0/96), by translation (64:ff9b::/96) or by 6to4 (2002::/16).
fn carried(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    let s = v6.segments();
    let two = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match s {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(two(high, low)),
        [0x2002, high, low, ..] => Some(two(high, low)),
        _ => None,
    }
}

fn starts_alike(a: u128, b: u128, length: u32) -> bool {
    length == 0 || (a ^ b) >> (128 - length) == 0
}

/// Places that the administrator has named.
#[derive(Clone, Debug, Default)]
pub struct Allowed {
    hosts: Vec<String>,
    ranges: Vec<(IpAddr, u32)>,
}

impl Allowed {
    /// Reads hosts, addresses and ranges such as `10.1.0.0/16`.
    ///
    /// # Errors
    /// Names the entry that is none of these.
    pub fn parse(entries: &[String]) -> Result<Allowed, String> {
        let mut allowed = Allowed::default();
        for entry in entries {
            let wrong = || {
                format!(
                    "allow_private: {entry:?} is no host, address or range; write ledger.example.org or 10.1.0.0/16"
                )
            };
            let (address, length) = match entry.split_once('/') {
                Some((address, length)) => (address, Some(length.parse::<u32>().map_err(|_| wrong())?)),
                None => (entry.as_str(), None),
            };
            match (address.parse::<IpAddr>(), length) {
                (Ok(address), length) => {
                    let whole = if address.is_ipv4() { 32 } else { 128 };
                    let length = length.unwrap_or(whole);
                    if length > whole {
                        return Err(wrong());
                    }
                    allowed.ranges.push((address, length));
                }
                (Err(_), None) if is_host(entry) => allowed.hosts.push(entry.to_ascii_lowercase()),
                _ => return Err(wrong()),
            }
        }
        Ok(allowed)
    }

    /// May this host be fetched from at this address?
    ///
    /// # Errors
    /// What kind of address it is.
    pub fn check(&self, host: &str, address: IpAddr) -> Result<(), &'static str> {
        let bare = address.to_canonical();
        let exactly = self
            .ranges
            .iter()
            .any(|(a, length)| a.to_canonical() == bare && *length == if a.is_ipv4() { 32 } else { 128 });
        let by_range = self.ranges.iter().any(|(first, length)| match (first, bare) {
            (IpAddr::V4(first), IpAddr::V4(v4)) => {
                starts_alike(u128::from(v4.to_bits()) << 96, u128::from(first.to_bits()) << 96, *length)
            }
            (IpAddr::V6(first), IpAddr::V6(v6)) => starts_alike(v6.to_bits(), first.to_bits(), *length),
            _ => false,
        });
        let by_host = self.hosts.iter().any(|h| h == host);
        match ground(address) {
            Ground::Public => Ok(()),
            Ground::Private(_) if by_range || by_host => Ok(()),
            Ground::Machine(_) if exactly => Ok(()),
            Ground::Private(what) | Ground::Machine(what) | Ground::Never(what) => Err(what),
        }
    }

    /// Is this host itself named, as a name or as an address?
    pub fn names(&self, host: &str) -> bool {
        self.hosts.iter().any(|h| h == host)
            || host.parse::<IpAddr>().is_ok_and(|a| ground(a) != Ground::Public && self.check(host, a).is_ok())
    }
}

fn is_host(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'))
}

#[cfg(test)]
mod tests {
    use super::{Allowed, Ground, ground};

    #[test]
    fn special_addresses_are_known() {
        let private = "10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.255 192.168.0.1 127.0.0.1 127.255.0.9 100.64.0.1
            100.127.255.255 198.18.0.1 198.19.255.255 ::1 fc00::1 fdff::1 fec0::1 64:ff9b:1::1 ::ffff:10.0.0.1 ::ffff:127.0.0.1
            64:ff9b::7f00:1 64:ff9b::c0a8:101 2002:7f00:1:: 2002:a00:1::";
        let machine = "169.254.0.1 169.254.169.254 ::ffff:169.254.169.254 100.100.100.200 168.63.129.16 192.0.0.192
            fd00:ec2::254 fe80::1 febf::1 64:ff9b::a9fe:a9fe 2002:a9fe:a9fe::";
        let never = "0.0.0.0 0.1.2.3 192.0.0.1 192.0.2.1 198.51.100.1 203.0.113.1 192.88.99.1 224.0.0.1 239.255.255.255
            240.0.0.1 255.255.255.255 :: ::2 ::7f00:1 ff02::1 2001::1 2001:db8::1 3fff::1 100::1 4000::1 ::ffff:0.0.0.0";
        let public =
            "1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 169.253.255.255
            172.15.255.255 172.32.0.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 223.255.255.255
            2606:4700::1 2400:3200::1 ::ffff:1.1.1.1 64:ff9b::101:101";
        for (list, wanted) in [(private, 0), (machine, 1), (never, 2), (public, 3)] {
            for text in list.split_whitespace() {
                let found = match ground(text.parse().expect(text)) {
                    Ground::Private(_) => 0,
                    Ground::Machine(_) => 1,
                    Ground::Never(_) => 2,
                    Ground::Public => 3,
                };
                assert_eq!(found, wanted, "{text}");
            }
        }
    }

    #[test]
    fn what_was_named_is_allowed_and_nothing_beside_it() {
        let names: Vec<String> =
            ["10.1.0.0/16", "Ledger.example", "169.254.0.0/16", "169.254.169.254", "::1"].map(str::to_owned).into();
        let allowed = Allowed::parse(&names).expect("reads");
        let check = |host: &str, address: &str| allowed.check(host, address.parse().expect("an address")).is_ok();
        assert!(check("x", "10.1.2.3") && check("x", "::ffff:10.1.2.3") && check("x", "::1") && check("x", "1.1.1.1"));
        assert!(!check("x", "10.2.0.1") && !check("x", "127.0.0.1"));
        assert!(check("ledger.example", "127.0.0.1") && check("ledger.example", "192.168.7.7"));
        assert!(!check("ledger.example", "169.254.169.253"), "a name is no way to the machine's services");
        assert!(check("x", "169.254.169.254") && !check("x", "169.254.1.1"), "nor is a range");
        assert!(
            Allowed::parse(&["0.0.0.0/0".to_owned()])
                .expect("reads")
                .check("x", "224.0.0.1".parse().expect("an address"))
                .is_err()
        );
        for wrong in ["", "10.0.0.0/33", "10.0.0.0/x", "http://x", "a b"] {
            assert!(Allowed::parse(&[wrong.to_owned()]).is_err(), "{wrong}");
        }
    }
}
