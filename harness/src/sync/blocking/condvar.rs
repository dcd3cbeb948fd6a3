//! A condition that threads wait for.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{self as original, PoisonError};

use super::{LockResult, MutexGuard};
use crate::sync::Driver;
use crate::sync::site::{Site, at};

/// `std::sync::Condvar`.
///
/// On threads of loom's, nobody wakes without having been notified, and of those that wait the one
/// that came first is notified: std allows more. Waiting with a timeout is not offered.
pub struct Condvar {
    driver: Driver,
    original: original::Condvar,
    /// On threads of loom's, those who wait and were not notified.
    waiting: original::Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    numbers: VecDeque<u64>,
    next: u64,
}

impl Condvar {
    /// Nobody waits for it.
    pub fn new() -> Self {
        let driver = Driver::current("Condvar");
        Condvar { driver, original: original::Condvar::new(), waiting: Default::default() }
    }

    /// Lets go of the mutex, blocks until notified, and takes it again.
    ///
    /// # Errors
    /// With the guard, when somebody panicked while holding it.
    #[track_caller]
    pub fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> LockResult<MutexGuard<'a, T>> {
        self.wait_at(at(&"wait"), guard)
    }

    /// Waits as long as it has to.
    ///
    /// # Errors
    /// With the guard, when somebody panicked while holding it.
    #[track_caller]
    pub fn wait_while<'a, T, F>(
        &self,
        mut guard: MutexGuard<'a, T>,
        mut has_to_wait: F,
    ) -> LockResult<MutexGuard<'a, T>>
    where
        F: FnMut(&mut T) -> bool,
    {
        let site = at(&"wait_while");
        while has_to_wait(&mut guard) {
            guard = self.wait_at(site, guard)?;
        }
        Ok(guard)
    }

    fn wait_at<'a, T>(
        &self,
        site: Site,
        guard: MutexGuard<'a, T>,
    ) -> LockResult<MutexGuard<'a, T>> {
        if !self.driver.is_thread() {
            return guard.without(site, |original| self.original.wait(original));
        }
        // A notification comes before it or after it.
        self.driver.publish();
        let number = self.begin_to_wait();
        guard.let_go(site, || {
            while self.is_waiting(number) {
                self.driver.block_once(site);
            }
            // What was done before the notification is to be seen from here on.
            self.driver.publish();
        })
    }

    /// Lets the one go on that came first.
    #[track_caller]
    pub fn notify_one(&self) {
        self.driver.change(at(&"notify_one"), || {
            self.original.notify_one();
            self.waiting().numbers.pop_front();
        });
    }

    /// Lets all go on that wait.
    #[track_caller]
    pub fn notify_all(&self) {
        self.driver.change(at(&"notify_all"), || {
            self.original.notify_all();
            self.waiting().numbers.clear();
        });
    }

    fn begin_to_wait(&self) -> u64 {
        let mut waiting = self.waiting();
        let number = waiting.next;
        waiting.next += 1;
        waiting.numbers.push_back(number);
        number
    }

    fn is_waiting(&self, number: u64) -> bool {
        self.waiting().numbers.contains(&number)
    }

    fn waiting(&self) -> original::MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Condvar {
    fn default() -> Self {
        Condvar::new()
    }
}

impl fmt::Debug for Condvar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.driver.act(at(&"fmt"), || self.original.fmt(f))
    }
}
