//! What the token endpoint over raw HTTP makes of bodies that no client should send.
//!
//! The bodies are enumerated, not drawn: the same ones in each run. A panic in the double would
//! fail the test that sent the body. A good request at the end shows that nothing changed.

use authloom::auth::{TOKEN_URL, UserId, World};
use http::Request;

/// A public client's refresh of the token that the world of [`assert_all_refused`] begins with.
const REFRESH: &[u8] = b"grant_type=refresh_token&refresh_token=rt-1&client_id=app";

async fn status_of(world: &World, body: &[u8]) -> u16 {
    let request = Request::post(TOKEN_URL).body(body.to_vec());
    let request = request.expect("the request is well-formed");
    let response = world.http().send(request).await.expect("there is a server at the token URL");
    response.status().as_u16()
}

/// That each of `bodies` is refused with a 400 or a 401, and that the good request then works.
async fn assert_all_refused(bodies: impl Iterator<Item = Vec<u8>>) {
    let world = World::by_hand();
    world.server().log_in_live(&UserId::new("alice"));
    for body in bodies {
        let status = status_of(&world, &body).await;
        let shown = body.escape_ascii();
        assert!(matches!(status, 400 | 401), "{status} to \"{shown}\"");
    }
    assert_eq!(status_of(&world, REFRESH).await, 200);
}

/// Every body of up to two bytes: 65,793 of them, in a world for each first byte.
#[tokio::test]
async fn every_body_of_up_to_two_bytes_is_refused() {
    assert_all_refused(std::iter::once(Vec::new())).await;
    for first in 0..=u8::MAX {
        let two = (0..=u8::MAX).map(|second| vec![first, second]);
        assert_all_refused(std::iter::once(vec![first]).chain(two)).await;
    }
}

/// Every byte of a good body in turn, replaced by each other byte.
#[tokio::test]
async fn a_good_body_with_one_byte_replaced_is_refused() {
    for position in 0..REFRESH.len() {
        let others = (0..=u8::MAX).filter(|&byte| byte != REFRESH[position]);
        assert_all_refused(others.map(|byte| {
            let mut body = REFRESH.to_vec();
            body[position] = byte;
            body
        }))
        .await;
    }
}

/// Every byte of a good body in turn, left out; and every beginning of it.
#[tokio::test]
async fn a_good_body_with_bytes_missing_is_refused() {
    assert_all_refused((0..REFRESH.len()).map(|position| {
        let mut body = REFRESH.to_vec();
        body.remove(position);
        body
    }))
    .await;
    assert_all_refused((0..REFRESH.len()).map(|length| REFRESH[..length].to_vec())).await;
}

/// Other formats, broken escapes, and forms without an end.
#[tokio::test]
async fn a_body_that_is_no_form_is_refused() {
    let bodies: [&[u8]; 9] = [
        b"{\"grant_type\":\"refresh_token\",\"refresh_token\":\"rt-1\",\"client_id\":\"app\"}",
        b"<grant_type>refresh_token</grant_type>",
        b"client_id=app&grant_type=%",
        b"client_id=app&grant_type=%7",
        b"client_id=app&grant_type=%zz",
        b"client_id=app&grant_type=%ff%fe&%c3%28=%80",
        b"client_id=app&grant_type=refresh_token&refresh_token=rt-1%00",
        b"client_id=app;grant_type=refresh_token;refresh_token=rt-1",
        b"client_id=app\r\n&grant_type=refresh_token\r\n&refresh_token=rt-1\r\n",
    ];
    assert_all_refused(bodies.into_iter().map(<[u8]>::to_vec)).await;
    let endless = [b"&".repeat(100_000), b"=".repeat(100_000), b"a=1&".repeat(100_000)];
    assert_all_refused(endless.into_iter()).await;
}
