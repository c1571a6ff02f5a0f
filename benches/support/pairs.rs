//! Two ways of doing the same, measured in turn within one run: whatever else the machine does meets both.

use std::fmt;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// The processor time of one way for that of the other.
pub struct Ratio {
    pub median: f64,
    /// The standard error of the median.
    pub error: f64,
    low: f64,
    high: f64,
    /// The same where nobody else wants the caches: a tenth of all times of each is shorter than those compared.
    undisturbed: f64,
    /// What the other takes, as a median.
    pub other: Duration,
}

impl Ratio {
    /// How many pairs there are to be, unless the command line says `pairs=N`.
    pub fn pairs(default: usize) -> usize {
        std::env::args()
            .find_map(|argument| argument.strip_prefix("pairs=")?.parse().ok())
            .unwrap_or(default)
    }

    /// Measures both so many times.
    pub fn measure(pairs: usize, one: impl Fn(), other: impl Fn()) -> Self {
        // Memory is asked for, and whatever else comes once in the life of a process is made.
        one();
        other();
        let (mut ratios, mut ones, mut others) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..pairs.div_ceil(2) {
            // Who follows the other finds the caches full of what that one wants, who follows itself finds its own: one, other,
            // other, one is fair to both, and a pair alone to neither.
            let first = processor_time(&one);
            let other_times = [processor_time(&other), processor_time(&other)];
            let one_times = [first, processor_time(&one)];
            let sum = |times: [Duration; 2]| times.iter().sum::<Duration>().as_secs_f64();
            ratios.push(sum(one_times) / sum(other_times));
            ones.extend(one_times.map(|it| it.as_secs_f64()));
            others.extend(other_times.map(|it| it.as_secs_f64()));
        }
        let [low, median, high] = [0.25, 0.5, 0.75].map(|share| quantile(&mut ratios, share));
        // Of what is spread normally, from the quartiles.
        let error = 0.93 * (high - low) / (ratios.len() as f64).sqrt();
        let undisturbed = quantile(&mut ones, 0.1) / quantile(&mut others, 0.1);
        let other = Duration::from_secs_f64(quantile(&mut others, 0.5));
        Self { median, error, low, high, undisturbed, other }
    }

    /// The share that the one surely takes more than the other.
    pub fn surely_more(&self) -> f64 {
        self.median - 1.0 - 2.0 * self.error
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { median, error, low, high, undisturbed, .. } = self;
        write!(
            f,
            "{median:.4} +- {error:.4} (quartiles {low:.4} to {high:.4}, undisturbed {undisturbed:.4})"
        )
    }
}

/// What this thread takes of a processor. What else the machine does counts only where it wants the same caches.
fn processor_time(work: impl Fn()) -> Duration {
    let now = || Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).expect("a time");
    let began = now();
    work();
    now().saturating_sub(began)
}

fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let place = (values.len() as f64 * share) as usize;
    values.get(place).copied().expect("at least one pair")
}
