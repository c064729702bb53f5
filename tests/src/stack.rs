//! What `make up` left behind: addresses, names and keys.

use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use serde_json::Value;

/// The deployed stack, as its file describes it.
#[derive(Debug)]
pub struct Stack {
    /// The file's folder's parent: where `.build` is too.
    pub root: PathBuf,
    content: Value,
}

static STACK: LazyLock<Stack> = LazyLock::new(Stack::read);

/// The stack under test.
#[must_use]
pub fn stack() -> &'static Stack {
    &STACK
}

impl Stack {
    fn read() -> Self {
        let file = match env::var("DOORSTEP_STACK") {
            Ok(named) => PathBuf::from(named),
            Err(_) => found_upwards(Path::new(env!("CARGO_MANIFEST_DIR"))),
        };
        let text = fs::read_to_string(&file)
            .unwrap_or_else(|_| panic!("no stack at {}: run `make up` first", file.display()));
        let content = serde_json::from_str(&text).expect("the stack's file is JSON");
        let root = file.ancestors().nth(2).expect("the stack's file is in a folder");
        Self { root: root.to_owned(), content }
    }

    /// The text at a JSON pointer, such as `/functions/Relay`.
    #[must_use]
    pub fn text(&self, pointer: &str) -> &str {
        let found = self.content.pointer(pointer).and_then(Value::as_str);
        found.unwrap_or_else(|| panic!("the stack's file has no {pointer}"))
    }

    /// The texts of an object's members, such as those of `/queues`.
    #[must_use]
    pub fn all(&self, pointer: &str) -> Vec<&str> {
        let found = self.content.pointer(pointer).and_then(Value::as_object);
        let members = found.unwrap_or_else(|| panic!("the stack's file has no {pointer}"));
        members.values().filter_map(Value::as_str).collect()
    }

    /// The binary of a package as it was deployed.
    #[must_use]
    pub fn binary(&self, package: &str) -> PathBuf {
        self.root.join(".build/lambda").join(package).join("bootstrap")
    }
}

fn found_upwards(from: &Path) -> PathBuf {
    from.ancestors()
        .map(|folder| folder.join(".local/stack.json"))
        .find(|file| file.exists())
        .expect("no .local/stack.json from here upwards: run `make up` first")
}
