//! What platforms know of sellers, and how those are linked.
//!
//! Kept flat and small: a hub knows hundreds of thousands of signals.

use std::collections::VecDeque;
use std::hash::BuildHasher as _;

use hashbrown::{DefaultHashBuilder, HashMap, HashTable};
use jiff::Timestamp;

use crate::domain::{PlatformSignal, SignalKind};

/// Links that are followed from one account, so that a crafted web costs no time.
const LINKS_MAX: usize = 64;
/// Signals for which room is set aside at once; where there are more it grows.
const RESERVED_MAX: usize = 1_000_000;
/// Accounts on the way from a seller to one that platforms know.
const STEPS_MAX: u32 = 2;

/// Sellers, by platform and id, with what is known of each. The order in which signals came decides nothing.
#[derive(Debug, Default)]
pub(in crate::screening) struct Sellers {
    accounts: Accounts,
    /// By seller; the strongest complaint and the latest news first.
    known: Vec<(Seller, Known)>,
    /// By seller, then by the id of the other account.
    links: Vec<(Seller, Link)>,
}

/// The number of an account.
type Seller = u32;

/// What a platform knows of a seller.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::screening) struct Known {
    pub(in crate::screening) kind: SignalKind,
    pub(in crate::screening) complaints_per_thousand: u32,
    /// Of a listing that was removed.
    pub(in crate::screening) listing_id: Box<str>,
    pub(in crate::screening) recordal_no: Box<str>,
    span: Span,
}

#[derive(Debug)]
struct Link {
    to: Seller,
    span: Span,
}

/// An account that platforms know, to which a seller is linked.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::screening) struct Linked<'a> {
    pub(in crate::screening) seller_id: &'a str,
    /// 1, or 2 where another account stands between.
    pub(in crate::screening) steps: u32,
    /// What it is known for.
    pub(in crate::screening) known: &'a Known,
}

impl Sellers {
    pub(super) fn build(signals: impl IntoIterator<Item = PlatformSignal>) -> Self {
        let mut sellers = Self::default();
        let signals = signals.into_iter();
        // Growing in steps would hold everything twice for a moment.
        sellers.known.reserve_exact(signals.size_hint().1.unwrap_or(0).min(RESERVED_MAX));
        for signal in signals {
            // A listing that was removed may come without its seller; it stands under the empty id.
            if !signal.seller_id.is_empty() || signal.kind == SignalKind::ListingRemoved {
                sellers.add(signal);
            }
        }
        let Self { accounts, known, links } = &mut sellers;
        known.sort_unstable_by(|(a, one), (b, other)| {
            a.cmp(b).then_with(|| other.strength().cmp(&one.strength())).then_with(|| {
                let texts = |it: &Known| (it.recordal_no.clone(), it.listing_id.clone());
                texts(one).cmp(&texts(other))
            })
        });
        links.sort_unstable_by_key(|(from, link)| (*from, accounts.id(link.to), link.span));
        known.shrink_to_fit();
        links.shrink_to_fit();
        sellers
    }

    fn add(&mut self, signal: PlatformSignal) {
        let span = Span::of(&signal);
        let seller = self.accounts.number(&signal.platform, &signal.seller_id);
        if signal.kind == SignalKind::AccountLinked {
            if !signal.linked_seller_id.is_empty() && signal.linked_seller_id != signal.seller_id {
                // A link leads both ways.
                let other = self.accounts.number(&signal.platform, &signal.linked_seller_id);
                self.links.push((seller, Link { to: other, span }));
                self.links.push((other, Link { to: seller, span }));
            }
            return;
        }
        let known = Known {
            kind: signal.kind,
            complaints_per_thousand: signal.complaints_per_thousand,
            listing_id: match signal.kind {
                SignalKind::ListingRemoved => signal.listing_id.into(),
                _ => Box::default(),
            },
            recordal_no: signal.recordal_no.into(),
            span,
        };
        self.known.push((seller, known));
    }

