//! A program as a scenario.

use std::cell::RefCell;
use std::sync::Arc;

use authloom::auth::{RefreshToken, TokenRefresher, World};
use authloom::property::Property;
use authloom::prove::{Bounds, Scenario, Stage};

use crate::workload::{AfterSignOut, Login, Request, Workload};

thread_local! {
    /// The program that runs on this thread, for properties, which are given none.
    static RUNNING: RefCell<Option<Arc<Workload>>> = const { RefCell::new(None) };
}

/// The program that runs on this thread.
pub fn running() -> Option<Arc<Workload>> {
    RUNNING.with_borrow(Clone::clone)
}

/// A program, of which these properties are to be looked at.
pub fn scenario(workload: &Workload, properties: Vec<Property>) -> Scenario<dyn TokenRefresher> {
    let workload = Arc::new(workload.clone());
    let befalls = workload.befalls;
    let bounds = Bounds {
        callers: workload.tasks().count(),
        cancellations: befalls.cancellations,
        faults: usize::from(befalls.fault.is_some()),
        clock_advances: usize::from(befalls.time.is_some()),
        crashes: befalls.crashes,
    };
    Scenario {
        name: "test/auth-program",
        summary: "a generated program",
        bounds,
        properties,
        sometimes: Vec::new(),
        stage: Arc::new(move |stage| {
            RUNNING.set(Some(Arc::clone(&workload)));
            set(stage, &workload);
        }),
    }
}

fn set(stage: &Stage<'_, dyn TokenRefresher>, workload: &Arc<Workload>) {
    stage.world().server().set_policy(workload.server.policy());
    log_in(stage.world(), workload);
    if let Some(fault) = workload.befalls.fault {
        stage.faults_are(std::slice::from_ref(fault_of_all(fault)));
    }
    if let Some(time) = workload.befalls.time {
        stage.clock_advances_by(time.duration());
    }
    if workload.processes.len() == 1 && workload.befalls.crashes == 0 {
        return add_tasks(stage, workload, 0);
    }
    for process in 0..workload.processes.len() {
        let workload = Arc::clone(workload);
        stage.process(move |stage| add_tasks(stage, &workload, process));
    }
}

/// The same fault, where it lives for ever.
fn fault_of_all(fault: authloom::world::Fault) -> &'static authloom::world::Fault {
    let mut all = authloom::world::Fault::ALL.iter();
    all.find(|one| **one == fault).expect("those are all")
}

/// Logs everybody in who occurs, in one order, so that a family's number says whose it is.
fn log_in(world: &World, workload: &Workload) -> Vec<RefreshToken> {
    let one = |id| match workload.login {
        Login::Ended => world.server().log_in_expired(&id),
        Login::Live => world.server().log_in_live(&id),
    };
    workload.users().map(|user| one(user.id()).refresh_token).collect()
}

/// The refresh tokens of the logins of a program, by family: those that it begins with, and that of
/// whoever signs in again.
pub fn logins(workload: &Workload) -> Vec<RefreshToken> {
    let world = World::by_hand();
    let mut logins = log_in(&world, workload);
    if workload.after_sign_out == AfterSignOut::SignsIn {
        let back = workload.requests().find(|one| matches!(one, Request::SignOut(_)));
        logins.extend(back.map(|one| world.server().log_in_live(&one.user().id()).refresh_token));
    }
    logins
}

fn add_tasks(stage: &Stage<'_, dyn TokenRefresher>, workload: &Arc<Workload>, process: usize) {
    const NAMES: [[&str; 2]; 2] = [["task-1", "task-2"], ["other-task-1", "other-task-2"]];
    let refresher = stage.instance();
    for (name, task) in NAMES[process].iter().zip(&workload.processes[process]) {
        let (world, refresher) = (stage.world().clone(), Arc::clone(&refresher));
        let (task, after_sign_out) = (task.clone(), workload.after_sign_out);
        stage.caller(name, async move {
            for request in task {
                let user = request.user().id();
                match request {
                    Request::Token(_) => {
                        let _ = world.ask_for_token(&*refresher, &user).await;
                    }
                    Request::SignOut(_) => {
                        let _ = world.sign_out(&*refresher, &user).await;
                        if after_sign_out == AfterSignOut::SignsIn {
                            world.server().log_in_live(&user);
                        }
                    }
                }
            }
        });
    }
}
