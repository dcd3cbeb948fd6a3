//! Source places, without what depends on the machine.

use crate::world::Panic;

/// A source path as everybody has it: relative to the workspace, or from the directory of its crate
/// on. `None` for any other absolute path.
pub(super) fn short_path(path: &str) -> Option<String> {
    let path = path.replace('\\', "/");
    if !path.starts_with('/') && !path.contains(':') {
        return Some(path);
    }
    // registry/src/<index>/<crate>-<version>/src/...: the index's name depends on the machine.
    let (_, in_registry) = path.split_once("/registry/src/")?;
    let (_, in_crate) = in_registry.split_once('/')?;
    Some(in_crate.to_owned())
}

/// ` (a.rs:1)`, if that can be told without naming the machine.
pub(super) fn at(file: &str, line: u32) -> String {
    short_path(file).map_or_else(String::new, |path| format!(" ({path}:{line})"))
}

/// What a panic said, and where if that can be told without naming the machine.
pub(super) fn panic_text(panic: &Panic) -> String {
    let place = panic
        .place
        .as_ref()
        .and_then(|place| Some(format!(" ({}:{})", short_path(&place.file)?, place.line)));
    let message = panic.message.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{message}{}", place.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::short_path;

    #[test]
    fn a_path_is_cut_down_to_what_every_machine_has() {
        assert_eq!(short_path("tests/x.rs").as_deref(), Some("tests/x.rs"));
        let registry = "/home/me/.cargo/registry/src/index-1949/oauth2-5.0.0/src/lib.rs";
        assert_eq!(short_path(registry).as_deref(), Some("oauth2-5.0.0/src/lib.rs"));
        let windows = "C:\\cargo\\registry\\src\\index-1949\\tokio-1.54.1\\src\\lib.rs";
        assert_eq!(short_path(windows).as_deref(), Some("tokio-1.54.1/src/lib.rs"));
        assert_eq!(short_path("/home/me/secret/lib.rs"), None);
    }
}
