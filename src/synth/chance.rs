//! Chance from a seed: the same numbers on every machine and in every version.
//!
//! The generator's algorithm is published and fixed; what is drawn from it (shares, picks) is written here,
//! because libraries reserve the right to change how they turn bits into choices. Every county draws from a stream of its own, so
//! that it comes out the same whatever is written before it.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{RngCore, SeedableRng};

/// A stream of chance.
pub(super) struct Chance(Xoshiro256PlusPlus);

impl Chance {
    /// The stream of a purpose and a number under a seed.
    pub(super) fn of(seed: u64, purpose: &str, number: u64) -> Self {
        // FNV-1a over seed, purpose and number: streams differ when any of them does.
        let bytes = seed.to_le_bytes().into_iter().chain(purpose.bytes()).chain(number.to_le_bytes());
        let mixed =
            bytes.fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3));
        Self(Xoshiro256PlusPlus::seed_from_u64(mixed))
    }

    /// A number from 0 to below `end`; 0 when `end` is 0.
    pub(super) fn below(&mut self, end: usize) -> usize {
        let wide = u128::from(self.0.next_u64()) * (end as u128);
        (wide >> 64) as usize // below `end`, so it fits
    }

    /// A number from `first` to `last`, both included.
    pub(super) fn between(&mut self, first: usize, last: usize) -> usize {
        first + self.below(last - first + 1)
    }

    /// True in `share` of a thousand cases.
    pub(super) fn mille(&mut self, share: u32) -> bool {
        self.below(1_000) < share as usize
    }

    /// One of a list.
    pub(super) fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    /// One of some words.
    pub(super) fn word(&mut self, list: &[&'static str]) -> &'static str {
        list[self.below(list.len())]
    }

    /// One of a list by weight.
    pub(super) fn weighted<T: Copy>(&mut self, list: &[(T, u32)]) -> T {
        let total: usize = list.iter().map(|(_, w)| *w as usize).sum();
        let mut left = self.below(total);
        for (value, weight) in list {
            match left.checked_sub(*weight as usize) {
                Some(rest) => left = rest,
                None => return *value,
            }
        }
        list[list.len() - 1].0
    }

    /// Puts a list into a random order.
    pub(super) fn shuffle<T>(&mut self, list: &mut [T]) {
        for i in (1..list.len()).rev() {
            list.swap(i, self.below(i + 1));
        }
    }
}

/// Ranks by Zipf's law: rank k is drawn with a weight of 1/k^s.
pub(super) struct Zipf {
    /// Weights added up.
    sums: Vec<u64>,
}

impl Zipf {
    /// For `count` ranks, s in tenths (11 for 1.1; 0 for equal shares).
    pub(super) fn new(count: usize, tenths: u32) -> Self {
        let s = f64::from(tenths) / 10.0;
        let mut sum = 0;
        // Whole numbers: the last digits of a power may differ between machines, the thousandth part of a weight does not matter.
        let weight = |k: usize| ((1e9 / (k as f64).powf(s)).round() as u64).max(1);
        let sums = (1..=count.max(1)).map(|k| {
            sum += weight(k);
            sum
        });
        Self { sums: sums.collect() }
    }

    /// A rank, from 0.
    pub(super) fn draw(&self, chance: &mut Chance) -> usize {
        let total = self.sums[self.sums.len() - 1];
        let at = chance.below(total as usize) as u64;
        self.sums.partition_point(|s| *s <= at)
    }

    /// Shares out a total among the ranks, in proportion, `least` for each at least where there is enough.
    pub(super) fn share_out(&self, total: usize, least: usize) -> Vec<usize> {
        let n = self.sums.len();
        let least = if total >= least * n { least } else { total / n };
        let spare = total - least * n;
        let all = u128::from(self.sums[n - 1]);
        // Differences of rounded sums: whatever rounding does, they add up to the total.
        let upto = |i: usize| if i == 0 { 0 } else { (spare as u128 * u128::from(self.sums[i - 1]) / all) as usize };
        (0..n).map(|i| least + upto(i + 1) - upto(i)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Chance, Zipf};

    #[test]
    fn a_seed_gives_these_numbers_for_ever() {
        let mut chance = Chance::of(1, "test", 0);
        let drawn: Vec<usize> = (0..6).map(|_| chance.below(1_000)).collect();
        assert_eq!(drawn, [272, 456, 215, 811, 614, 754]);
    }

    #[test]
    fn shares_add_up() {
        let shares = Zipf::new(9, 11).share_out(1_900, 5);
        assert_eq!(shares.iter().sum::<usize>(), 1_900);
        assert!(shares.windows(2).all(|w| w[0] >= w[1]) && shares[8] >= 5, "{shares:?}");
        assert_eq!(Zipf::new(4, 11).share_out(2, 5), [1, 0, 0, 1]);
    }
}
