//! Address ranges: `10.0.0.0/8`, `fd00::/8`.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::UnitError;
use super::literal::shown;

/// Which of the two address spaces; their ranges never overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// IPv4, 32 bits.
    V4,
    /// IPv6, 128 bits.
    V6,
}

/// A range of addresses in canonical form: every bit past the prefix is zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cidr {
    address: IpAddr,
    bits: u8,
}

const fn v4(a: u8, b: u8, bits: u8) -> Cidr {
    Cidr { address: IpAddr::V4(Ipv4Addr::new(a, b, 0, 0)), bits }
}

const fn v6(first: u16, bits: u8) -> Cidr {
    Cidr { address: IpAddr::V6(Ipv6Addr::new(first, 0, 0, 0, 0, 0, 0, 0)), bits }
}

impl Cidr {
    /// Every IPv4 address.
    pub const ALL_V4: Self = v4(0, 0, 0);
    /// Every IPv6 address.
    pub const ALL_V6: Self = v6(0, 0);

    /// The IPv4 ranges that are not on the public internet: private, shared (carrier), loopback and link-local, the last of
    /// which holds the clouds' metadata services.
    pub const PRIVATE_V4: [Self; 6] = [v4(10, 0, 8), v4(100, 64, 10), v4(127, 0, 8), v4(169, 254, 16), v4(172, 16, 12), v4(192, 168, 16)];

    /// The IPv6 ranges that are not on the public internet: loopback, unique local and link-local.
    pub const PRIVATE_V6: [Self; 3] = [Self { address: IpAddr::V6(Ipv6Addr::LOCALHOST), bits: 128 }, v6(0xfc00, 7), v6(0xfe80, 10)];

    /// Reads `ADDRESS/BITS`.
    ///
    /// # Errors
    /// When either part is wrong; when bits past the prefix are set, or the address is not written canonically, with the
    /// canonical form as replacement.
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        let error = |why: &str| UnitError::new(format!("{} is no CIDR: {why}", shown(text)));
        let Some((address, prefix)) = text.split_once('/') else {
            return Err(match text.parse::<IpAddr>() {
                Ok(address) => error("it has no prefix length").replace(format!("{address}/{}", width(address))),
                Err(_) => error("it is no address and prefix length").help("write a range such as `10.0.0.0/8`"),
            });
        };
        let Ok(parsed) = address.parse::<IpAddr>() else {
            return Err(error(&format!("{} is no IP address", shown(address))));
        };
        if let IpAddr::V6(v6) = parsed
            && let Some(v4) = v6.to_ipv4_mapped()
        {
            return Err(error("it writes an IPv4 address as IPv6").help(format!("write the IPv4 range, such as `{v4}/32`")));
        }
        let max = width(parsed);
        let digits = !prefix.is_empty() && prefix.bytes().all(|b| b.is_ascii_digit());
        let Some(bits) = prefix.parse::<u8>().ok().filter(|bits| digits && *bits <= max) else {
            return Err(error(&format!("its prefix length is 0 to {max}")));
        };
        let cidr = Self { address: masked(parsed, bits), bits };
        if cidr.address != parsed {
            return Err(error(&format!("`{parsed}` has bits set past the first {bits}")).replace(cidr.to_string()));
        }
        if cidr.to_string() != text {
            return Err(error("it is not written in its shortest form").replace(cidr.to_string()));
        }
        Ok(cidr)
    }

    /// The address space.
    pub fn family(&self) -> Family {
        match self.address {
            IpAddr::V4(_) => Family::V4,
            IpAddr::V6(_) => Family::V6,
        }
    }

    /// The prefix length.
    pub fn bits(&self) -> u8 {
        self.bits
    }

    /// The first address, as a number of its own space.
    pub fn first(&self) -> u128 {
        number(self.address)
    }

    /// The last address, as a number of its own space.
    pub fn last(&self) -> u128 {
        self.first() | host_mask(width(self.address), self.bits)
    }

    /// True where every address of `other` is in this range.
    pub fn contains(&self, other: &Self) -> bool {
        self.family() == other.family() && self.first() <= other.first() && other.last() <= self.last()
    }

    /// True where some address is in both ranges.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.contains(other) || other.contains(self)
    }

    /// True where no address of the range is on the public internet.
    pub fn is_private(&self) -> bool {
        Self::PRIVATE_V4.iter().chain(&Self::PRIVATE_V6).any(|private| private.contains(self))
    }
}

fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(v4.to_bits()),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

/// The bits of the host part, all set.
fn host_mask(width: u8, bits: u8) -> u128 {
    let host = u32::from(width.saturating_sub(bits));
    // A shift by all 128 bits has no result: there are no host bits.
    u128::MAX.checked_shr(128 - host).unwrap_or(0)
}

fn masked(address: IpAddr, bits: u8) -> IpAddr {
    let value = number(address) & !host_mask(width(address), bits);
    match address {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::from_bits(u32::try_from(value).unwrap_or(u32::MAX))),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::from_bits(value)),
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn cidr(text: &str) -> Cidr {
        Cidr::parse(text).unwrap()
    }

    #[test]
    fn reads_and_prints() {
        for (text, first, last) in [
            ("10.0.0.0/8", 0x0a00_0000, 0x0aff_ffff),
            ("0.0.0.0/0", 0, 0xffff_ffff),
            ("1.2.3.4/32", 0x0102_0304, 0x0102_0304),
            ("::/0", 0, u128::MAX),
            ("::1/128", 1, 1),
            ("2001:db8::/32", 0x2001_0db8 << 96, (0x2001_0db9 << 96) - 1),
        ] {
            assert_eq!(cidr(text).to_string(), text);
            assert_eq!((cidr(text).first(), cidr(text).last()), (first, last), "{text}");
        }
    }

    #[test]
    fn refuses_with_the_fix() {
        for (text, replacement) in [
            ("10.0.0.1/8", Some("10.0.0.0/8")),
            ("10.0.0.1", Some("10.0.0.1/32")),
            ("::1", Some("::1/128")),
            ("2001:db8::1/32", Some("2001:db8::/32")),
            ("2001:DB8::/32", Some("2001:db8::/32")),
            ("10.0.0.0/08", Some("10.0.0.0/8")),
            ("999.1.1.1/8", None),
            ("10.0.0.0/33", None),
            ("::/129", None),
            ("10.0.0.0/", None),
            ("10.0.0.0/-1", None),
            ("10.0.0.0/+8", None),
            ("10.0.0.0/8/8", None),
            ("010.0.0.0/8", None),
            ("10.0.0/8", None),
            ("::ffff:10.0.0.0/104", None),
            ("10.0.0.0 /8", None),
            ("", None),
        ] {
            let error = Cidr::parse(text).unwrap_err();
            assert_eq!(error.replacement.as_deref(), replacement, "{text}: {error}");
        }
    }

    #[test]
    fn sets() {
        assert!(cidr("10.0.0.0/8").contains(&cidr("10.1.0.0/16")));
        assert!(cidr("10.0.0.0/8").contains(&cidr("10.0.0.0/8")));
        assert!(!cidr("10.1.0.0/16").contains(&cidr("10.0.0.0/8")));
        assert!(cidr("10.1.0.0/16").overlaps(&cidr("10.0.0.0/8")));
        assert!(!cidr("10.0.0.0/8").overlaps(&cidr("11.0.0.0/8")));
        assert!(!cidr("::/0").contains(&cidr("0.0.0.0/0")));
        assert!(!cidr("0.0.0.0/0").contains(&cidr("::/0")));
        for text in [
            "10.1.2.3/32",
            "192.168.0.0/24",
            "172.31.0.0/16",
            "169.254.169.254/32",
            "127.0.0.1/32",
            "100.64.0.0/10",
            "fd00::/8",
            "::1/128",
            "fe80::/64",
        ] {
            assert!(cidr(text).is_private(), "{text}");
        }
        for text in ["0.0.0.0/0", "8.8.8.8/32", "172.0.0.0/8", "172.32.0.0/16", "2001:db8::/32", "::/0"] {
            assert!(!cidr(text).is_private(), "{text}");
        }
        for private in Cidr::PRIVATE_V4.iter().chain(&Cidr::PRIVATE_V6) {
            assert_eq!(Cidr::parse(&private.to_string()).as_ref(), Ok(private));
        }
    }
}
