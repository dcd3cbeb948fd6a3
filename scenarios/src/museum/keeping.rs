//! Tokens and logins that are stored, told, renewed and ended at the wrong moment.

use super::{Exhibit, at, concurrent, failing};

/// Exhibits from 23 on.
pub(super) static EXHIBITS: &[Exhibit] = &[
    Exhibit {
        number: 23,
        title: "a refresh under way stores its result after the sign-out",
        links: &["logto-io/kotlin#253"],
        faulty: &[
            at("refresh/sign-out-during-refresh", "refresh/saves-after-sign-out"),
            at("refresh/sign-out-during-refresh", "refresh/rereads-before-save"),
        ],
        fixed: &[at("refresh/sign-out-during-refresh", "refresh/saves-only-if-unchanged")],
    },
    Exhibit {
        number: 24,
        title: "a late refusal of the old login removes the new one",
        links: &["9thLevelSoftware/Project-Phoenix-MP#805"],
        faulty: &[at("refresh/new-login-during-refresh", "refresh/deletes-on-refusal")],
        fixed: &[
            at("refresh/new-login-during-refresh", "refresh/compares-and-deletes"),
            at("refresh/new-login-during-refresh", "refresh/rereads-before-delete"),
        ],
    },
    Exhibit {
        number: 25,
        title: "one object serves all users, and one gets the token of another",
        links: &["lelylan/simple-oauth2#88"],
        faulty: &[at("refresh/unrelated-users", "refresh/single-flight-for-everybody")],
        fixed: &[at("refresh/unrelated-users", "refresh/single-flight")],
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
        faulty: &[at("callback/failed-exchange", "callback/lock-leaked-on-error")],
        fixed: &[at("callback/failed-exchange", "callback/keyed-lock")],
    },
    Exhibit {
        number: 29,
        title: "a hit in the token cache waits for somebody else's miss",
        links: &["azure_identity, cache.rs at 1588b72"],
        faulty: &[at("refresh/slow-neighbour", "refresh/write-guard-across-fetch")],
        fixed: &[at("refresh/slow-neighbour", "refresh/serialized-per-session")],
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
        faulty: &[at("refresh/failed-renewal", "refresh/failed-renewal-published")],
        fixed: &[at("refresh/failed-renewal", "refresh/failed-renewal-ignored")],
    },
    Exhibit {
        number: 33,
        title: "a herd refreshes at once, and the server has too many requests",
        links: &["djc/gcp_auth#41", "googleapis/google-auth-library-nodejs#338"],
        faulty: &[
            at("refresh/herd-at-a-limit", "refresh/check-then-act"),
            at("refresh/herd-at-a-limit", "refresh/serialized-without-recheck"),
        ],
        fixed: &[
            at("refresh/herd-at-a-limit", "refresh/serialized-with-recheck"),
            at("refresh/herd-at-a-limit", "refresh/single-flight"),
        ],
    },
    Exhibit {
        number: 34,
        title: "a refresh token that the server refuses for good is kept and sent again",
        links: &["spring-projects/spring-security#10016"],
        faulty: &[at("refresh/login-ended-at-server", "refresh/serialized-with-recheck")],
        fixed: &[at("refresh/login-ended-at-server", "refresh/removes-what-was-refused")],
    },
    Exhibit {
        number: 35,
        title: "the refresh of one session throttles that of another",
        links: &["aws/aws-sdk-js-v3#8266"],
        faulty: &[at("refresh/unrelated-users", "refresh/one-throttle-for-everybody")],
        fixed: &[at("refresh/unrelated-users", "refresh/throttle-for-each-user")],
    },
    Exhibit {
        number: 36,
        title: "the slower of two answers overwrites the faster, which is newer",
        links: &["thomhurst/Dekaf#3060"],
        faulty: &[at("refresh/overtaken-answer", "refresh/check-then-act")],
        fixed: &[at("refresh/overtaken-answer", "refresh/saves-only-if-unchanged")],
    },
    Exhibit {
        number: 37,
        title: "a write of something else in the same value makes the rotation's swap fail",
        links: &["Menci/Floway#340"],
        faulty: &[at("refresh/quota-write-during-refresh", "refresh/swaps-once")],
        fixed: &[
            at("refresh/quota-write-during-refresh", "refresh/swaps-until-written"),
            at("refresh/quota-write-during-refresh", "refresh/saves-only-if-unchanged"),
        ],
    },
    Exhibit {
        number: 38,
        title: "a file of tokens is read between being emptied and being written",
        links: &["aws/aws-cli#10628"],
        faulty: &[
            at("refresh/torn-read", "refresh/truncates-then-writes"),
            at("refresh/torn-read", "refresh/truncates-under-lock"),
        ],
        fixed: &[at("refresh/torn-read", "refresh/renames-under-lock")],
    },
    Exhibit {
        number: 39,
        title: "after a refresh, the spent refresh token is stored again",
        links: &["git-ecosystem/git-credential-manager#2003"],
        faulty: &[at("refresh/second-expiry", "refresh/stores-presented-token")],
        fixed: &[at("refresh/second-expiry", "refresh/serialized-with-recheck")],
    },
    Exhibit {
        number: 40,
        title: "timers of renewals go on when they should not, or are too long for an aged token",
        links: &["rynfar/meridian#482", "saleor/saleor-dashboard#6795"],
        faulty: &[
            at("refresh/renewal-restarted", "refresh/orphaned-timers"),
            at("refresh/aged-token", "refresh/timer-for-whole-life"),
            at("refresh/first-refresh-fails", "refresh/flight-removed-by-every-caller"),
        ],
        fixed: &[
            at("refresh/renewal-restarted", "refresh/numbered-timers"),
            at("refresh/aged-token", "refresh/timer-until-end"),
            at("refresh/first-refresh-fails", "refresh/flight-removed-by-its-leader"),
        ],
    },
    Exhibit {
        number: 41,
        title: "the end of a token by the server's clock is compared with the client's clock",
        links: &["okta/okta-oidc-js#894", "workos/authkit-nextjs#470"],
        faulty: &[
            at("refresh/fast-clock", "refresh/compares-servers-end"),
            at("refresh/slow-clock", "refresh/compares-servers-end"),
            at("refresh/fast-clock", "refresh/leeway-below-skew"),
            at("refresh/slow-clock", "refresh/leeway-below-skew"),
        ],
        fixed: &[
            at("refresh/fast-clock", "refresh/serialized-with-recheck"),
            at("refresh/slow-clock", "refresh/serialized-with-recheck"),
        ],
    },
    Exhibit {
        number: 42,
        title: "the effect that handles the redirect runs twice and sends the code twice",
        links: &["soofstad/react-oauth2-pkce#50"],
        faulty: &[at("callback/double-submit", "callback/check-then-insert")],
        fixed: &[at("callback/double-submit", "callback/idempotency-key")],
    },
    Exhibit {
        number: 43,
        title: "a second tab overwrites the state of the first, whose callback takes out its own",
        links: &[
            "mozilla/mozilla-django-oidc#345",
            "mozilla/mozilla-django-oidc#435",
            "oauth2-proxy/oauth2-proxy#611",
        ],
        faulty: &[
            at("callback/second-tab", "callback/one-slot-for-all-logins"),
            at("callback/second-tab", "callback/logins-saved-together"),
        ],
        fixed: &[at("callback/second-tab", "callback/slot-for-each-login")],
    },
    Exhibit {
        number: 44,
        title: "two logins find no user and both insert one",
        links: &["decidim/decidim#16847", "strapi/strapi#25113"],
        faulty: &[at("callback/same-browser-twice", "callback/check-then-insert")],
        fixed: &[at("callback/same-browser-twice", "callback/unique-insert")],
    },
    Exhibit {
        number: 45,
        title: "a nonce is compared and not used up, so that a callback can be replayed",
        links: &["librefang/librefang#4049"],
        faulty: &[
            at("callback/double-submit", "callback/nonce-never-consumed"),
            at("callback/double-submit", "callback/nonce-checked-then-recorded"),
        ],
        fixed: &[at("callback/double-submit", "callback/nonce-consumed-once")],
    },
    Exhibit {
        number: 46,
        title: "a server looks whether a code is redeemed, and redeems it later",
        links: &["ory/fosite#778", "supabase/auth#2613", "oauthlib/oauthlib#618"],
        faulty: &[at("callback/torn-redemption", "callback/check-then-insert")],
        fixed: &[at("callback/atomic-redemption", "callback/check-then-insert")],
    },
    Exhibit {
        number: 47,
        title: "a server looks whether a refresh token is spent, and spends it later",
        links: &["nightscout/nocturne#326", "keycloak/keycloak#46054"],
        faulty: &[at("refresh/torn-rotation", "refresh/check-then-act")],
        fixed: &[at("refresh/atomic-rotation", "refresh/check-then-act")],
    },
    Exhibit {
        number: 48,
        title: "two transactions look for the token of one row, which neither has locked",
        links: &["TracecatHQ/tracecat#3047"],
        faulty: &[
            at("refresh/two-processes", "refresh/transaction-around-refresh"),
            at("refresh/two-processes", "refresh/serializable-around-refresh"),
        ],
        fixed: &[
            at("refresh/two-processes", "refresh/locks-row-around-refresh"),
            at("refresh/two-processes", "refresh/serializable-lock-around"),
        ],
    },
    Exhibit {
        number: 49,
        title: "a connection that drops during a renewal signs the user out",
        links: &["joinmarket-webui/jam#1471"],
        faulty: &[at("refresh/any-failure", "refresh/removes-on-any-failure")],
        fixed: &[at("refresh/any-failure", "refresh/removes-what-was-refused")],
    },
];
