//! Atomics: `std::sync::atomic`.

pub use std::sync::atomic::Ordering;
use std::sync::atomic::{self as original};

/// The std atomic of a name, with what loads, stores and changes it.
macro_rules! atomic {
    ($name:ident, $value:ty) => {
        /// The atomic of this name in `std::sync::atomic`.
        #[derive(Debug)]
        pub struct $name(original::$name);

        impl $name {
            /// An atomic with a value.
            pub fn new(value: $value) -> Self {
                $name(original::$name::new(value))
            }

            /// The value.
            ///
            /// # Panics
            /// When the ordering is `Release` or `AcqRel`.
            pub fn load(&self, ordering: Ordering) -> $value {
                self.0.load(ordering)
            }

            /// Replaces the value.
            ///
            /// # Panics
            /// When the ordering is `Acquire` or `AcqRel`.
            pub fn store(&self, value: $value, ordering: Ordering) {
                self.0.store(value, ordering);
            }

            /// Replaces the value and returns the former one.
            pub fn swap(&self, value: $value, ordering: Ordering) -> $value {
                self.0.swap(value, ordering)
            }

            /// Replaces the value if it is `current`.
            ///
            /// # Errors
            /// With the value, when it is another.
            ///
            /// # Panics
            /// When `failure` is `Release` or `AcqRel`.
            pub fn compare_exchange(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                self.0.compare_exchange(current, new, success, failure)
            }
        }

        impl Default for $name {
            fn default() -> Self {
                $name::new(<$value>::default())
            }
        }
    };
}

/// What numbers can do besides.
macro_rules! number {
    ($name:ident, $value:ty) => {
        atomic!($name, $value);

        impl $name {
            /// Adds, wrapping around, and returns the former value.
            pub fn fetch_add(&self, value: $value, ordering: Ordering) -> $value {
                self.0.fetch_add(value, ordering)
            }

            /// Subtracts, wrapping around, and returns the former value.
            pub fn fetch_sub(&self, value: $value, ordering: Ordering) -> $value {
                self.0.fetch_sub(value, ordering)
            }
        }
    };
}

atomic!(AtomicBool, bool);
number!(AtomicUsize, usize);
number!(AtomicU64, u64);
number!(AtomicU32, u32);
