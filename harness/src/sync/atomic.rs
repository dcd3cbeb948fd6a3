//! Atomics: `std::sync::atomic`.

use std::fmt;
pub use std::sync::atomic::Ordering;
use std::sync::atomic::{self as original};

/// loom's atomics. Without loom nobody is on a thread of loom's, and none is made.
#[cfg(feature = "loom")]
use loom::sync::atomic as model;
#[cfg(not(feature = "loom"))]
use std::sync::atomic as model;

use super::site::at;
use crate::world::{Driving, driving, has_to_be_strict, uninterrupted, visible_or_put_off};

use explored::Explored;

mod explored;

/// `std::sync::atomic::fence`.
///
/// # Panics
/// When the ordering is `Relaxed`.
#[inline]
pub fn fence(ordering: Ordering) {
    original::fence(ordering);
    if driving() == Driving::Threads {
        visible_or_put_off(move || model::fence(ordering));
    }
}

/// The std atomic of a name, with what loads, stores and exchanges it, and these operations.
macro_rules! atomic {
    ($name:ident, $value:ty, $($fetch:ident $does:literal)*) => {
        /// The atomic of this name in `std::sync::atomic`.
        pub struct $name {
            original: original::$name,
            explored: Option<Box<Explored<model::$name>>>,
        }

        impl $name {
            /// An atomic with a value.
            pub fn new(value: $value) -> Self {
                let explored = Explored::here(stringify!($name), || model::$name::new(value));
                $name { original: original::$name::new(value), explored }
            }

            /// The value.
            pub fn into_inner(self) -> $value {
                self.original.into_inner()
            }

            /// The value.
            ///
            /// # Panics
            /// When the ordering is `Release` or `AcqRel`.
            #[inline]
            #[track_caller]
            pub fn load(&self, ordering: Ordering) -> $value {
                let Some(explored) = &self.explored else { return self.original.load(ordering) };
                let other = !self.original.load(Ordering::Relaxed);
                let last = move |model: &model::$name| Self::see_last(model, other, ordering);
                let read = explored.read(ordering, |model| model.load(ordering), last);
                let value = read.unwrap_or_else(|| self.original.load(ordering));
                explored.note(at(&"load"), || format!("({ordering:?}) -> {value:?}"));
                value
            }

            /// Replaces the value.
            ///
            /// # Panics
            /// When the ordering is `Acquire` or `AcqRel`.
            #[inline]
            #[track_caller]
            pub fn store(&self, value: $value, ordering: Ordering) {
                if let Some(explored) = &self.explored {
                    let other = !self.original.load(Ordering::Relaxed);
                    explored.change(ordering, move |model| {
                        let store = || model.store(value, ordering);
                        if !has_to_be_strict() {
                            return store();
                        }
                        // To loom, a store comes after those that its thread has seen only, and
                        // what reads and replaces a value may miss it.
                        Self::see_last(model, other, Ordering::Relaxed);
                        uninterrupted(store);
                    });
                    explored.note(at(&"store"), || format!("({value:?}, {ordering:?})"));
                }
                self.original.store(value, ordering);
            }

            /// Replaces the value and returns the former one.
            #[inline]
            #[track_caller]
            pub fn swap(&self, value: $value, ordering: Ordering) -> $value {
                let Some(explored) = &self.explored else {
                    return self.original.swap(value, ordering);
                };
                let former = explored.change(ordering, move |model| model.swap(value, ordering));
                self.follow(former);
                let former = self.original.swap(value, ordering);
                explored.note(at(&"swap"), || format!("({value:?}, {ordering:?}) -> {former:?}"));
                former
            }

            /// Has the running thread see the last value of loom's atomic, which it does not
            /// change: an exchange for the same value fails or makes no difference. It may be any
            /// value; with another than the last, no store has to be kept for it.
            fn see_last(model: &model::$name, other: $value, ordering: Ordering) {
                let _ = model.compare_exchange(other, other, ordering, ordering);
            }

            /// The original has the value that loom's has: it did something earlier than that if
            /// it was done while a panic unwound.
            fn follow(&self, value: Option<$value>) {
                if let Some(value) = value {
                    self.original.store(value, Ordering::Relaxed);
                }
            }

            /// Replaces the value if it is `current`.
            ///
            /// # Errors
            /// With the value, when it is another.
            ///
            /// # Panics
            /// When `failure` is `Release` or `AcqRel`.
            #[inline]
            #[track_caller]
            pub fn compare_exchange(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                let Some(explored) = &self.explored else {
                    return self.original.compare_exchange(current, new, success, failure);
                };
                let strongest = if failure == Ordering::SeqCst { failure } else { success };
                // One that fails is a load, which need not read the last value.
                let seen = explored.glimpse((success, failure), |model| model.load(failure));
                let result = if let Some(other) = seen.filter(|&seen| seen != current) {
                    Err(other)
                } else {
                    let exchange = move |model: &model::$name| {
                        model.compare_exchange(current, new, success, failure)
                    };
                    match explored.change(strongest, exchange) {
                        None => self.original.compare_exchange(current, new, success, failure),
                        Some(Ok(former)) => {
                            self.original.store(new, Ordering::Relaxed);
                            Ok(former)
                        }
                        Some(Err(other)) => Err(other),
                    }
                };
                explored.note(at(&"compare_exchange"), || {
                    format!("({current:?}, {new:?}, {success:?}, {failure:?}) -> {result:?}")
                });
                result
            }

            /// The same; outside an exploration it may fail though the value is `current`.
            ///
            /// # Errors
            /// With the value, when it is not replaced.
            ///
            /// # Panics
            /// When `failure` is `Release` or `AcqRel`.
            #[inline]
            #[track_caller]
            pub fn compare_exchange_weak(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                if self.explored.is_some() {
                    return self.compare_exchange(current, new, success, failure);
                }
                self.original.compare_exchange_weak(current, new, success, failure)
            }

            /// Replaces the value by what `update` makes of it, trying again when somebody else
            /// was faster, and returns the former one.
            ///
            /// # Errors
            /// With the value, when `update` makes nothing of it.
            ///
            /// # Panics
            /// When `fetch` is `Release` or `AcqRel`.
            #[inline]
            #[track_caller]
            pub fn fetch_update(
                &self,
                set: Ordering,
                fetch: Ordering,
                mut update: impl FnMut($value) -> Option<$value>,
            ) -> Result<$value, $value> {
                let mut current = self.load(fetch);
                while let Some(new) = update(current) {
                    match self.compare_exchange_weak(current, new, set, fetch) {
                        Ok(former) => return Ok(former),
                        Err(other) => current = other,
                    }
                }
                Err(current)
            }

            $(
                #[doc = $does]
                #[inline]
                #[track_caller]
                pub fn $fetch(&self, value: $value, ordering: Ordering) -> $value {
                    let Some(explored) = &self.explored else {
                        return self.original.$fetch(value, ordering);
                    };
                    let former =
                        explored.change(ordering, move |model| model.$fetch(value, ordering));
                    self.follow(former);
                    let former = self.original.$fetch(value, ordering);
                    let values = || format!("({value:?}, {ordering:?}) -> {former:?}");
                    explored.note(at(&stringify!($fetch)), values);
                    former
                }
            )*
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.load(Ordering::Relaxed).fmt(f)
            }
        }

        impl Default for $name {
            fn default() -> Self {
                $name::new(<$value>::default())
            }
        }

        impl From<$value> for $name {
            fn from(value: $value) -> Self {
                $name::new(value)
            }
        }
    };
}