    /// What is known of a seller at a moment, of one kind.
    pub(in crate::screening) fn known(
        &self,
        platform: &str,
        seller_id: &str,
        kind: SignalKind,
        at: Timestamp,
    ) -> impl Iterator<Item = &Known> {
        let seller = self.accounts.find(platform, seller_id);
        let known = seller.map_or(&[][..], |seller| of(&self.known, seller));
        let counts = move |it: &&Known| it.kind == kind && it.span.holds(at);
        known.iter().map(|(_, known)| known).filter(counts)
    }

    /// The nearest account that is verified or penalised at a moment, over links that hold then.
    pub(in crate::screening) fn linked(
        &self,
        platform: &str,
        seller_id: &str,
        at: Timestamp,
    ) -> Option<Linked<'_>> {
        let start = self.accounts.find(platform, seller_id)?;
        let mut seen = vec![start];
        let mut ahead = VecDeque::from([(start, 0)]);
        while let Some((seller, steps)) = ahead.pop_front() {
            if let Some(known) = self.offence(seller, at).filter(|_| steps > 0) {
                return Some(Linked { seller_id: self.accounts.id(seller), steps, known });
            }
            if steps == STEPS_MAX {
                continue;
            }
            let links = of(&self.links, seller).iter().take(LINKS_MAX).map(|(_, link)| link);
            for link in links.filter(|it| it.span.holds(at)) {
                if !seen.contains(&link.to) {
                    seen.push(link.to);
                    ahead.push_back((link.to, steps + 1));
                }
            }
        }
        None
    }

    /// That a seller was verified as a counterfeiter, else that it was penalised.
    fn offence(&self, seller: Seller, at: Timestamp) -> Option<&Known> {
        let known = of(&self.known, seller);
        [SignalKind::CounterfeiterVerified, SignalKind::SellerPenalised].into_iter().find_map(
            |kind| {
                let counts = |it: &&Known| it.kind == kind && it.span.holds(at);
                known.iter().map(|(_, known)| known).find(counts)
            },
        )
    }
}

/// What is one seller's, of a list by seller.
fn of<T>(all: &[(Seller, T)], seller: Seller) -> &[(Seller, T)] {
    let start = all.partition_point(|(it, _)| *it < seller);
    let rest = all.get(start..).unwrap_or_default();
    rest.get(..rest.partition_point(|(it, _)| *it == seller)).unwrap_or_default()
}

impl Known {
    fn strength(&self) -> (u32, i64) {
        (self.complaints_per_thousand, self.span.from)
    }
}

/// From its first moment on, up to its last, which is outside; in microseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Span {
    from: i64,
    until: i64,
}

impl Span {
    fn of(signal: &PlatformSignal) -> Self {
        Self {
            from: signal.observed_at.map_or(i64::MIN, Timestamp::as_microsecond),
            until: signal.expires_at.map_or(i64::MAX, Timestamp::as_microsecond),
        }
    }

    fn holds(self, at: Timestamp) -> bool {
        (self.from..self.until).contains(&at.as_microsecond())
    }
}

/// Accounts of platforms, numbered.
#[derive(Debug, Default)]
struct Accounts {
    platforms: HashMap<String, u32>,
    /// The platform's number and the seller's id.
    all: Vec<(u32, Box<str>)>,
    numbers: HashTable<Seller>,
    hasher: DefaultHashBuilder,
}

impl Accounts {
    /// The number of an account, a new one where it has none.
    fn number(&mut self, platform: &str, seller_id: &str) -> Seller {
        if let Some(known) = self.find(platform, seller_id) {
            return known;
        }
        let next = number(self.platforms.len());
        let platform = *self.platforms.entry_ref(platform).or_insert(next);
        let seller = number(self.all.len());
        self.all.push((platform, seller_id.into()));
        let Self { all, numbers, hasher, .. } = self;
        numbers.insert_unique(hasher.hash_one((platform, seller_id)), seller, |&seller| {
            let account = all.get(seller as usize);
            hasher.hash_one(account.map(|(platform, id)| (*platform, &**id)).unwrap_or_default())
        });
        seller
    }

