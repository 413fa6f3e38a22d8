//! `dutybell channel`: setting a platform up step by step, and a test message that waits for its answer.

use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use data_encoding::HEXLOWER;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{config, office, say, table};
use crate::channel::registry::{self, Field, Guide, Kind, REGISTRY};
use crate::channel::{Channel, Outcome, Outgoing};
use crate::clock::{pause, within};
use crate::config::{Loaded, load};
use crate::core::channels;
use crate::core::inbound::Content;
use crate::core::message::Message;
use crate::core::policy::Urgency;
use crate::gateway::Gateway;
use crate::gateway::run::receive;
use crate::store::outbox::NewMessage;
use crate::store::{inbox, outbox};
use crate::web::{self, App};

/// Between two looks into the inbox.
const LOOK: Duration = Duration::from_millis(500);
/// For a connection, or for a gateway that has one.
const CONNECT: Duration = Duration::from_secs(20);
/// What the test message says; 帮助 changes nothing, whoever writes it.
const TEXT: &str = "dutybell 测试消息。收到后请回复：帮助\nA test message. Please answer: help";

/// What to do with the channels.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Which channels there are, and which are configured
    List,
    /// Set one up: what to click on the platform, which values to paste; then it is tried
    Add {
        /// Its name, as `dutybell channel list` shows it
        name: String,
    },
    /// Send a test message and wait for the answer
    Test {
        /// Its name in the configuration
        name: String,
        /// Address on that channel: chat id, user id, mail address, telephone number, name of the hook
        #[arg(long)]
        to: String,
        /// Seconds to wait for the answer
        #[arg(long, default_value_t = 120)]
        wait: u64,
    },
}

pub(super) async fn run(named: Option<PathBuf>, args: Args) -> anyhow::Result<ExitCode> {
    match args.what {
        What::List => list(&super::load(named)?).map(|()| ExitCode::SUCCESS),
        What::Add { name } => add(named, &name).await,
        What::Test { name, to, wait } => test(&super::load(named)?, &name, &to, Duration::from_secs(wait)).await,
    }
}

fn list(loaded: &Loaded) -> anyhow::Result<()> {
    let configured = loaded.config.channels();
    let (policy, _) = office::rules(&loaded.config)?;
    let rows = REGISTRY.into_iter().map(|channel| {
        let name = channel.name;
        let state = match (configured.contains(&name), policy.channels_off.iter().any(|off| off == name)) {
            (true, true) => "configured, switched off by the policy pack",
            (true, false) => "in use",
            (false, _) => "",
        };
        vec![name.to_owned(), state.to_owned()]
    });
    Ok(say(table(&["channel", ""], rows))?)
}

/// Asks for the values, tries them, and only then writes them down.
async fn add(named: Option<PathBuf>, name: &str) -> anyhow::Result<ExitCode> {
    let known = registry::of(name).and_then(|channel| Some((channel.name, channel.guide.as_ref()?)));
    let Some((name, guide)) = known else {
        let guided: Vec<&str> = REGISTRY.into_iter().filter(|c| c.guide.is_some()).map(|c| c.name).collect();
        bail!("there is no guide for {name:?}; there is one for {}", guided.join(", "));
    };
    let file = named.clone().unwrap_or_else(|| PathBuf::from(config::FILE));
    let loaded = super::load(named)?;
    if loaded.file.is_none() {
        bail!("there is no {} yet; run first: dutybell init", file.display());
    }
    if loaded.config.channels().contains(&name) {
        bail!("[{}] is configured already; change it in {}", name, file.display());
    }
    for (n, step) in guide.steps.iter().enumerate() {
        say(format!("{}. {step}", n + 1))?;
    }
    say("")?;
    let folder = file.parent().unwrap_or(Path::new("")).to_owned();
    let mut written = Written::default();
    let section = section(name, guide, &folder, &mut written)?;
    let old = std::fs::read_to_string(&file)?;
    let tried = folder.join(format!(".{}.new", config::FILE));
    written.put(&tried, &format!("{}\n{section}", old.trim_end_matches('\n').to_owned() + "\n"))?;
    let loaded = load(Some(&tried), std::env::vars())?;
    let office = office::open(&loaded).await?;
    let allowed = office.gateway.channel(name).is_some();
    match office.gateway.channel(name) {
        None => say(format!(
            "the policy pack switches {name} off; after your own assessment: [office] allow_channels = [\"{name}\"]"
        ))?,
        Some(channel) => match channel.first_check().await {
            Ok(found) => say(format!("it works: {found}"))?,
            Err(why) => bail!("nothing was written: {why}"),
        },
    }
    office.gateway.store.close().await;
    std::fs::set_permissions(&tried, std::fs::metadata(&file)?.permissions())?;
    std::fs::rename(&tried, &file)?;
    written.keep();
    say(format!("{} has a section [{}] now", file.display(), name))?;
    if !allowed {
        return Ok(ExitCode::SUCCESS);
    }
    let to = ask(&format!("{} for a test message (empty: none)", guide.address))?;
    if to.is_empty() {
        say(format!("later: dutybell channel test {name} --to ADDRESS"))?;
        return Ok(ExitCode::SUCCESS);
    }
    test(&load(Some(&file), std::env::vars())?, name, &to, Duration::from_secs(120)).await
}

