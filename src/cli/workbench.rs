//! What every verb works with: flags, settings, terminal, and how to reach databases.

use super::arguments::{Arguments, Common};
use super::database::{self, Address, Live, Purpose};
use super::environment_settings::EnvironmentSettings;
use super::failure::Failure;
use super::files::Builds;
use super::fleet::Member;
use super::scope::Scope;
use super::settings::{self, Settings};
use super::source::Source;
use super::terminal::Terminal;
use crate::engine::{EngineOptions, Environment, SessionSettings};
use crate::execute::Metrics;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Flags, settings and terminal of a run.
pub struct Workbench {
    /// Flags of every command.
    pub common: Common,
    /// `schemaplan.yaml`.
    pub settings: Settings,
    /// The mouth.
    pub terminal: Terminal,
    /// The working folder.
    pub folder: PathBuf,
    /// Which objects the run is about.
    pub scope: Scope,
    /// Held while a catalog is read: in memory a large one is many times its file, and two would be there at once.
    pub reader: Rc<tokio::sync::Mutex<()>>,
    /// The member of a fleet that is meant, where the live database is one.
    pub member: Option<Rc<Member>>,
    /// What was built for one member serves the others.
    pub builds: Rc<Builds>,
    /// What was measured at the members of a fleet so far, by their names.
    pub measured: Rc<RefCell<BTreeMap<String, Metrics>>>,
    /// Whether the catalog of the live database may be one that was read for another tenant a moment ago: to look, not to run.
    pub shares_catalog: bool,
}

impl Workbench {
    /// Reads the settings.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn new(arguments: &Arguments, terminal: Terminal, folder: PathBuf) -> Result<Self, Failure> {
        let common = arguments.common.clone();
        let settings = settings::load(common.config.as_deref(), &folder)?;
        let scope = Scope::of(&common, &settings, &folder)?;
        Ok(Self {
            scope,
            common,
            settings,
            terminal,
            folder,
            reader: Rc::default(),
            member: None,
            builds: Rc::default(),
            measured: Rc::default(),
            shares_catalog: false,
        })
    }

    /// The schema that is meant, where the live database holds one for each tenant.
    pub fn tenant(&self) -> Option<&str> {
        let tenant = self.member.as_ref()?.tenant.as_ref()?;
        Some(&tenant.name)
    }

    /// The same for a member of a fleet, with the terminal that tells of it.
    pub fn of_member(&self, member: &Rc<Member>, terminal: Terminal) -> Self {
        Self {
            common: self.common.clone(),
            settings: self.settings.clone(),
            terminal,
            folder: self.folder.clone(),
            scope: self
                .scope
                .of_tenant(member.tenant.as_ref().map(|tenant| tenant.name.as_str())),
            reader: Rc::clone(&self.reader),
            member: Some(Rc::clone(member)),
            builds: Rc::clone(&self.builds),
            measured: Rc::clone(&self.measured),
            shares_catalog: false,
        }
    }

    /// The source that `--target` names, else the settings', else `schema`.
    pub fn target(&self) -> Source {
        let default = self.default_target();
        match &self.common.target {
            Some(word) => Source::parse(word, &default),
            None => match &self.settings.target {
                Some(word) => {
                    let path = Path::new(word);
                    match Source::parse(word, path) {
                        Source::Files(crate::desired::Source::Path(_)) => {
                            Source::Files(crate::desired::Source::Path(default))
                        }
                        other => other,
                    }
                }
                None => Source::Files(crate::desired::Source::Path(default)),
            },
        }
    }

    /// The target's folder; a path in the settings is relative to their file.
    fn default_target(&self) -> PathBuf {
        let word = self.settings.target.as_deref().unwrap_or("schema");
        let path = self.settings.folder.join(word);
        path.strip_prefix(&self.folder)
            .map(Path::to_owned)
            .unwrap_or(path)
    }

    /// The source that `--from` names, else the live database.
    pub fn from(&self) -> Source {
        match &self.common.from {
            Some(word) => Source::parse(word, &self.default_target()),
            None => Source::Live(None),
        }
    }

    /// The name of the environment that is meant, where one is.
    pub fn environment_name(&self) -> Option<&String> {
        match (&self.common.env, &self.common.url) {
            (Some(name), _) => Some(name),
            (None, Some(_)) => None,
            (None, None) => self.settings.default_environment.as_ref(),
        }
    }

    /// The environment that is meant, where one is.
    pub fn environment(&self) -> Option<&EnvironmentSettings> {
        self.settings.environments.get(self.environment_name()?)
    }

    /// The hazards that flags and settings allow.
    pub fn allowed(&self) -> Vec<String> {
        let mut allowed = self.common.allow.clone();
        allowed.extend(self.settings.policy.allow.iter().cloned());
        if let Some(environment) = self.environment() {
            allowed.extend(environment.policy.allow.iter().cloned());
        }
        allowed
    }

    /// Opens the live database: the one that the word names, else the one that flags, environment and settings do.
    ///
    /// # Errors
    /// Where none is named, or it cannot be reached.
    pub async fn live(&self, word: Option<&str>, purpose: Purpose) -> Result<Live, Failure> {
        let mut common = self.common.clone();
        if let Some(word) = word {
            common.url = Some(word.to_owned());
        }
        let libpq = Environment::of_process();
        if let (None, Some(member)) = (word, &self.member) {
            let address = member.address(purpose, &libpq)?;
            return Live::open(address, &self.settings, &self.engine_options(None)).await;
        }
        let address: Address = database::find(
            &common,
            &self.settings,
            purpose,
            |name| std::env::var(name).ok(),
            &libpq,
        )?;
        Live::open(address, &self.settings, &self.engine_options(None)).await
    }

    /// What the engine may use; it looks for the live server's major.
    pub fn engine_options(&self, live: Option<&SessionSettings>) -> EngineOptions {
        EngineOptions {
            shadow: self.common.shadow.clone(),
            want_major: live.map(|settings| settings.major).filter(|major| *major > 0),
            postgres: None,
            cache: None,
            allow_download: true,
            download_url: None,
            progress: self.terminal.engine_listener(),
        }
    }
}