    fn find(&self, platform: &str, seller_id: &str) -> Option<Seller> {
        let account = (*self.platforms.get(platform)?, seller_id);
        let is_it = |&seller: &Seller| {
            let known = self.all.get(seller as usize);
            known.is_some_and(|(platform, id)| (*platform, &**id) == account)
        };
        self.numbers.find(self.hasher.hash_one(account), is_it).copied()
    }

    fn id(&self, seller: Seller) -> &str {
        self.all.get(seller as usize).map_or("", |(_, id)| id)
    }
}

/// A feed holds far fewer than 2^32 messages.
fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signal(seller_id: &str, kind: SignalKind) -> PlatformSignal {
        PlatformSignal {
            platform: "P".to_owned(),
            seller_id: seller_id.to_owned(),
            kind,
            ..PlatformSignal::default()
        }
    }

    fn link(from: &str, to: &str) -> PlatformSignal {
        let linked_seller_id = to.to_owned();
        PlatformSignal { linked_seller_id, ..signal(from, SignalKind::AccountLinked) }
    }

    fn second(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn a_signal_counts_from_its_first_second_up_to_its_last() {
        let one = PlatformSignal {
            observed_at: Some(second(10)),
            expires_at: Some(second(20)),
            ..signal("S", SignalKind::SellerPenalised)
        };
        let sellers = Sellers::build([one]);
        let known = |seller, at| {
            sellers.known("P", seller, SignalKind::SellerPenalised, second(at)).count()
        };
        assert_eq!([9, 10, 19, 20].map(|at| known("S", at)), [0, 1, 1, 0]);
        assert_eq!(known("T", 15), 0);
        let other = sellers.known("Q", "S", SignalKind::SellerPenalised, second(15)).count();
        assert_eq!(other, 0, "another platform's seller");
    }

    #[test]
    fn links_lead_both_ways_through_at_most_one_other_account_and_may_run_in_circles() {
        let bad = signal("bad", SignalKind::CounterfeiterVerified);
        let sellers = Sellers::build([
            bad,
            link("near", "bad"),
            link("far", "near"),
            link("farther", "far"),
            link("far", "farther"),
            link("self", "self"),
        ]);
        let steps = |seller| sellers.linked("P", seller, second(0)).map(|it| it.steps);
        assert_eq!(
            ["near", "far", "farther", "self", "nobody"].map(steps),
            [Some(1), Some(2), None, None, None]
        );
        assert_eq!(steps("bad"), None, "its own signal is another check's");
    }

    #[test]
    fn the_order_in_which_signals_come_decides_nothing() {
        let mut signals =
            ["x", "y", "z"].map(|bad| signal(bad, SignalKind::SellerPenalised)).to_vec();
        signals.extend(["z", "x", "y"].map(|bad| link("S", bad)));
        let told = |signals: &[PlatformSignal]| {
            let sellers = Sellers::build(signals.to_vec());
            sellers.linked("P", "S", second(0)).map(|it| it.seller_id.to_owned())
        };
        let forward = told(&signals);
        signals.reverse();
        assert_eq!((forward.as_deref(), told(&signals)), (Some("x"), forward.clone()));
    }

    #[test]
    fn links_and_what_they_lead_to_expire() {
        let until = |signal: PlatformSignal, end| PlatformSignal {
            expires_at: Some(second(end)),
            ..signal
        };
        let sellers = Sellers::build([
            until(signal("bad", SignalKind::SellerPenalised), 20),
            until(link("a", "bad"), 10),
            link("b", "bad"),
        ]);
        let linked = |seller, at| sellers.linked("P", seller, second(at)).is_some();
        assert_eq!([9, 10].map(|at| linked("a", at)), [true, false]);
        assert_eq!([19, 20].map(|at| linked("b", at)), [true, false]);
    }
}
