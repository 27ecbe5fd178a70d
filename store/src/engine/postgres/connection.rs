//! A connection to PostgreSQL that spares the way there and back.
//!
//! Between two programs on one machine a round trip costs more than most statements do. So what need not be answered
//! before the next statement is asked waits for it and goes with it, in one packet (the protocol's pipelining, §55.2.4 of
//! PostgreSQL's manual): `BEGIN`, writes whose count nobody asks for, `COMMIT`. And questions that are sure to come are
//! asked ahead, together.

use std::{collections::HashMap, mem};

use futures_util::future::{join, join_all};
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::{Client, NoTls, Row, Statement, types::ToSql};

use crate::{Result, StoreError, Value, tx::Question};

/// At most so many statements wait; they go in the order in which they came.
const WAITING: usize = 24;

/// A statement with what it is asked for.
type Asked = (&'static str, Vec<Value<'static>>);

pub(crate) struct Connection {
    runtime: Runtime,
    client: Client,
    prepared: HashMap<&'static str, Statement>,
    /// What is sent with the next statement.
    waiting: Vec<Asked>,
    /// What was asked ahead. A write ends it, and a lock: what must be read again under one is read again.
    ahead: Vec<(Asked, Vec<Row>)>,
}

impl Connection {
    pub(super) fn open(url: &str, schema: &str) -> Result<Self> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| StoreError::Engine(error.to_string()))?;
        let (client, connection) = runtime.block_on(tokio_postgres::connect(url, NoTls))?;
        // How it ends is what the client says of the statement that noticed.
        runtime.spawn(async { drop(connection.await) });
        runtime.block_on(client.batch_execute(&format!(
            "SET search_path TO {schema}; SET TIME ZONE 'UTC'; SET lock_timeout = '10s'; SET statement_timeout = '60s'; \
             SET idle_in_transaction_session_timeout = '30s'"
        )))?;
        Ok(Self { runtime, client, prepared: HashMap::new(), waiting: Vec::new(), ahead: Vec::new() })
    }

    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Begins a transaction with the statement after this one.
    pub(super) fn begin(&mut self, how: &'static str) {
        self.forget();
        self.waiting.push((how, Vec::new()));
    }

    /// Makes what was done since [`Self::begin`] durable.
    pub(super) fn commit(&mut self) -> Result<()> {
        // Nothing was asked: there is nothing to end.
        if self.waiting.len() == 1 && self.waiting[0].0.starts_with("BEGIN") {
            self.forget();
            return Ok(());
        }
        self.execute("COMMIT", &[]).map(drop)
    }

    /// Undoes it.
    pub(super) fn roll_back(&mut self) -> Result<()> {
        let begun = !self.waiting.iter().any(|(statement, _)| statement.starts_with("BEGIN"));
        self.forget();
        if begun { self.execute("ROLLBACK", &[]).map(drop) } else { Ok(()) }
    }

    fn forget(&mut self) {
        self.waiting.clear();
        self.ahead.clear();
    }

    pub(crate) fn query(&mut self, text: &'static str, params: &[Value<'_>]) -> Result<Vec<Row>> {
        let known = self.ahead.iter().position(|((asked, with), _)| *asked == text && with == params);
        if let Some(known) = known {
            return Ok(self.ahead.swap_remove(known).1);
        }
        if !only_looks(text) {
            self.ahead.clear();
        }
        let statement = self.statement(text)?;
        let waiting = self.take_waiting()?;
        let wanted = statement.params().len();
        let params = params.get(..wanted).unwrap_or(params);
        let answer = self.runtime.block_on(join(
            join_all(waiting.iter().map(|(statement, params)| execute(&self.client, statement, params))),
            query(&self.client, &statement, params),
        ));
        accepted(answer.0)?;
        Ok(answer.1?)
    }

    pub(crate) fn execute(&mut self, text: &'static str, params: &[Value<'_>]) -> Result<u64> {
        self.ahead.clear();
        let statement = self.statement(text)?;
        let waiting = self.take_waiting()?;
        let answer = self.runtime.block_on(join(
            join_all(waiting.iter().map(|(statement, params)| execute(&self.client, statement, params))),
            execute(&self.client, &statement, params),
        ));
        accepted(answer.0)?;
        Ok(answer.1?)
    }

    /// Writes with the statement after this one, or with the commit. That it was refused is said then.
    pub(crate) fn execute_later(&mut self, text: &'static str, params: &[Value<'_>]) -> Result<()> {
        if self.waiting.len() >= WAITING {
            return self.execute(text, params).map(drop);
        }
        self.ahead.clear();
        self.waiting.push((text, params.iter().map(Value::to_owned).collect()));
        Ok(())
    }

    /// Asks together what will be asked one after the other, as far as it has not been.
    pub(crate) fn ask_ahead<const N: usize>(&mut self, questions: [Question; N]) -> Result<()> {
        if !questions.iter().all(|question| only_looks(question.statement)) {
            self.ahead.clear();
        }
        let mut asked = Vec::with_capacity(N);
        for Question { statement, params } in questions {
            if !self.ahead.iter().any(|((known, with), _)| *known == statement && *with == params) {
                asked.push((self.statement(statement)?, (statement, params)));
            }
        }
        if asked.is_empty() {
            return Ok(());
        }
        let waiting = self.take_waiting()?;
        let (earlier, answers) = self.runtime.block_on(join(
            join_all(waiting.iter().map(|(statement, params)| execute(&self.client, statement, params))),
            join_all(asked.iter().map(|(statement, (_, params))| query(&self.client, statement, params))),
        ));
        accepted(earlier)?;
        for ((_, question), rows) in asked.into_iter().zip(answers) {
            self.ahead.push((question, rows?));
        }
        Ok(())
    }

    pub(crate) fn plan(&mut self, text: &'static str, params: &[Value<'_>]) -> Result<Vec<String>> {
        let waiting = self.take_waiting()?;
        let explain = format!("EXPLAIN {text}");
        let params = sql(params);
        let (earlier, rows) = self.runtime.block_on(join(
            join_all(waiting.iter().map(|(statement, params)| execute(&self.client, statement, params))),
            self.client.query(&explain, &params),
        ));
        accepted(earlier)?;
        Ok(rows?.iter().map(|row| row.get(0)).collect())
    }

    fn statement(&mut self, text: &'static str) -> Result<Statement> {
        if let Some(statement) = self.prepared.get(text) {
            return Ok(statement.clone());
        }
        let statement = self.runtime.block_on(self.client.prepare(text))?;
        self.prepared.insert(text, statement.clone());
        Ok(statement)
    }

    fn take_waiting(&mut self) -> Result<Vec<(Statement, Vec<Value<'static>>)>> {
        let waiting = mem::take(&mut self.waiting);
        waiting.into_iter().map(|(text, params)| Ok((self.statement(text)?, params))).collect()
    }
}

/// Whether the statement changes and locks nothing.
fn only_looks(statement: &str) -> bool {
    statement.starts_with("SELECT") && !statement.contains("FOR UPDATE")
}

async fn query(
    client: &Client,
    statement: &Statement,
    params: &[Value<'_>],
) -> Result<Vec<Row>, tokio_postgres::Error> {
    client.query(statement, &sql(params)).await
}

async fn execute(
    client: &Client,
    statement: &Statement,
    params: &[Value<'_>],
) -> Result<u64, tokio_postgres::Error> {
    client.execute(statement, &sql(params)).await
}

fn sql<'v>(params: &'v [Value<'_>]) -> Vec<&'v (dyn ToSql + Sync)> {
    params.iter().map(|value| value as _).collect()
}

/// What waited was accepted. The first refusal counts: those after it only say that there was one.
fn accepted(answers: Vec<Result<u64, tokio_postgres::Error>>) -> Result<()> {
    for answer in answers {
        answer.map_err(|error| match StoreError::from(error) {
            // Nobody looked whether somebody else was first; sent again, the command will.
            StoreError::Duplicate { .. } => StoreError::Busy,
            error => error,
        })?;
    }
    Ok(())
}
