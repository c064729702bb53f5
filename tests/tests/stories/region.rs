//! Doorstep runs in London and nowhere else.

use doorstep_tests::{
    runtime::{spawn, variables},
    stack,
};

/// Without a runtime API to ask, whatever starts well would hang or fail by its connection.
const NOWHERE: &str = "127.0.0.1:9";

#[test]
fn a_function_that_starts_elsewhere_says_why_and_ends() {
    for package in ["signup", "verify", "messages", "stores", "relay", "send", "ingest", "webhooks"]
    {
        let mut environment = variables(package, "us-east-1");
        environment.extend([
            ("CARRIER".to_owned(), "sandbox".to_owned()),
            ("TOPIC_ARN".to_owned(), "arn:aws:sns:us-east-1:000000000000:t".to_owned()),
            ("QUEUE_URL".to_owned(), "http://127.0.0.1:9/q".to_owned()),
            ("DLQ_URL".to_owned(), "http://127.0.0.1:9/d".to_owned()),
            ("RECEIPTS_QUEUE_URL".to_owned(), "http://127.0.0.1:9/r".to_owned()),
        ]);
        let child = spawn(&stack().binary(package), &environment, NOWHERE);
        let output = child.wait_with_output().expect("it ends");
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        assert!(!output.status.success(), "{package} runs in us-east-1: {said}");
        assert!(said.contains("eu-west-2") && said.contains("us-east-1"), "{package}: {said}");
    }
}