/// An atomic number, and what numbers can do besides.
macro_rules! number {
    ($name:ident, $value:ty) => {
        atomic!($name, $value,
            fetch_add "Adds, wrapping around, and returns the former value."
            fetch_sub "Subtracts, wrapping around, and returns the former value."
            fetch_and "Keeps the bits that both have, and returns the former value."
            fetch_nand "Keeps the bits that not both have, and returns the former value."
            fetch_or "Keeps the bits that either has, and returns the former value."
            fetch_xor "Keeps the bits that one of them has, and returns the former value."
            fetch_max "Keeps the larger one, and returns the former value."
            fetch_min "Keeps the smaller one, and returns the former value."
        );
    };
}

atomic!(AtomicBool, bool,
    fetch_and "Whether both are true; returns the former value."
    fetch_nand "Whether not both are true; returns the former value."
    fetch_or "Whether either is true; returns the former value."
    fetch_xor "Whether one of them is true; returns the former value."
);
number!(AtomicUsize, usize);
number!(AtomicIsize, isize);
number!(AtomicU64, u64);
number!(AtomicI64, i64);
number!(AtomicU32, u32);
number!(AtomicI32, i32);
number!(AtomicU16, u16);
number!(AtomicI16, i16);
number!(AtomicU8, u8);
number!(AtomicI8, i8);
