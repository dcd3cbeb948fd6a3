//! The user asks for the sync status while a forced sync is on the network.

use std::sync::Arc;

use authloom::auth::{Event, SyncEngine, operations};
use authloom::property::{STATUS_NEVER_WAITS_ON_NETWORK, Sometimes};
use authloom::prove::{Bounds, Scenario};
use authloom::world::Release;

/// One caller forces a sync, whose answer is held until nothing else can move; another asks for the
/// status.
pub fn status_during_force_sync() -> Scenario<dyn SyncEngine> {
    Scenario {
        name: "sync/status-during-force-sync",
        summary: "the status is asked for while a forced sync's network call is held",
        bounds: Bounds::callers(2),
        properties: vec![STATUS_NEVER_WAITS_ON_NETWORK],
        sometimes: vec![Sometimes {
            name: "the forced sync reaches the server",
            shown: |moment| {
                let entries = moment.ledger.entries();
                entries.iter().any(|entry| matches!(entry.event, Event::Pulled))
            },
        }],
        stage: Arc::new(move |stage| {
            stage.world().withhold(&operations::PULL, Release::WhenNothingElseMoves);
            let engine = stage.instance();
            let (world, own) = (stage.world().clone(), engine.clone());
            stage.caller("force-sync", async move {
                let _ = world.force_sync(&*own).await;
            });
            let world = stage.world().clone();
            stage.caller("status", async move {
                world.ask_for_status(&*engine).await;
            });
        }),
    }
}
