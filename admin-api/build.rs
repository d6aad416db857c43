//! Tells cargo about files that are embedded but not compiled: migrations and the built console.

fn main() {
    println!("cargo:rerun-if-changed=../migrations");
    // A missing path would make every build dirty, so the (git-ignored) folder is made here.
    // On a read-only checkout the crate is merely rebuilt more often.
    let _ = std::fs::create_dir_all("../web-ui/dist");
    println!("cargo:rerun-if-changed=../web-ui/dist");
}
