//! Tasks that code under test starts.

use std::pin::Pin;

use super::kernel::Kernel;

/// A future as an executor keeps it.
pub(crate) type BoxFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Where code under test starts tasks of its own.
///
/// Code that calls `tokio::spawn` itself cannot run in an exploration: there is no runtime.
pub trait Spawner: Send + Sync {
    /// Starts a task; `name` is its column in a timeline.
    fn spawn(&self, name: &'static str, task: Pin<Box<dyn Future<Output = ()> + Send>>);
}

/// The spawner of a world: its tasks are processes of the exploration. Nobody has to wait for
/// them: a background task that never ends is not a finding.
#[derive(Clone)]
pub struct WorldSpawner {
    kernel: Kernel,
}

impl WorldSpawner {
    pub(crate) fn new(kernel: &Kernel) -> Self {
        WorldSpawner { kernel: kernel.clone() }
    }
}

impl Spawner for WorldSpawner {
    /// # Panics
    /// Outside an exploration, when there is no tokio runtime.
    fn spawn(&self, name: &'static str, task: BoxFuture) {
        if self.kernel.starts_tasks() {
            self.kernel.add_background(name, task);
        } else {
            tokio::spawn(task);
        }
    }
}
