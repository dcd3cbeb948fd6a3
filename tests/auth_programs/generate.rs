//! Programs at random, the simplest first, as proptest shrinks to what comes first.

use authloom::world::Fault;
use proptest::prelude::*;

use crate::workload::{AfterSignOut, Befalls, Login, Passes, Request, Server, User, Workload};

/// The most tasks of a program: with a third, a case takes seconds and not milliseconds.
const TASKS_MAX: usize = 2;

/// Programs of one or two tasks in one or two processes.
pub fn workloads() -> impl Strategy<Value = Workload> {
    let task = prop::collection::vec(request(), 1..=2);
    let tasks = prop::collection::vec(task, 1..=TASKS_MAX);
    let (are_apart, is_live) = (prop::bool::weighted(0.3), prop::bool::weighted(0.2));
    let is_back = prop::bool::weighted(0.3);
    let server = prop::sample::select(Server::ALL.to_vec());
    // In the order in which they shrink: which server it is matters less, the less befalls.
    (tasks, are_apart, is_live, is_back, befalls(), server).prop_map(
        |(tasks, are_apart, is_live, is_back, befalls, server)| {
            let processes = match are_apart {
                true => tasks.into_iter().map(|task| vec![task]).collect(),
                false => vec![tasks],
            };
            let login = if is_live { Login::Live } else { Login::Ended };
            let after_sign_out =
                if is_back { AfterSignOut::SignsIn } else { AfterSignOut::StaysOut };
            made_sound(Workload { processes, login, after_sign_out, server, befalls })
        },
    )
}

fn request() -> impl Strategy<Value = Request> {
    let (is_sign_out, is_bob) = (prop::bool::weighted(0.2), prop::bool::weighted(0.2));
    (is_sign_out, is_bob).prop_map(|(is_sign_out, is_bob)| {
        let user = if is_bob { User::Bob } else { User::Alice };
        if is_sign_out { Request::SignOut(user) } else { Request::Token(user) }
    })
}

fn befalls() -> impl Strategy<Value = Befalls> {
    let fault = prop::option::weighted(0.3, prop::sample::select(Fault::ALL.to_vec()));
    let time =
        prop::option::weighted(0.3, prop_oneof![Just(Passes::Briefly), Just(Passes::ForAnHour)]);
    let (cancellations, crashes) = (prop::bool::weighted(0.25), prop::bool::weighted(0.15));
    (cancellations, fault, crashes, time).prop_map(|(is_cancelled, fault, crashes, time)| {
        let (cancellations, crashes) = (usize::from(is_cancelled), usize::from(crashes));
        Befalls { cancellations, fault, crashes, time }
    })
}

/// Signing in again happens once at the most, and not where a process may start again, or nobody
/// could say which login is which.
fn made_sound(mut workload: Workload) -> Workload {
    if workload.after_sign_out == AfterSignOut::StaysOut {
        return workload;
    }
    if workload.befalls.crashes > 0 || workload.sign_outs() == 0 {
        workload.after_sign_out = AfterSignOut::StaysOut;
        return workload;
    }
    let requests = workload.processes.iter_mut().flatten().flatten();
    let sign_outs = requests.filter(|request| matches!(request, Request::SignOut(_)));
    for request in sign_outs.skip(1) {
        *request = Request::Token(request.user());
    }
    workload
}
