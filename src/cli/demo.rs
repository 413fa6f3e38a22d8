//! `dutybell demo`.

use std::net::SocketAddr;

use tokio_util::sync::CancellationToken;

/// Options of the demo.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Run the fortnight as fast as it goes with scripted answers and print it
    #[arg(long)]
    headless: bool,
    /// Address of the page
    #[arg(long, default_value = "127.0.0.1:8484")]
    listen: SocketAddr,
    /// Real seconds that a simulated day takes
    #[arg(long, default_value_t = 10.0, value_name = "SECONDS")]
    speed: f64,
}

pub(super) async fn run(args: Args) -> anyhow::Result<()> {
    let folder = std::env::temp_dir().join(format!("dutybell-demo-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let result = if args.headless {
        crate::demo::headless::run(&folder, &mut std::io::stdout().lock()).await
    } else {
        let stop = CancellationToken::new();
        super::serve::stop_on_signal(stop.clone());
        crate::demo::live::run(&folder, args.listen, args.speed.clamp(0.5, 86_400.0), stop).await
    };
    // The demo leaves nothing behind.
    let cleaned = std::fs::remove_dir_all(&folder);
    result?;
    Ok(cleaned?)
}
