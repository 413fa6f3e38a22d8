//! The demo: the invented 青石县 and its fortnight from 22 September 2022, on a simulated clock.
//!
//! The real gateway on a fresh SQLite file, with the desk and mail-to-folder channels. [`headless`]
//! runs it as fast as it can with scripted answers and checks the invariants; [`live`] lets people
//! play with it on a page.

pub mod headless;
pub mod live;
pub mod rehearsal;
mod script;

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use chrono::{DateTime, Duration, TimeZone, Utc};

use crate::channel::Channel;
use crate::channel::desk::Desk;
use crate::channel::mail::{Mail, MailConfig, MailTransport};
use crate::clock::{Clock, SimulatedClock};
use crate::core::calendar::Calendar;
use crate::core::policy::Policy;
use crate::core::world::Calendars;
use crate::gateway::{Days, Gateway, ImportOptions, ImportReport};
use crate::ledger::{ReadContext, Workbook, read_bytes};
use crate::render::Phrases;
use crate::store::Store;
use crate::web::control::Stage;

const PACK: &str = include_str!("../../packs/cn-worksafety.toml");
const CALENDAR: &str = include_str!("../../packs/calendars/cn.tsv");
const LEDGER: &[u8] = include_bytes!("../../packs/qingshi/ledger.csv");
const PEOPLE: &[u8] = include_bytes!("../../packs/qingshi/people.csv");
const UNITS: &[u8] = include_bytes!("../../packs/qingshi/units.csv");

/// Days that the demo covers.
pub const DAYS: i64 = 21;

/// The parts of a demo.
pub struct Demo {
    pub gateway: Arc<Gateway>,
    pub clock: SimulatedClock,
    pub desk: Desk,
    pub imported: ImportReport,
    /// The clock stops here.
    pub end: DateTime<Utc>,
    /// What the page shows of it.
    pub stage: Stage,
}

/// 22 September 2022, 08:30 in Shanghai: the morning after the mobilisation meeting.
pub fn start() -> DateTime<Utc> {
    chrono_tz::Asia::Shanghai
        .with_ymd_and_hms(2022, 9, 22, 8, 30, 0)
        .earliest()
        .map(|t| t.with_timezone(&Utc))
        .unwrap_or_default()
}

impl Demo {
    /// A fresh database in `folder`, the ledger imported, everything issued.
    pub async fn prepare(folder: &Path) -> anyhow::Result<Demo> {
        let store = Store::open(&format!("sqlite:{}", folder.join("demo.db").display())).await?;
        let clock = SimulatedClock::new(start());
        let policy = Policy::from_toml(PACK).map_err(anyhow::Error::msg).context("packs/cn-worksafety.toml")?;
        let calendars = Calendars::new(vec![Calendar::from_tsv("cn", CALENDAR)?]);
        let phrases = Phrases::built_in().map_err(anyhow::Error::msg)?;
        let desk = Desk::public();
        let mail = mail(folder, &clock)?;
        let channels: Vec<Arc<dyn Channel>> = vec![Arc::new(desk.clone()), Arc::new(mail)];
        let gateway = Arc::new(Gateway::new(
            store,
            Clock::Simulated(clock.clone()),
            policy,
            calendars,
            phrases,
            channels,
            Vec::new(),
        ));
        let workbook = ledger(&gateway)?;
        let imported = gateway.import("qingshi", &workbook, ImportOptions::default()).await?;
        let phones = ["zhangsan", "lisi", "zhaoliu", "wangwu"].map(str::to_owned).to_vec();
        let stage = Stage { rehearsal: false, phones, from: (0, 0) };
        Ok(Demo { gateway, clock, desk, imported, end: start() + Duration::days(DAYS), stage })
    }
}

fn mail(folder: &Path, clock: &SimulatedClock) -> anyhow::Result<Mail> {
    let dir = folder.join("mail");
    std::fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
    let config = MailConfig {
        from_name: Some("青石县安委办".to_owned()),
        ..MailConfig::new("bell@qingshi.example", "qingshi.example", MailTransport::Folder { dir })
    };
    let clock = Clock::Simulated(clock.clone());
    Ok(Mail::new(config, Arc::new(move || clock.now()))?)
}

/// The shipped ledger, people and units as one workbook.
fn ledger(gateway: &Gateway) -> anyhow::Result<Workbook> {
    let zone = gateway.policy.zone;
    let days = Days(gateway.calendars.get(&gateway.policy.calendar));
    let context = ReadContext::new(gateway.now().with_timezone(&zone).date_naive(), &days);
    let mut workbook = Workbook::default();
    for (name, bytes) in [("units.csv", UNITS), ("people.csv", PEOPLE), ("ledger.csv", LEDGER)] {
        workbook.add(read_bytes(name, bytes, &context)?);
    }
    Ok(workbook)
}
