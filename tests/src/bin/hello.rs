//! The smallest function: what the benchmark compares others with.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(hello)).await
}

async fn hello(_: LambdaEvent<()>) -> Result<&'static str, Error> {
    Ok("hello")
}
