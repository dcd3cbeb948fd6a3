//! Two callers of one instance: who they are, they know from whom they are to get a token of.

use std::sync::Arc;

use authloom::auth::{TokenRefresher, UserId};
use authloom::prove::{Bounds, Scenario};

/// `first` and `second`. What they get does not matter.
pub fn two_callers() -> Scenario<dyn TokenRefresher> {
    Scenario {
        name: "sync/two-callers",
        summary: "two callers share objects",
        bounds: Bounds::callers(2),
        properties: vec![],
        sometimes: vec![],
        stage: Arc::new(|stage| {
            let refresher = stage.instance();
            for name in ["first", "second"] {
                let (world, refresher) = (stage.world().clone(), Arc::clone(&refresher));
                stage.caller(name, async move {
                    let _ = world.ask_for_token(&*refresher, &UserId::new(name)).await;
                });
            }
        }),
    }
}
