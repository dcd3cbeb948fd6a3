//! The values of tokens.

use std::sync::Arc;

/// The values `prefix-1`, `prefix-1.2`, `prefix-1.3` and so on of each family, each made once. They
/// do not depend on what happens in other families.
#[derive(Default)]
pub(super) struct Names(Vec<Vec<Arc<str>>>);

impl Names {
    pub(super) fn nth(&mut self, prefix: &str, family: usize, number: usize) -> Arc<str> {
        if self.0.len() <= family {
            self.0.resize_with(family + 1, Vec::new);
        }
        let names = &mut self.0[family];
        while names.len() <= number {
            let name = match names.len() {
                0 => format!("{prefix}-{}", family + 1),
                earlier => format!("{prefix}-{}.{}", family + 1, earlier + 1),
            };
            names.push(Arc::from(name));
        }
        Arc::clone(&names[number])
    }
}
