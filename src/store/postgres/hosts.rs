//! Several servers in one address, `postgres://USER@ONE:5432,OTHER:5432/DATABASE` as libpq writes it: the gateway
//! works with whichever may be written to, and after a failover its pools follow to the new primary.

use std::time::Duration;

use sqlx::any::AnyConnectOptions;
use sqlx::{AnyPool, Connection, PgConnection};

use dutybell_system::clock::{pause, within};

/// Between two looks at where the primary is.
const EVERY: Duration = Duration::from_secs(2);
/// A server that takes longer to answer is not asked any further.
const PATIENCE: Duration = Duration::from_secs(3);

/// One address for each server.
pub(super) fn each(url: &str) -> Vec<String> {
    let Some((scheme, rest)) = url.split_once("://") else { return vec![url.to_owned()] };
    let (servers, database) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let (user, hosts) = match servers.rsplit_once('@') {
        Some((user, hosts)) => (format!("{user}@"), hosts),
        None => (String::new(), servers),
    };
    hosts.split(',').map(|host| format!("{scheme}://{user}{host}{database}")).collect()
}

/// The servers and the sessions in which they are asked who leads.
pub(super) struct Servers(Vec<(String, Option<PgConnection>)>);

impl Servers {
    pub(super) fn of(urls: Vec<String>) -> Servers {
        Servers(urls.into_iter().map(|url| (url, None)).collect())
    }

    /// The address of the primary. An old one that was started again after a failover stays on a lower timeline.
    pub(super) async fn primary(&mut self) -> Option<&str> {
        let mut best = (0, None);
        for (url, session) in &mut self.0 {
            let found = timeline(url, session).await;
            if found > best.0 {
                best = (found, Some(url.as_str()));
            }
        }
        best.1
    }
}

/// The timeline on which a server is primary; 0 when it only follows or does not answer.
async fn timeline(url: &str, session: &mut Option<PgConnection>) -> i32 {
    let asked = async {
        let mut open = match session.take() {
            Some(open) => open,
            None => PgConnection::connect(url).await?,
        };
        let found = sqlx::query_scalar(
            "SELECT CASE WHEN pg_is_in_recovery() THEN 0
                    ELSE ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int END",
        )
        .fetch_one(&mut open)
        .await?;
        *session = Some(open);
        Ok::<_, sqlx::Error>(found)
    };
    within(PATIENCE, asked).await.and_then(Result::ok).unwrap_or(0)
}

/// Keeps the pools pointed at the primary until they are closed.
pub(super) async fn follow(mut servers: Servers, mut current: String, pools: [AnyPool; 2]) {
    while !pools.iter().any(AnyPool::is_closed) {
        pause(EVERY).await;
        if let Some(found) = servers.primary().await.filter(|found| *found != current) {
            current = found.to_owned();
            turn(&pools, &current);
        }
    }
}

/// New sessions are made with this server; idle ones with another, which may never answer again, are dropped.
fn turn(pools: &[AnyPool], url: &str) {
    let Ok(options) = url.parse::<AnyConnectOptions>() else { return };
    let server = options.database_url.host_str().unwrap_or_default().to_owned();
    tracing::warn!(server, port = options.database_url.port(), "the database has moved; going on there");
    for pool in pools {
        pool.set_connect_options(options.clone());
        while let Some(idle) = pool.try_acquire() {
            drop(idle.detach());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::each;

    #[test]
    fn a_list_of_servers_is_taken_apart() {
        assert_eq!(
            each("postgres://bell:p%40ss@one:5433,other/office?sslmode=require"),
            [
                "postgres://bell:p%40ss@one:5433/office?sslmode=require",
                "postgres://bell:p%40ss@other/office?sslmode=require"
            ]
        );
        assert_eq!(each("postgres://localhost/office"), ["postgres://localhost/office"]);
        assert_eq!(each("postgresql://a,b"), ["postgresql://a", "postgresql://b"]);
    }
}
