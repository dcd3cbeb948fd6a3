//! Sync engines.

use std::sync::Arc;

use authloom::auth::SyncEngine;

use crate::Model;

mod clone_then_release;
mod lock_across_io;
mod wake_background_loop;

pub use clone_then_release::CloneThenRelease;
pub use lock_across_io::LockAcrossIo;
pub use wake_background_loop::WakeBackgroundLoop;

/// [`LockAcrossIo`].
pub const LOCK_ACROSS_IO: Model<dyn SyncEngine> = Model {
    name: "sync/lock-across-io",
    summary: "holds the engine's lock while it is on the network",
    build: |world| Arc::new(LockAcrossIo::new(world.resource_server())),
};

/// [`WakeBackgroundLoop`].
pub const WAKE_BACKGROUND_LOOP: Model<dyn SyncEngine> = Model {
    name: "sync/wake-background-loop",
    summary: "a forced sync only wakes the loop that syncs",
    build: |world| Arc::new(WakeBackgroundLoop::start(world.resource_server(), &world.spawner())),
};

/// [`CloneThenRelease`].
pub const CLONE_THEN_RELEASE: Model<dyn SyncEngine> = Model {
    name: "sync/clone-then-release",
    summary: "copies what it needs out of the lock before it goes on the network",
    build: |world| Arc::new(CloneThenRelease::new(world.resource_server())),
};

/// Every sync engine.
pub const MODELS: &[Model<dyn SyncEngine>] =
    &[LOCK_ACROSS_IO, WAKE_BACKGROUND_LOOP, CLONE_THEN_RELEASE];
