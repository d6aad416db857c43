//! Each listed test runs twice: against our broker and against the real nats-server, so that an
//! expectation which the original does not share shows up as such.

/// `on_both![name, …]` makes `name::tidegate` and `name::nats_server` of each
/// `async fn name(which: Which) -> Result<()>`.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => { $(
        mod $name {
            #[tokio::test]
            async fn tidegate() -> anyhow::Result<()> {
                super::$name(::tests::Which::Tidegate).await
            }
            #[tokio::test]
            async fn nats_server() -> anyhow::Result<()> {
                super::$name(::tests::Which::NatsServer).await
            }
        }
    )+ };
}

pub(crate) use on_both;
