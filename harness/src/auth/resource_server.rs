//! A protected resource to sync with.

use std::panic::Location;

use super::ledger::Event;
use super::objects;
use super::world::World;
use crate::explore::Access;
use crate::world::{Call, Fault, Operation, Setting as _, operation};

/// [`ResourceServer::pull`].
pub static PULL: Operation = operation!("pull", Network, Fault::ALL_BUT_REFUSED);

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
    ///
    /// # Errors
    /// When a fault has befallen the call.
    #[track_caller]
    pub fn pull(&self) -> impl Future<Output = Result<(), PullError>> + Send + use<> {
        let world = self.world.clone();
        let effect = move |by| {
            let pulled = world.meet_fault(by, |world| {
                world.touch(Access::write(objects::RESOURCE_SERVER));
                world.facts().ledger.push(by, Event::Pulled);
            });
            pulled.map_err(PullError)
        };
        Call::new(self.world.kernel(), &PULL, Location::caller(), effect)
    }
}

/// Why changes could not be pulled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the resource server could not be used: {}", self.cause())]
pub struct PullError(Fault);

impl PullError {
    /// As far as a client can tell.
    fn cause(&self) -> &'static str {
        match self.0 {
            Fault::RequestLost | Fault::AnswerLost => "no answer came",
            Fault::ErrorBefore | Fault::ErrorAfter => "503",
            Fault::TooManyRequests => "429",
            Fault::Refused => "it refused",
            Fault::Garbled => "its answer cannot be read",
        }
    }
}
