//! Atomics: `std::sync::atomic`.

use std::fmt;
pub use std::sync::atomic::Ordering;
use std::sync::atomic::{self as original};

use crate::world::Visible;
#[cfg(feature = "loom")]
use crate::world::{in_team, visible};

/// The std atomic of a name, with what loads, stores and changes it.
macro_rules! atomic {
    ($name:ident, $value:ty) => {
        /// The atomic of this name in `std::sync::atomic`.
        pub struct $name {
            original: original::$name,
            visible: Visible,
            /// loom's, if it was made for threads of loom's; the original follows it.
            #[cfg(feature = "loom")]
            model: Option<loom::sync::atomic::$name>,
        }

        impl $name {
            /// An atomic with a value.
            pub fn new(value: $value) -> Self {
                $name {
                    original: original::$name::new(value),
                    visible: Visible::new(),
                    #[cfg(feature = "loom")]
                    model: in_team().then(|| loom::sync::atomic::$name::new(value)),
                }
            }

            /// What loom's atomic gives, if there is one and it can be asked.
            #[cfg(feature = "loom")]
            fn modelled<R>(
                &self,
                operation: impl FnOnce(&loom::sync::atomic::$name) -> R,
            ) -> Option<R> {
                let model = self.model.as_ref()?;
                visible(|| operation(model))
            }

            /// The value.
            ///
            /// # Panics
            /// When the ordering is `Release` or `AcqRel`.
            pub fn load(&self, ordering: Ordering) -> $value {
                self.visible.is_read();
                #[cfg(feature = "loom")]
                if let Some(value) = self.modelled(|model| model.load(ordering)) {
                    return value;
                }
                self.original.load(ordering)
            }

            /// Replaces the value.
            ///
            /// # Panics
            /// When the ordering is `Acquire` or `AcqRel`.
            pub fn store(&self, value: $value, ordering: Ordering) {
                self.visible.is_written();
                #[cfg(feature = "loom")]
                self.modelled(|model| model.store(value, ordering));
                self.original.store(value, ordering);
            }

            /// Replaces the value and returns the former one.
            pub fn swap(&self, value: $value, ordering: Ordering) -> $value {
                self.visible.is_written();
                #[cfg(feature = "loom")]
                self.modelled(|model| model.swap(value, ordering));
                self.original.swap(value, ordering)
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
                self.visible.is_written();
                #[cfg(feature = "loom")]
                if let Some(result) =
                    self.modelled(|model| model.compare_exchange(current, new, success, failure))
                {
                    if result.is_ok() {
                        self.original.store(new, Ordering::Relaxed);
                    }
                    return result;
                }
                self.original.compare_exchange(current, new, success, failure)
            }
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
    };
}

/// What numbers can do besides.
macro_rules! number {
    ($name:ident, $value:ty) => {
        atomic!($name, $value);

        impl $name {
            /// Adds, wrapping around, and returns the former value.
            pub fn fetch_add(&self, value: $value, ordering: Ordering) -> $value {
                self.visible.is_written();
                #[cfg(feature = "loom")]
                self.modelled(|model| model.fetch_add(value, ordering));
                self.original.fetch_add(value, ordering)
            }

            /// Subtracts, wrapping around, and returns the former value.
            pub fn fetch_sub(&self, value: $value, ordering: Ordering) -> $value {
                self.visible.is_written();
                #[cfg(feature = "loom")]
                self.modelled(|model| model.fetch_sub(value, ordering));
                self.original.fetch_sub(value, ordering)
            }
        }
    };
}

atomic!(AtomicBool, bool);
number!(AtomicUsize, usize);
number!(AtomicU64, u64);
number!(AtomicU32, u32);
