//! The museum: races that were reported in public, each with the cells that show it.
//!
//! An exhibit is the state machine of a report, not its code: language and framework of the
//! original do not matter here. Where several reports share a state machine, they share a model,
//! whose documentation names them all.

/// A public report of a race, and where the catalogue shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exhibit {
    /// Its number.
    pub number: u32,
    /// What went wrong, in a sentence.
    pub title: &'static str,
    /// The reports, each as `owner/repository#number`, or as a file of a repository.
    pub links: &'static [&'static str],
    /// The cells that have the fault.
    pub faulty: &'static [Shown],
    /// The cells that do not.
    pub fixed: &'static [Shown],
}

/// A cell of the catalogue, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// The scenario.
    pub scenario: &'static str,
    /// The model.
    pub model: &'static str,
}

const fn in_scenario(scenario: &'static str, model: &'static str) -> Shown {
    Shown { scenario, model }
}

const fn concurrent(model: &'static str) -> Shown {
    in_scenario("refresh/concurrent-callers", model)
}

const fn cancelled(model: &'static str) -> Shown {
    in_scenario("refresh/cancelled-caller", model)
}

const fn failing(model: &'static str) -> Shown {
    in_scenario("refresh/failed-refresh", model)
}

/// Every exhibit, by number.
pub static EXHIBITS: &[Exhibit] = &[
    Exhibit {
        number: 1,
        title: "two handlers of one request spend the refresh token of the same cookie",
        links: &["nextauthjs/next-auth#11240", "workos/authkit-nextjs#28"],
        faulty: &[concurrent("refresh/check-then-act")],
        fixed: &[concurrent("refresh/serialized-with-recheck")],
    },
    Exhibit {
        number: 2,
        title: "two callers both believe to hold the lock and spend the same refresh token",
        links: &["auth0/auth0-spa-js#553"],
        faulty: &[concurrent("refresh/check-then-act")],
        fixed: &[concurrent("refresh/single-flight")],
    },
    Exhibit {
        number: 4,
        title: "a renewal timer and a manual renewal spend the same refresh token",
        links: &["authts/oidc-client-ts#1618", "authts/oidc-client-ts#710"],
        faulty: &[concurrent("refresh/check-then-act")],
        fixed: &[concurrent("refresh/single-flight")],
    },
    Exhibit {
        number: 6,
        title: "a refresh has landed, and one more begins with the token read before it",
        links: &["akash-network/console#3581"],
        faulty: &[in_scenario("refresh/concurrent-callers", "refresh/flight-without-reread")],
        fixed: &[in_scenario(
            "refresh/concurrent-callers",
            "refresh/single-flight-on-shared-store",
        )],
    },
    Exhibit {
        number: 7,
        title: "concurrent checks that the token is valid all refresh it",
        links: &["home-assistant/core#117912"],
        faulty: &[concurrent("refresh/check-then-act")],
        fixed: &[concurrent("refresh/serialized-with-recheck")],
    },
    Exhibit {
        number: 8,
        title: "two processes both find the token ended and both refresh it",
        links: &["matrix-org/matrix-rust-sdk#2418"],
        faulty: &[in_scenario("refresh/two-processes", "refresh/lock-of-one-process")],
        fixed: &[in_scenario("refresh/two-processes", "refresh/file-lock-with-reread")],
    },
    Exhibit {
        number: 9,
        title: "several agents share one file of tokens",
        links: &["openai/codex#10332"],
        faulty: &[in_scenario("refresh/two-processes", "refresh/lock-of-one-process")],
        fixed: &[in_scenario("refresh/two-processes", "refresh/file-lock-with-reread")],
    },
    Exhibit {
        number: 10,
        title: "several tabs, or machines with copies of one configuration, refresh one login",
        links: &["authts/oidc-client-ts#430", "rclone/rclone#6372"],
        faulty: &[in_scenario("refresh/two-processes", "refresh/lock-of-one-process")],
        fixed: &[in_scenario("refresh/two-processes", "refresh/file-lock-with-reread")],
    },
    Exhibit {
        number: 11,
        title: "the loser of a double spend removes what the winner has stored",
        links: &["supabase/supabase-swift#703"],
        faulty: &[
            in_scenario("refresh/refused-beside-success", "refresh/deletes-on-refusal"),
            in_scenario("refresh/refused-beside-success", "refresh/rereads-before-delete"),
        ],
        fixed: &[in_scenario("refresh/refused-beside-success", "refresh/compares-and-deletes")],
    },
    Exhibit {
        number: 12,
        title: "a lease ends while its holder waits for a slow answer",
        links: &[
            "oauth2-proxy/oauth2-proxy#1992",
            "oauth2-proxy/oauth2-proxy#3456",
            "appstrate/appstrate#1366",
        ],
        faulty: &[in_scenario("refresh/slow-answer", "refresh/lease-outlived")],
        fixed: &[in_scenario("refresh/slow-answer", "refresh/lease-outlasts-answer")],
    },
    Exhibit {
        number: 14,
        title: "the lock is busy, so the refresh goes on without it",
        links: &["railwayapp/cli#1021"],
        faulty: &[in_scenario("refresh/slow-answer", "refresh/unlocked-when-busy")],
        fixed: &[in_scenario("refresh/slow-answer", "refresh/lease-outlasts-answer")],
    },
    Exhibit {
        number: 15,
        title: "an answer is lost, and the retry comes after the server's grace",
        links: &["kurrent-io/kcap-cli#946"],
        faulty: &[in_scenario("refresh/lost-answer", "refresh/serialized-with-recheck")],
        fixed: &[in_scenario("refresh/lost-answer", "refresh/retries-at-once")],
    },
    Exhibit {
        number: 16,
        title: "an answer is lost at a server without grace, where no retry is safe",
        links: &["bluesky-social/atproto#5411"],
        faulty: &[
            in_scenario("refresh/lost-answer-without-grace", "refresh/serialized-with-recheck"),
            in_scenario("refresh/lost-answer-without-grace", "refresh/retries-at-once"),
        ],
        fixed: &[in_scenario(
            "refresh/lost-answer-until-successor-used",
            "refresh/retries-at-once",
        )],
    },
    Exhibit {
        number: 17,
        title: "the caller goes away between the server's commit and the client's write",
        links: &["pleaseai/shunt#73"],
        faulty: &[
            cancelled("refresh/serialized-with-recheck"),
            cancelled("refresh/serialized-per-session"),
            cancelled("refresh/single-flight"),
        ],
        fixed: &[cancelled("refresh/detached-exchange")],
    },
    Exhibit {
        number: 18,
        title: "the new token is handed out before it is stored, and the process crashes",
        links: &["agntcy/slim#1967"],
        faulty: &[in_scenario("refresh/crash-after-answer", "refresh/persists-detached")],
        fixed: &[in_scenario("refresh/crash-after-answer", "refresh/persists-before-returning")],
    },
    Exhibit {
        number: 19,
        title: "the request that leads the refresh is cancelled, and all who wait fail with it",
        links: &["valon-technologies/gestalt#357"],
        faulty: &[cancelled("refresh/leader-takes-waiters-along")],
        fixed: &[cancelled("refresh/detached-exchange")],
    },
    Exhibit {
        number: 20,
        title: "a waiter that is cancelled forgets the refresh that still runs",
        links: &["ReviewStage/luke#570"],
        faulty: &[cancelled("refresh/waiter-clears-slot")],
        fixed: &[cancelled("refresh/detached-exchange")],
    },
    Exhibit {
        number: 21,
        title: "a source of tokens refreshes under the context of the request that made it",
        links: &["golang/oauth2#388", "modelcontextprotocol/go-sdk#988"],
        faulty: &[in_scenario("refresh/expiry-at-any-moment", "refresh/request-context-captured")],
        fixed: &[in_scenario("refresh/expiry-at-any-moment", "refresh/serialized-per-session")],
    },
    Exhibit {
        number: 22,
        title: "a process that crashed in a refresh presents the same token when it is back",
        links: &["damianvtran/local-operator#945"],
        faulty: &[
            in_scenario("refresh/crash-after-send", "refresh/serialized-with-recheck"),
            in_scenario("refresh/crash-after-send", "refresh/marks-after-presenting"),
        ],
        fixed: &[in_scenario("refresh/crash-after-send", "refresh/marks-before-presenting")],
    },
    Exhibit {
        number: 23,
        title: "a refresh under way stores its result after the sign-out",
        links: &["logto-io/kotlin#253"],
        faulty: &[
            in_scenario("refresh/sign-out-during-refresh", "refresh/saves-after-sign-out"),
            in_scenario("refresh/sign-out-during-refresh", "refresh/rereads-before-save"),
        ],
        fixed: &[in_scenario("refresh/sign-out-during-refresh", "refresh/saves-only-if-unchanged")],
    },
    Exhibit {
        number: 24,
        title: "a late refusal of the old login removes the new one",
        links: &["9thLevelSoftware/Project-Phoenix-MP#805"],
        faulty: &[in_scenario("refresh/new-login-during-refresh", "refresh/deletes-on-refusal")],
        fixed: &[
            in_scenario("refresh/new-login-during-refresh", "refresh/compares-and-deletes"),
            in_scenario("refresh/new-login-during-refresh", "refresh/rereads-before-delete"),
        ],
    },
    Exhibit {
        number: 25,
        title: "one object serves all users, and one gets the token of another",
        links: &["lelylan/simple-oauth2#88"],
        faulty: &[in_scenario("refresh/unrelated-users", "refresh/single-flight-for-everybody")],
        fixed: &[in_scenario("refresh/unrelated-users", "refresh/single-flight")],
    },
    Exhibit {
        number: 26,
        title: "a listener, told of the token under the lock, asks for the lock",
        links: &["supabase/auth-js#762"],
        faulty: &[concurrent("refresh/notifies-under-lock")],
        fixed: &[concurrent("refresh/notifies-after-unlock")],
    },
    Exhibit {
        number: 27,
        title: "a refresh fails and those who wait for it are never told",
        links: &["supabase/auth-js#334"],
        faulty: &[failing("refresh/never-settles-on-error")],
        fixed: &[failing("refresh/detached-exchange")],
    },
    Exhibit {
        number: 28,
        title: "a lock is not let go of when what it is around fails",
        links: &["auth0/auth0-spa-js#275"],
        faulty: &[in_scenario("callback/failed-exchange", "callback/lock-leaked-on-error")],
        fixed: &[in_scenario("callback/failed-exchange", "callback/keyed-lock")],
    },
    Exhibit {
        number: 29,
        title: "a hit in the token cache waits for somebody else's miss",
        links: &["azure_identity, cache.rs at 1588b72"],
        faulty: &[in_scenario("refresh/slow-neighbour", "refresh/write-guard-across-fetch")],
        fixed: &[in_scenario("refresh/slow-neighbour", "refresh/serialized-per-session")],
    },
    Exhibit {
        number: 30,
        title: "the queue behind a refresh that failed is left as it is",
        links: &["Flyrell/axios-auth-refresh#14"],
        faulty: &[failing("refresh/never-settles-on-error")],
        fixed: &[failing("refresh/detached-exchange")],
    },
    Exhibit {
        number: 31,
        title: "the failure of a refresh is kept and given to everybody after it",
        links: &["firebase/firebase-admin-node#3234"],
        faulty: &[failing("refresh/failure-cached")],
        fixed: &[failing("refresh/detached-exchange")],
    },
    Exhibit {
        number: 32,
        title: "a renewal in the background fails and hides a token that still works",
        links: &["googleapis/google-cloud-rust#5809"],
        faulty: &[in_scenario("refresh/failed-renewal", "refresh/failed-renewal-published")],
        fixed: &[in_scenario("refresh/failed-renewal", "refresh/failed-renewal-ignored")],
    },
    Exhibit {
        number: 36,
        title: "the slower of two answers overwrites the faster, which is newer",
        links: &["thomhurst/Dekaf#3060"],
        faulty: &[in_scenario("refresh/overtaken-answer", "refresh/check-then-act")],
        fixed: &[in_scenario("refresh/overtaken-answer", "refresh/saves-only-if-unchanged")],
    },
    Exhibit {
        number: 37,
        title: "a write of something else in the same value makes the rotation's swap fail",
        links: &["Menci/Floway#340"],
        faulty: &[in_scenario("refresh/quota-write-during-refresh", "refresh/swaps-once")],
        fixed: &[
            in_scenario("refresh/quota-write-during-refresh", "refresh/swaps-until-written"),
            in_scenario("refresh/quota-write-during-refresh", "refresh/saves-only-if-unchanged"),
        ],
    },
    Exhibit {
        number: 38,
        title: "a file of tokens is read between being emptied and being written",
        links: &["aws/aws-cli#10628"],
        faulty: &[
            in_scenario("refresh/torn-read", "refresh/truncates-then-writes"),
            in_scenario("refresh/torn-read", "refresh/truncates-under-lock"),
        ],
        fixed: &[in_scenario("refresh/torn-read", "refresh/renames-under-lock")],
    },
    Exhibit {
        number: 39,
        title: "after a refresh, the spent refresh token is stored again",
        links: &["git-ecosystem/git-credential-manager#2003"],
        faulty: &[in_scenario("refresh/second-expiry", "refresh/stores-presented-token")],
        fixed: &[in_scenario("refresh/second-expiry", "refresh/serialized-with-recheck")],
    },
    Exhibit {
        number: 40,
        title: "a renewal is stopped and started again, and two chains of timers go on",
        links: &["rynfar/meridian#482"],
        faulty: &[in_scenario("refresh/renewal-restarted", "refresh/orphaned-timers")],
        fixed: &[in_scenario("refresh/renewal-restarted", "refresh/numbered-timers")],
    },
    Exhibit {
        number: 41,
        title: "the end of a token by the server's clock is compared with the client's clock",
        links: &["okta/okta-oidc-js#894", "workos/authkit-nextjs#470"],
        faulty: &[
            in_scenario("refresh/fast-clock", "refresh/compares-servers-end"),
            in_scenario("refresh/slow-clock", "refresh/compares-servers-end"),
            in_scenario("refresh/fast-clock", "refresh/leeway-below-skew"),
            in_scenario("refresh/slow-clock", "refresh/leeway-below-skew"),
        ],
        fixed: &[
            in_scenario("refresh/fast-clock", "refresh/serialized-with-recheck"),
            in_scenario("refresh/slow-clock", "refresh/serialized-with-recheck"),
        ],
    },
    Exhibit {
        number: 42,
        title: "the effect that handles the redirect runs twice and sends the code twice",
        links: &["soofstad/react-oauth2-pkce#50"],
        faulty: &[in_scenario("callback/double-submit", "callback/check-then-insert")],
        fixed: &[in_scenario("callback/double-submit", "callback/idempotency-key")],
    },
    Exhibit {
        number: 44,
        title: "two logins find no user and both insert one",
        links: &["decidim/decidim#16847", "strapi/strapi#25113"],
        faulty: &[in_scenario("callback/same-browser-twice", "callback/check-then-insert")],
        fixed: &[in_scenario("callback/same-browser-twice", "callback/unique-insert")],
    },
    Exhibit {
        number: 46,
        title: "a server looks whether a code is redeemed, and redeems it later",
        links: &["ory/fosite#778", "supabase/auth#2613", "oauthlib/oauthlib#618"],
        faulty: &[in_scenario("callback/torn-redemption", "callback/check-then-insert")],
        fixed: &[in_scenario("callback/atomic-redemption", "callback/check-then-insert")],
    },
    Exhibit {
        number: 47,
        title: "a server looks whether a refresh token is spent, and spends it later",
        links: &["nightscout/nocturne#326", "keycloak/keycloak#46054"],
        faulty: &[in_scenario("refresh/torn-rotation", "refresh/check-then-act")],
        fixed: &[in_scenario("refresh/atomic-rotation", "refresh/check-then-act")],
    },
];
