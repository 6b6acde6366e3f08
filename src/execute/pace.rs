//! How large the next batch is: as large as fits the time that a batch may take.

use std::time::Duration;

/// Sizes of batches, in rows or in pages.
#[derive(Debug)]
pub(super) struct Pace {
    size: f64,
    least: f64,
    floor: f64,
    most: f64,
    target: Duration,
    /// Seconds that a row (or page) takes, a moving average.
    each: Option<f64>,
}

/// The weight of the newest batch in the average.
const NEWEST: f64 = 0.4;
/// A batch is at most so much larger than the one before.
const GROWTH: f64 = 1.2;

impl Pace {
    /// For batches of rows of a key.
    pub fn of_rows(batch_time: Duration) -> Self {
        Self::new(batch_time, 1_000.0, 100.0, 2_000_000.0)
    }

    /// For batches of pages.
    pub fn of_pages(batch_time: Duration) -> Self {
        Self::new(batch_time, 16.0, 2.0, 32_768.0)
    }

    fn new(batch_time: Duration, least: f64, floor: f64, most: f64) -> Self {
        Self {
            size: least,
            least,
            floor,
            most,
            // Batches differ; aiming below the limit keeps most of them under it.
            target: batch_time.mul_f64(0.7),
            each: None,
        }
    }

    /// The size of the next batch.
    pub fn size(&self) -> u64 {
        // Clamped far below what an f64 holds exactly.
        self.size.max(1.0) as u64
    }

    /// A batch of that many took so long.
    pub fn took(&mut self, done: u64, elapsed: Duration) {
        // Times are averaged, not speeds: among many quick batches a slow one would hardly move an average of speeds.
        let now = elapsed.as_secs_f64().max(0.000_1) / (done as f64).max(1.0);
        let each = self
            .each
            .map_or(now, |before| before * (1.0 - NEWEST) + now * NEWEST);
        self.each = Some(each);
        let fits = self.target.as_secs_f64() / each;
        let least = self.least.min(self.size * GROWTH);
        self.size = fits
            .clamp(self.size / 2.0, self.size * GROWTH)
            .clamp(least, self.most);
    }

    /// A batch ran into a lock or its timeout.
    pub fn halve(&mut self) {
        self.size = (self.size / 2.0).max(self.floor);
        self.each = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HALF: Duration = Duration::from_millis(500);

    #[test]
    fn quick_batches_grow_by_a_fifth() {
        let mut pace = Pace::of_rows(HALF);
        pace.took(1000, Duration::from_millis(5));
        assert_eq!(pace.size(), 1200);
    }

    #[test]
    fn slow_batches_shrink_but_not_below_the_least() {
        let mut pace = Pace::of_rows(HALF);
        for _ in 0..50 {
            pace.took(pace.size(), Duration::from_millis(5));
        }
        let large = pace.size();
        pace.took(large, Duration::from_secs(20));
        assert!(pace.size() < large);
        for _ in 0..50 {
            pace.took(pace.size(), Duration::from_secs(20));
        }
        assert_eq!(pace.size(), 1000);
    }

    #[test]
    fn trouble_halves_down_to_a_hundred_and_the_size_recovers() {
        let mut pace = Pace::of_rows(HALF);
        for _ in 0..10 {
            pace.halve();
        }
        assert_eq!(pace.size(), 100);
        pace.took(100, Duration::from_millis(1));
        assert_eq!(pace.size(), 120);
    }
}
