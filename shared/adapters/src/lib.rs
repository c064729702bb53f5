#![doc = include_str!("../README.md")]

pub mod aws;
mod cache;
pub mod carriers;
pub mod dynamo;
pub mod egress;
pub mod kms;
pub mod notary;
pub mod s3;
pub mod secrets;
pub mod sns;
pub mod sqs;
pub mod system;
pub mod turnstile;

pub use aws::Aws;
pub use dynamo::Table;
