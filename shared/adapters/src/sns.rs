//! The topic.

use aws_sdk_sns::{Client, types::MessageAttributeValue};
use doorstep_domain::{Fault, ports::Topic};

use crate::aws::{Aws, fault};

/// One SNS topic, whose filter policies fan out to one queue per consumer.
pub struct SnsTopic {
    client: Client,
    arn: String,
}

impl SnsTopic {
    /// Publishes to this topic.
    #[must_use]
    pub fn new(aws: &Aws, arn: String) -> Self {
        let config = aws_sdk_sns::config::Builder::from(&aws.config).interceptor(aws.counter());
        Self { client: Client::from_conf(config.build()), arn }
    }
}

impl Topic for SnsTopic {
    async fn publish(&self, attributes: &[(&str, &str)], body: &str) -> Result<(), Fault> {
        let mut call = self.client.publish().topic_arn(&self.arn).message(body);
        for (name, value) in attributes {
            let value = MessageAttributeValue::builder().data_type("String").string_value(*value);
            let value = value.build().map_err(|_| Fault::corrupt("an attribute of an event"))?;
            call = call.message_attributes(*name, value);
        }
        call.send().await.map(drop).map_err(|e| fault("publish an event", &e))
    }
}
