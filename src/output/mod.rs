//! A plan or a difference as something to read or to run: scripts, reports, graphs, documents. Pure: the same input gives the same bytes.

mod analyzed;
pub mod diff_text;
pub mod folder;
mod frame;
pub mod graph;
pub mod json;
mod left_alone;
pub mod markdown;
mod paint;
pub mod scripts;
pub mod svg;
pub mod text;
mod view;
pub mod yaml;

#[cfg(test)]
mod samples;

pub use left_alone::{by_kind, left_alone};
pub use paint::{Paint, Role, bytes, duration, rows};
pub use view::{ChangeView, summary};
