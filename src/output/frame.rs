//! What stands around the statements of a step in a script: guards, transactions, the search path.

use crate::model::QualifiedName;
use crate::sql::{self, Alone, Stmt, script};
use crate::step::{Action, Batch, Key, KeyColumn};

/// Rows of one transaction of a batch in a script, which cannot measure its own pace.
const ROWS_A_BATCH: u64 = 5_000;

/// What stands around the statements of a step.
pub(super) struct Frame<'a> {
    /// The PL/pgSQL line that leaves where there is nothing to do.
    pub leave: Option<String>,
    /// What is true where there is nothing to do.
    pub passed: Option<String>,
    /// Indexes whose names other relations bear before or after.
    pub names_of_others: &'a [QualifiedName],
    /// What indexes are built on under another name than it has later.
    pub renamed: script::Renamed<'a>,
    /// The PL/pgSQL line that notes that this has been done, with the last transaction.
    pub note: Option<String>,
    /// PL/pgSQL lines that fail where the step must not run.
    pub checks: Vec<String>,
    /// True where the statements cannot be in a transaction.
    pub outside: bool,
    /// True where waiting for the lock hurts nobody.
    pub patient: bool,
    /// True where functions of the user's run, under the search path that sessions begin with.
    pub clients_path: bool,
}

impl Frame<'_> {
    pub fn action(&self, action: &Action) -> Vec<String> {
        if action.is_empty() {
            return Vec::new();
        }
        let alone: fn(&Stmt) -> bool = |statement| sql::alone(statement).is_some();
        let mut out = match action {
            Action::Statements(statements) if self.outside => self.outside(statements),
            Action::Statements(statements) => self.statements(statements, alone),
            Action::Batches(batch) => self.batches(batch),
            Action::Verify(batch) => vec![self.verify(batch)],
            Action::Sequence(actions) => return actions.iter().flat_map(|each| self.action(each)).collect(),
        };
        // The last transaction has noted it with what it did.
        let is_noted = matches!(action, Action::Statements(statements) if !self.outside && !statements.last().is_some_and(alone));
        let note = self.note.as_ref().filter(|_| !is_noted);
        out.extend(note.map(|note| script::do_block(std::slice::from_ref(note))));
        out
    }

    /// Transactions, and between them what cannot be in one.
    fn statements(&self, statements: &[Stmt], alone: fn(&Stmt) -> bool) -> Vec<String> {
        let mut out = Vec::new();
        for group in statements.chunk_by(|a, b| alone(a) == alone(b)) {
            match group.first().is_some_and(alone) {
                true => out.extend(self.outside(group)),
                false => out.extend(self.waiting(self.transaction(group))),
            }
        }
        out
    }

    fn waiting(&self, mut statements: Vec<String>) -> Vec<String> {
        if self.patient {
            statements.insert(0, script::PATIENT.to_owned());
            statements.push(script::IMPATIENT.to_owned());
        }
        statements
    }

    fn guards(&self) -> Vec<String> {
        self.leave.iter().chain(&self.checks).cloned().collect()
    }

    fn transaction(&self, statements: &[Stmt]) -> Vec<String> {
        let mut lines = self.guards();
        lines.extend(self.clients_path.then(|| format!("{};", script::PATH_OF_CLIENTS)));
        let run: Vec<String> = statements
            .iter()
            .map(|each| script::execute(each.as_str()))
            .chain(self.note.clone())
            .collect();
        match self.patient {
            true => lines.extend(run),
            false => lines.extend(script::tried(&run)),
        }
        vec![script::do_block(&lines)]
    }

    fn outside(&self, statements: &[Stmt]) -> Vec<String> {
        let mut out = Vec::new();
        if !self.checks.is_empty() {
            out.push(script::do_block(&self.guards()));
        }
        out.push(script::PATIENT.to_owned());
        for statement in statements {
            let built = script::index_built(statement.as_str());
            if let Some(name) = &built {
                let index = sql::qualified(name);
                let message = format!(
                    "index {index} is invalid, left behind by an interrupted build: DROP INDEX CONCURRENTLY {index}, then run this script again"
                );
                out.push(script::do_block(&[script::fail_unless(
                    &script::no_invalid_index(&index),
                    &message,
                )]));
            }
            let run = script::repeatable_concurrently(statement.as_str());
            out.extend(match (&built, sql::alone(statement)) {
                (Some(name), _) => self.passing_over(name, run),
                (None, Some(Alone::DropIndex(name))) => self.dropping(&name, run),
                (None, _) => self.under_path(run),
            });
        }
        out.push(script::IMPATIENT.to_owned());
        out
    }

    /// CREATE INDEX CONCURRENTLY cannot be in a block that leaves, and IF NOT EXISTS looks for nothing but its name.
    fn passing_over(&self, name: &QualifiedName, run: String) -> Vec<String> {
        if let Some(around) = script::index_under(&self.renamed, name, &run, self.passed.as_deref()) {
            return around;
        }
        match &self.passed {
            // It bears another name once the condition is true.
            Some(passed) if name.name.as_str().starts_with("schemaplan_") => {
                let [put, remove] = script::stand_in(name, passed);
                [vec![put], self.under_path(run), vec![remove]].concat()
            }
            _ => self.under_path(run),
        }
    }

    /// Conditions are read under the search path of scripts: what the server prints depends on it.
    fn under_path(&self, run: String) -> Vec<String> {
        match self.clients_path {
            true => vec![
                script::PATH_OF_SESSION.to_owned(),
                run,
                script::NO_PATH.to_owned(),
            ],
            false => vec![run],
        }
    }

    /// DROP INDEX CONCURRENTLY cannot be in a block that leaves, and IF EXISTS looks for nothing but its name.
    fn dropping(&self, name: &QualifiedName, run: String) -> Vec<String> {
        match &self.passed {
            Some(passed) if self.names_of_others.contains(name) => script::drop_unless(name, passed),
            _ => self.under_path(run),
        }
    }

    fn batches(&self, batch: &Batch) -> Vec<String> {
        let mut lines = self.guards();
        lines.push(script::PATH_OF_CLIENTS_IN_BLOCK.to_owned());
        vec![
            sql::batch_loop_behind(&lines, &walk(batch), ROWS_A_BATCH).to_string(),
            script::NO_PATH.to_owned(),
        ]
    }

    fn verify(&self, batch: &Batch) -> String {
        sql::verify_loop_behind(&self.guards(), &walk(batch), &batch.otherwise, ROWS_A_BATCH).to_string()
    }
}

fn key_part(column: &KeyColumn) -> sql::KeyPart<'_> {
    sql::KeyPart {
        name: &column.name,
        data_type: &column.data_type,
    }
}

fn walk(batch: &Batch) -> sql::Walk<'_> {
    sql::Walk {
        table: &batch.table,
        key: match &batch.key {
            Key::Columns(columns) => columns.iter().map(key_part).collect(),
            Key::Pages => Vec::new(),
        },
        pieces: batch
            .statements
            .iter()
            .map(|each| sql::Piece {
                before: &each.before,
                qualifier: &each.qualifier,
                after: &each.after,
            })
            .collect(),
    }
}