/// Files that go again unless everything went well.
#[derive(Default)]
struct Written(Vec<PathBuf>);

impl Written {
    /// Writes a new file that only its owner can read.
    fn put(&mut self, path: &Path, text: &str) -> anyhow::Result<()> {
        let mut file = crate::files::private_new(path)
            .with_context(|| format!("{} cannot be written; an existing file is kept as it is", path.display()))?;
        self.0.push(path.to_owned());
        Ok(file.write_all(text.as_bytes())?)
    }

    fn keep(&mut self) {
        self.0.clear();
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        for path in &self.0 {
            drop(std::fs::remove_file(path));
        }
    }
}

/// The section as it will stand in the file; secrets go into files of their own.
fn section(channel: &str, guide: &Guide, folder: &Path, written: &mut Written) -> anyhow::Result<String> {
    let mut text = format!("\n{}\n", guide.head);
    for Field { key, ask: question, kind } in guide.fields {
        let mut value = ask(question)?;
        while matches!(kind, Kind::Number) && !value.is_empty() && value.parse::<u64>().is_err() {
            value = ask(&format!("{value:?} is no number. {question}"))?;
        }
        if value.is_empty() && matches!(kind, Kind::Optional | Kind::Pair) {
            continue;
        }
        if value.is_empty() {
            bail!("{key} is needed; nothing was written");
        }
        match kind {
            Kind::Number => {
                text += &format!("{key} = {value}\n");
            }
            Kind::Text | Kind::Optional => text += &format!("{key} = {}\n", toml::Value::String(value)),
            Kind::Named(sent) => text += &named(key, value, (*sent).to_owned()),
            Kind::Pair => {
                let own = ask(&format!("Value of {value}"))?;
                text += &named(key, value, own);
            }
            Kind::Secret => {
                let name = format!("{channel}.{}", key.replace('.', "-"));
                written.put(&folder.join(&name), &value)?;
                text += &format!("{key}_file = {}\n", toml::Value::String(name));
            }
        }
    }
    Ok(text + guide.tail)
}

/// A key that is the platform's own word, in one of the section's tables.
fn named(table: &str, key: String, value: String) -> String {
    format!("{table}.{} = {}\n", toml::Value::String(key), toml::Value::String(value))
}

/// A line from standard input.
fn ask(question: &str) -> anyhow::Result<String> {
    let mut out = std::io::stdout().lock();
    write!(out, "{question}: ")?;
    out.flush()?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim().to_owned())
}

async fn test(loaded: &Loaded, name: &str, to: &str, wait: Duration) -> anyhow::Result<ExitCode> {
    let office = office::open(loaded).await?;
    let gateway = Arc::new(office.gateway);
    let code = test_on(loaded, &gateway, name, to, wait).await;
    gateway.store.close().await;
    code
}

