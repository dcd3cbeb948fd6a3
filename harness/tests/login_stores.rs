//! What a relying party keeps between the beginning of a login and its callback, and afterwards.

use authloom::auth::{
    BrowserId, CodeVerifier, LoginStore as _, NonceStore as _, PendingLogin, World,
};

fn login(world: &World) -> PendingLogin {
    world.server().issue_callback(&CodeVerifier::new("verifier")).login()
}

#[tokio::test]
async fn a_slot_has_the_login_that_was_put_there_last_until_it_is_taken() {
    let world = World::by_hand();
    let (store, browser) = (world.login_store(), BrowserId::new("browser"));
    let (first, second) = (login(&world), login(&world));
    assert_ne!(first, second);
    store.put(&browser, "slot", first.clone()).await;
    store.put(&browser, "slot", second.clone()).await;
    store.put(&browser, "another", first.clone()).await;
    assert_eq!(store.take(&BrowserId::new("phone"), "slot").await, None);
    assert_eq!(store.take(&browser, "slot").await, Some(second));
    assert_eq!(store.take(&browser, "slot").await, None);
    assert_eq!(store.take(&browser, "another").await, Some(first));
}

/// What was put there meanwhile is gone.
#[tokio::test]
async fn all_slots_are_replaced_at_once() {
    let world = World::by_hand();
    let (store, browser) = (world.login_store(), BrowserId::new("browser"));
    let (first, second) = (login(&world), login(&world));
    store.put(&browser, "first", first.clone()).await;
    let logins = world.login_store().load_all(&browser).await;
    store.put(&browser, "second", second).await;
    store.save_all(&browser, logins).await;
    assert_eq!(store.take(&browser, "second").await, None);
    assert_eq!(store.take(&browser, "first").await, Some(first));
}

#[tokio::test]
async fn a_nonce_is_consumed_once() {
    let world = World::by_hand();
    let (store, one, other) = (world.nonce_store(), login(&world).nonce, login(&world).nonce);
    assert!(!store.is_used(&one).await);
    assert!(store.consume(&one).await);
    assert!(!world.nonce_store().consume(&one).await);
    assert!(store.is_used(&one).await);
    // An upsert does not tell.
    store.record(&one).await;
    store.record(&other).await;
    assert!(store.is_used(&other).await);
    assert!(!store.consume(&other).await);
}
