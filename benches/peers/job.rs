//! What is asked of everybody: so many jobs, due now or over a second that lies ahead.

/// Jobs to fill in.
#[derive(Clone, Copy, Debug)]
pub struct Batch {
    pub count: usize,
    /// Of the first, in UTC milliseconds; 0: all are due at once and nobody measures by it.
    pub due: i64,
    /// Over how many milliseconds the others follow.
    pub spread: i64,
}

impl Batch {
    pub fn now(count: usize) -> Batch {
        Batch { count, due: 0, spread: 0 }
    }

    /// From the command line: `COUNT DUE SPREAD`.
    pub fn from_words(words: &[String]) -> anyhow::Result<Batch> {
        let [count, due, spread] = words else { anyhow::bail!("COUNT DUE SPREAD are missing") };
        Ok(Batch { count: count.parse()?, due: due.parse()?, spread: spread.parse()? })
    }

    pub fn words(&self) -> [String; 3] {
        [self.count.to_string(), self.due.to_string(), self.spread.to_string()]
    }

    /// Number of each job and when it is due.
    pub fn jobs(&self) -> impl Iterator<Item = (usize, i64)> {
        (0..self.count).map(|n| (n, self.due + self.spread * n as i64 / self.count.max(1) as i64))
    }

    /// What everybody's job carries.
    pub fn text(&self) -> &'static str {
        "红星花炮厂 3号工房 防静电接地失效，整改期限 9月30日。请回复 1 完成 / 2 延期 / 3 受阻"
    }
}
