//! Sets of ports: for each protocol, ranges of port numbers.

use crate::plan::model::Protocol;

/// A protocol, the first and the last port.
pub(super) type Range = (Protocol, u16, u16);

/// The lowest port, and the highest.
pub(super) const FIRST: u16 = 1;
pub(super) const LAST: u16 = u16::MAX;

/// Every port of every protocol.
pub(super) const ALL: [Range; 3] = [(Protocol::Tcp, FIRST, LAST), (Protocol::Udp, FIRST, LAST), (Protocol::Sctp, FIRST, LAST)];

/// A set in its one form: sorted, and joined where ranges meet, so that equal sets are equal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ports(Vec<Range>);

impl Ports {
    /// The set of these ranges, which may overlap.
    pub fn of(mut ranges: Vec<Range>) -> Self {
        if ranges.len() > 1 {
            ranges.sort_unstable();
            ranges.dedup_by(|next, kept| {
                let meets = next.0 == kept.0 && u32::from(next.1) <= u32::from(kept.2) + 1;
                if meets {
                    kept.2 = kept.2.max(next.2);
                }
                meets
            });
        }
        ranges.retain(|(_, first, last)| first <= last);
        Ports(ranges)
    }
    /// Every port.
    pub fn all() -> Self {
        Ports(ALL.to_vec())
    }
    /// Is it empty?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// The ports that both have.
    pub fn and(&self, other: &Ports) -> Ports {
        let both = |a: &Range, b: &Range| (a.0 == b.0).then(|| (a.0, a.1.max(b.1), a.2.min(b.2))).filter(|(_, first, last)| first <= last);
        Ports::of(self.0.iter().flat_map(|a| other.0.iter().filter_map(move |b| both(a, b))).collect())
    }
    /// The ports that the other has not.
    pub fn without(&self, other: &Ports) -> Ports {
        let mut rest = self.0.clone();
        for &(protocol, low, high) in &other.0 {
            let cut = |range: Range| {
                let (of, first, last) = range;
                if of != protocol || last < low || first > high {
                    return [Some(range), None];
                }
                let before = low.checked_sub(1).filter(|end| first <= *end).map(|end| (of, first, end));
                let after = high.checked_add(1).filter(|start| *start <= last).map(|start| (of, start, last));
                [before, after]
            };
            rest = rest.into_iter().flat_map(cut).flatten().collect();
        }
        Ports::of(rest)
    }
    /// The ranges, sorted.
    #[cfg(test)]
    pub fn ranges(&self) -> &[Range] {
        &self.0
    }
    /// The first range.
    pub fn first(&self) -> Option<Range> {
        self.0.first().copied()
    }
}

impl std::fmt::Display for Ports {
    /// "TCP 80, TCP 8000-8080, UDP (every port)".
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (number, (protocol, first, last)) in self.0.iter().enumerate() {
            let comma = if number > 0 { ", " } else { "" };
            let name = protocol.as_str();
            match (*first, *last) {
                (FIRST, LAST) => write!(f, "{comma}every {name} port")?,
                (first, last) if first == last => write!(f, "{comma}{name} {first}")?,
                (first, last) => write!(f, "{comma}{name} {first}-{last}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: Protocol = Protocol::Tcp;
    const U: Protocol = Protocol::Udp;

    #[test]
    fn equal_sets_are_equal() {
        let a = Ports::of(vec![(T, 80, 90), (U, 5, 5), (T, 91, 100), (T, 85, 86)]);
        assert_eq!(a, Ports::of(vec![(T, 80, 100), (U, 5, 5)]));
        assert_eq!(a.to_string(), "TCP 80-100, UDP 5");
        assert_eq!(Ports::of(vec![(T, 1, 65535), (T, 65535, 65535)]).to_string(), "every TCP port");
    }

    #[test]
    fn sets_are_cut_and_met() {
        let all = Ports::of(vec![(T, 1, 65535)]);
        let some = Ports::of(vec![(T, 1, 9), (T, 20, 29), (T, 65535, 65535), (U, 1, 3)]);
        assert_eq!(all.and(&some).ranges(), [(T, 1, 9), (T, 20, 29), (T, 65535, 65535)]);
        assert_eq!(all.without(&some).ranges(), [(T, 10, 19), (T, 30, 65534)]);
        assert_eq!(some.without(&all).ranges(), [(U, 1, 3)]);
        assert!(some.without(&some).is_empty());
        assert_eq!(Ports::all().and(&some), some);
    }
}
