//! What AWS takes in eu-west-2, in dollars per million, without any free tier.

/// HTTP API, requests. AWS price list eu-west-2, Sept 2026.
pub(crate) const HTTP_CALL: f64 = 1.16;
/// Lambda, requests. AWS price list eu-west-2, Sept 2026.
pub(crate) const INVOCATION: f64 = 0.20;
/// Lambda, arm64, per GB-second (not per million). AWS price list eu-west-2, Sept 2026.
pub(crate) const GB_SECOND: f64 = 0.000_013_333_4;
/// `CloudWatch` Logs, per GB taken in (not per million). AWS price list eu-west-2, Sept 2026.
pub(crate) const LOG_GB: f64 = 0.5985;
/// SQS standard, requests. AWS price list eu-west-2, Sept 2026.
const SQS: f64 = 0.40;
/// KMS, requests: $0.03 for 10,000. AWS price list eu-west-2, Sept 2026.
const KMS: f64 = 3.0;
/// SNS, publishes; their delivery to SQS is free. Prior knowledge, not in the list.
const SNS: f64 = 0.50;
/// DynamoDB on demand, write request units. Prior knowledge, not in the list.
pub(crate) const WRITE_UNIT: f64 = 0.74;
/// DynamoDB on demand, read request units. Prior knowledge, not in the list.
pub(crate) const READ_UNIT: f64 = 0.15;

/// What each function has, in GB.
pub(crate) const MEMORY_GB: f64 = 0.25;
/// What Lambda itself asks of a queue for each invocation: receive and delete.
pub(crate) const POLLING: f64 = 2.0 * SQS;

/// A call to a service; DynamoDB is paid by units.
pub(crate) fn call(service: &str) -> f64 {
    match service {
        "sqs" => SQS,
        "sns" => SNS,
        "kms" => KMS,
        _ => 0.0,
    }
}
