//! What platforms know of sellers, and how those are linked.

use std::collections::VecDeque;

use hashbrown::{Equivalent, HashMap};
use jiff::Timestamp;

use crate::domain::{PlatformSignal, SignalKind};

/// Links that are followed from one account, so that a crafted web costs no time.
const LINKS_MAX: usize = 64;
/// Accounts on the way from a seller to one that platforms know.
const STEPS_MAX: u32 = 2;

/// Sellers, by platform and id.
#[derive(Debug, Default)]
pub(in crate::screening) struct Sellers {
    numbers: HashMap<Account, u32>,
    sellers: Vec<Seller>,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Account {
    platform: String,
    seller_id: String,
}

#[derive(Hash)]
struct AccountRef<'a> {
    platform: &'a str,
    seller_id: &'a str,
}

impl Equivalent<Account> for AccountRef<'_> {
    fn equivalent(&self, account: &Account) -> bool {
        self.platform == account.platform && self.seller_id == account.seller_id
    }
}

#[derive(Debug, Default)]
struct Seller {
    id: String,
    signals: Vec<PlatformSignal>,
    links: Vec<Link>,
}

#[derive(Debug, Clone, Copy)]
struct Link {
    to: u32,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
}

/// An account that platforms know, to which a seller is linked.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::screening) struct Linked<'a> {
    pub(in crate::screening) seller_id: &'a str,
    /// 1, or 2 where another account stands between.
    pub(in crate::screening) steps: u32,
    /// What it is known for.
    pub(in crate::screening) signal: &'a PlatformSignal,
}

impl Sellers {
    pub(super) fn build(signals: &[PlatformSignal]) -> Self {
        let mut sellers = Self::default();
        // Sorted, so that the order in which they came decides neither which links are kept nor which is told.
        let mut sorted = signals.iter().filter(|it| !it.seller_id.is_empty()).collect::<Vec<_>>();
        sorted.sort_by_key(|it| (&it.platform, &it.seller_id, &it.linked_seller_id));
        for signal in sorted {
            let number = sellers.number(&signal.platform, &signal.seller_id);
            if signal.kind == SignalKind::AccountLinked {
                sellers.link(number, signal);
            } else if let Some(seller) = sellers.sellers.get_mut(number as usize) {
                seller.signals.push(signal.clone());
            }
        }
        for seller in &mut sellers.sellers {
            // The strongest complaint and the latest news first, whatever the order in which they came.
            seller.signals.sort_by(|a, b| {
                let key = |it: &PlatformSignal| (it.complaints_per_thousand, it.observed_at);
                key(b).cmp(&key(a)).then_with(|| a.recordal_no.cmp(&b.recordal_no))
            });
            seller.links.sort_by_key(|link| link.to);
            seller.links.truncate(LINKS_MAX);
        }
        sellers
    }

    fn number(&mut self, platform: &str, seller_id: &str) -> u32 {
        let next = u32::try_from(self.sellers.len()).unwrap_or(u32::MAX);
        let account = Account { platform: platform.to_owned(), seller_id: seller_id.to_owned() };
        let number = *self.numbers.entry(account).or_insert(next);
        if number == next {
            self.sellers.push(Seller { id: seller_id.to_owned(), ..Seller::default() });
        }
        number
    }

    /// A link leads both ways.
    fn link(&mut self, number: u32, signal: &PlatformSignal) {
        if signal.linked_seller_id.is_empty() {
            return;
        }
        let other = self.number(&signal.platform, &signal.linked_seller_id);
        for (here, to) in [(number, other), (other, number)] {
            if let Some(seller) = self.sellers.get_mut(here as usize)
                && here != to
            {
                seller.links.push(Link { to, from: signal.observed_at, until: signal.expires_at });
            }
        }
    }

    fn get(&self, platform: &str, seller_id: &str) -> Option<(u32, &Seller)> {
        let number = *self.numbers.get(&AccountRef { platform, seller_id })?;
        Some((number, self.sellers.get(number as usize)?))
    }

    /// What is known of a seller at a moment, of one kind.
    pub(in crate::screening) fn signals(
        &self,
        platform: &str,
        seller_id: &str,
        kind: SignalKind,
        at: Timestamp,
    ) -> impl Iterator<Item = &PlatformSignal> {
        let seller = self.get(platform, seller_id).map(|(_, seller)| seller);
        let signals = seller.into_iter().flat_map(|seller| &seller.signals);
        signals.filter(move |it| it.kind == kind && counts(it.observed_at, it.expires_at, at))
    }

    /// The nearest account that is verified or penalised at a moment, over links that hold then.
    pub(in crate::screening) fn linked(
        &self,
        platform: &str,
        seller_id: &str,
        at: Timestamp,
    ) -> Option<Linked<'_>> {
        let (start, _) = self.get(platform, seller_id)?;
        let mut seen = vec![start];
        let mut ahead = VecDeque::from([(start, 0)]);
        while let Some((number, steps)) = ahead.pop_front() {
            let seller = self.sellers.get(number as usize)?;
            let known = [SignalKind::CounterfeiterVerified, SignalKind::SellerPenalised]
                .into_iter()
                .find_map(|kind| {
                    let counts = |it: &&PlatformSignal| {
                        it.kind == kind && counts(it.observed_at, it.expires_at, at)
                    };
                    seller.signals.iter().find(counts)
                });
            if let Some(signal) = known.filter(|_| steps > 0) {
                return Some(Linked { seller_id: &seller.id, steps, signal });
            }
            if steps == STEPS_MAX {
                continue;
            }
            for link in seller.links.iter().filter(|it| counts(it.from, it.until, at)) {
                if !seen.contains(&link.to) {
                    seen.push(link.to);
                    ahead.push_back((link.to, steps + 1));
                }
            }
        }
        None
    }
}

/// From its first moment on, up to its last, which is outside.
fn counts(from: Option<Timestamp>, until: Option<Timestamp>, at: Timestamp) -> bool {
    from.is_none_or(|from| from <= at) && until.is_none_or(|until| at < until)
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
        let sellers = Sellers::build(&[one]);
        let known = |seller, at| {
            sellers.signals("P", seller, SignalKind::SellerPenalised, second(at)).count()
        };
        assert_eq!([9, 10, 19, 20].map(|at| known("S", at)), [0, 1, 1, 0]);
        assert_eq!(known("T", 15), 0);
        let other = sellers.signals("Q", "S", SignalKind::SellerPenalised, second(15)).count();
        assert_eq!(other, 0, "another platform's seller");
    }

    #[test]
    fn links_lead_both_ways_through_at_most_one_other_account_and_may_run_in_circles() {
        let bad = signal("bad", SignalKind::CounterfeiterVerified);
        let sellers = Sellers::build(&[
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
            let sellers = Sellers::build(signals);
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
        let sellers = Sellers::build(&[
            until(signal("bad", SignalKind::SellerPenalised), 20),
            until(link("a", "bad"), 10),
            link("b", "bad"),
        ]);
        let linked = |seller, at| sellers.linked("P", seller, second(at)).is_some();
        assert_eq!([9, 10].map(|at| linked("a", at)), [true, false]);
        assert_eq!([19, 20].map(|at| linked("b", at)), [true, false]);
    }
}
