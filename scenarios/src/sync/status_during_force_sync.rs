//! The user asks for the sync status while a forced sync is on the network.

use std::sync::Arc;

use authloom::auth::{Event, SyncEngine, operations};
use authloom::property::{STATUS_NEVER_WAITS_ON_NETWORK, Sometimes};
use authloom::prove::{Bounds, Scenario};

const ASKING: [&str; 3] = ["status", "status-bar", "tray-icon"];

/// One caller forces a sync; all others ask for the status. The answer to each pull in turn is held
/// until nothing else can move.
///
/// # Panics
/// With fewer than two callers or with more than four.
pub fn status_during_force_sync(callers: usize) -> Scenario<dyn SyncEngine> {
    assert!((2..=ASKING.len() + 1).contains(&callers), "2 to {} callers", ASKING.len() + 1);
    Scenario {
        name: "sync/status-during-force-sync",
        summary: "the status is asked for while a forced sync's network call is held",
        bounds: Bounds { faults: 1, ..Bounds::callers(callers) },
        properties: vec![STATUS_NEVER_WAITS_ON_NETWORK],
        sometimes: vec![Sometimes {
            name: "the forced sync reaches the server",
            shown: |moment| {
                let entries = moment.ledger.entries();
                entries.iter().any(|entry| matches!(entry.event, Event::Pulled))
            },
        }],
        stage: Arc::new(move |stage| {
            stage.hold_each(&operations::PULL);
            let engine = stage.instance();
            let (world, own) = (stage.world().clone(), engine.clone());
            stage.caller("force-sync", async move {
                let _ = world.force_sync(&*own).await;
            });
            let world = stage.world().clone();
            stage.identical_callers(&ASKING[..callers - 1], || {
                let (world, engine) = (world.clone(), engine.clone());
                async move {
                    world.ask_for_status(&*engine).await;
                }
            });
        }),
    }
}
