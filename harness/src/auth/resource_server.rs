//! A protected resource to sync with.

use std::panic::Location;

use super::ledger::Event;
use super::objects;
use super::world::World;
use crate::explore::Access;
use crate::world::{Call, Operation, Setting as _, operation};

/// [`ResourceServer::pull`].
pub static PULL: Operation = operation!("pull", Network);

/// The double of the server that a sync engine pulls changes from.
#[derive(Clone)]
pub struct ResourceServer {
    world: World,
}

impl ResourceServer {
    pub(super) fn of(world: &World) -> Self {
        ResourceServer { world: world.clone() }
    }

    /// Pulls all changes: one call across the network.
    #[track_caller]
    pub fn pull(&self) -> impl Future<Output = ()> + Send + use<> {
        let world = self.world.clone();
        let effect = move |by| {
            world.touch(Access::write(objects::RESOURCE_SERVER));
            world.facts().ledger.push(by, Event::Pulled);
        };
        Call::new(self.world.kernel(), &PULL, Location::caller(), effect)
    }
}