async fn test_on(
    loaded: &Loaded,
    gateway: &Arc<Gateway>,
    name: &str,
    to: &str,
    wait: Duration,
) -> anyhow::Result<ExitCode> {
    if name == "desk" {
        bail!("the built-in page needs no test: dutybell people link NAME --channel desk gives an address to open");
    }
    let Some(channel) = gateway.channel(name).cloned() else {
        let used: Vec<&str> = gateway.channels().map(|c| c.name()).collect();
        bail!("{name:?} is not in use; in use are {}", used.join(", "));
    };
    match channel.check().await {
        Ok(found) => say(format!("{name}: {found}"))?,
        Err(why) => bail!("{name}: {why}"),
    }
    let since = gateway.now();
    let stop = CancellationToken::new();
    let mut listening = false;
    if !channel.ready() {
        listen(loaded, gateway, &channel, &stop).await?;
        listening = true;
    }
    match send(gateway, &channel, to).await? {
        Outcome::Accepted { .. } => say(format!("the platform took a test message to {to}"))?,
        Outcome::RetryAfter { after, .. } => bail!("the platform wants {} seconds of patience", after.as_secs()),
        Outcome::Transient { reason } => bail!("not sent, worth another try: {reason}"),
        Outcome::Unknown { reason } => bail!("sent or not, nobody knows: {reason}"),
        Outcome::AddressGone { reason } => bail!("{to} cannot be reached: {reason}"),
        Outcome::Moved { address } => bail!("that chat lives on as {address}"),
        Outcome::Refused { reason } => bail!("refused: {reason}"),
    }
    if channels::of(name).is_some_and(|c| !c.answers) {
        say("nothing comes back by this channel: ask whether it arrived")?;
        return Ok(ExitCode::SUCCESS);
    }
    if !listening {
        listen(loaded, gateway, &channel, &stop).await?;
    }
    say(format!("waiting {} seconds for the answer …", wait.as_secs()))?;
    let until = since + chrono::Duration::from_std(wait)?;
    let heard = loop {
        let heard = inbox::said_since(&gateway.store, name, to, since).await?;
        if heard.is_some() || gateway.now() >= until {
            break heard;
        }
        pause(LOOK).await;
    };
    stop.cancel();
    let Some(content) = heard else {
        say("no answer came; if one was written, the way in does not work: see docs/channels")?;
        return Ok(ExitCode::FAILURE);
    };
    let what = match content {
        Content::Text { text, .. } | Content::Unproven { text, .. } => text,
        Content::Button { action, .. } => format!("[{action}]"),
        other => format!("{other:?}"),
    };
    say(format!("answered: {}", what.chars().filter(|c| !c.is_control()).take(200).collect::<String>()))?;
    Ok(ExitCode::SUCCESS)
}

/// Sends by a channel as soon as this program may; where another one has it in hand, that one sends.
async fn send(gateway: &Gateway, channel: &Arc<dyn Channel>, to: &str) -> anyhow::Result<Outcome> {
    let ready = || async {
        while !channel.ready() {
            pause(LOOK).await;
        }
    };
    if within(CONNECT, ready()).await.is_some() {
        return Ok(channel.send(&message(to)?).await);
    }
    say("not connected from here: the message is queued for the gateway that is")?;
    let mut lines = TEXT.lines().map(str::to_owned);
    let body = Message { title: lines.next().unwrap_or_default(), lead: lines.collect(), ..Message::default() };
    let queued = NewMessage {
        person: None,
        is_answer: true,
        urgency: Urgency::Reply,
        channel: channel.name().to_owned(),
        address: to.to_owned(),
        reply_to: None,
        repeats: None,
        counts: false,
        body,
    };
    let mut tx = gateway.store.begin().await?;
    let id = outbox::put_message(&mut tx, &queued, gateway.now()).await?;
    tx.commit().await?;
    let taken = async {
        loop {
            let mut tx = gateway.store.snapshot().await?;
            match outbox::message(&mut tx, id).await? {
                Some(m) if m.state == "queued" => {}
                Some(m) if m.state == "sent" => break Ok(Outcome::Accepted { platform_id: m.platform_id }),
                _ => break Ok(Outcome::Refused { reason: "the gateway gave it up; its log says why".to_owned() }),
            }
            drop(tx);
            pause(LOOK).await;
        }
    };
    let nobody = || Ok(Outcome::Transient { reason: "no gateway is connected; see its log".to_owned() });
    within(CONNECT, taken).await.unwrap_or_else(nobody)
}

/// Hears what the platform brings, unless a gateway that is running does so already. What is heard is stored, and
/// answered by the gateway like everything else.
async fn listen(
    loaded: &Loaded,
    gateway: &Arc<Gateway>,
    channel: &Arc<dyn Channel>,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    if channel.features().polls {
        tokio::spawn(receive(gateway.clone(), channel.clone(), stop.clone()));
        return Ok(());
    }
    match TcpListener::bind(loaded.config.web.listen).await {
        Ok(listener) => {
            let app = App { gateway: gateway.clone(), desk: None, demo: None, metrics: None };
            tokio::spawn(web::serve(app, listener, stop.clone()));
            say(format!("listening on {}", loaded.config.web.listen))?;
        }
        Err(_) => say(format!("{} is taken, so a gateway that runs there hears it", loaded.config.web.listen))?,
    }
    Ok(())
}

fn message(to: &str) -> anyhow::Result<Outgoing> {
    let mut random = [0_u8; 8];
    getrandom::fill(&mut random).map_err(|e| anyhow::anyhow!("the system gives no random numbers: {e}"))?;
    Ok(Outgoing {
        key: format!("test{}", HEXLOWER.encode(&random)),
        address: to.to_owned(),
        subject: "dutybell 测试 test".to_owned(),
        text: TEXT.to_owned(),
        html: None,
        buttons: Vec::new(),
        reply_to: None,
        thread: Vec::new(),
        urgent: false,
    })
}
