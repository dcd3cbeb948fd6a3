//! What a store across a connection does for each of its operations: one call, one change.

use std::panic::Location;
use std::pin::Pin;

use super::facts::Facts;
use super::world::World;
use crate::explore::{Access, Lane};
use crate::world::{Call, Operation, Setting as _};

/// What the methods of a store's trait return, written out so that the caller's line is known.
pub(super) type BoxFuture<'r, T> = Pin<Box<dyn Future<Output = T> + Send + 'r>>;

impl World {
    /// Calls a store: `effect` happens when the call arrives, and touches what `access` says.
    pub(super) fn call_store<'r, R: Send + 'static>(
        &self,
        operation: &'static Operation,
        location: &'static Location<'static>,
        access: Access,
        effect: impl FnOnce(&mut Facts, Lane) -> R + Send + 'static,
    ) -> BoxFuture<'r, R> {
        let world = self.clone();
        let effect = move |by| {
            world.touch(access);
            effect(&mut world.facts(), by)
        };
        Box::pin(Call::new(self.kernel(), operation, location, effect))
    }
}
