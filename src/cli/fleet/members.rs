//! The members of a fleet: from the settings, `--member` and the variables of the environment.

use crate::cli::database::{Address, Purpose, address};
use crate::cli::environment_settings::{
    EnvironmentSettings, MemberSettings, OnFailure, TenantSettings, Urls,
};
use crate::cli::failure::Failure;
use crate::cli::hook_settings::CommandList;
use crate::cli::pattern::matches;
use crate::cli::settings::expand;
use crate::cli::source::Source;
use crate::cli::workbench::Workbench;
use crate::engine::Environment;
use crate::introspect;
use crate::output::text::counted;
use std::collections::BTreeSet;
use std::rc::Rc;

/// So many of the others are at work at once where nothing else is said: a server that holds several members is not flooded.
const AT_ONCE: u32 = 4;

/// A database of a fleet, or a tenant's schema in one.
#[derive(Debug)]
pub struct Member {
    /// What reports call it.
    pub name: String,
    /// The schema that is meant, where the database holds one for each tenant.
    pub tenant: Option<Tenant>,
    url: String,
    direct_url: Option<String>,
}

/// A schema of the same shape as the one that the files describe.
#[derive(Debug)]
pub struct Tenant {
    /// The schema of the files.
    pub shape: String,
    /// The tenant's.
    pub name: String,
}

impl Member {
    /// Where it is.
    ///
    /// # Errors
    /// A URL that names no database.
    pub fn address(&self, purpose: Purpose, libpq: &Environment) -> Result<Address, Failure> {
        let direct = self.direct_url.as_ref().filter(|_| purpose == Purpose::Run);
        address(direct.unwrap_or(&self.url), libpq)
    }

    /// The database without the role that comes to it: `db.internal:5432/shop`.
    fn place(&self, libpq: &Environment) -> Result<String, Failure> {
        let address = self.address(Purpose::Read, libpq).map_err(|mut failure| {
            for diagnostic in &mut failure.diagnostics {
                diagnostic
                    .notes
                    .push(format!("it is the URL of the member `{}`", self.name));
            }
            failure
        })?;
        Ok(match address {
            Address::Embedded => "embedded".to_owned(),
            Address::Server(target) => {
                let shown = target.to_string();
                shown
                    .split_once('@')
                    .map_or(shown.as_str(), |(_, place)| place)
                    .to_owned()
            }
        })
    }
}

/// Databases that hold one schema, or schemas of one shape in one database.
pub struct Fleet {
    /// The name of the environment.
    pub name: String,
    /// The members that are meant, in the order of the settings.
    pub members: Vec<Rc<Member>>,
    /// The places of those that go first, one by one, in their order.
    pub canaries: Vec<usize>,
    /// How many of the others are at work at once.
    pub parallel: usize,
    /// Whether further members begin after one did not end well.
    pub on_failure: OnFailure,
}

impl Fleet {
    /// The places of all members in the order in which they go.
    pub fn order(&self) -> Vec<usize> {
        let others = (0..self.members.len()).filter(|place| !self.canaries.contains(place));
        self.canaries.iter().copied().chain(others).collect()
    }

    /// The workbench of a member; its lines bear its name.
    pub fn bench(&self, place: usize, bench: &Workbench) -> Workbench {
        let member = &self.members[place];
        let names = self.members.iter().map(|each| each.name.chars().count());
        let width = names.max().unwrap_or_default();
        let bar = if bench.terminal.err.ascii { '|' } else { '│' };
        let terminal = bench
            .terminal
            .with_prefix(&format!("{:width$} {bar} ", member.name));
        let mut bench = bench.of_member(member, terminal);
        bench.shares_catalog = member.tenant.is_some();
        bench
    }

    /// The same to run steps: nothing that was read before counts.
    pub fn bench_to_run(&self, place: usize, bench: &Workbench) -> Workbench {
        let mut bench = self.bench(place, bench);
        bench.shares_catalog = false;
        bench
    }

    /// Whether its members are schemas of one database.
    pub fn is_of_tenants(&self) -> bool {
        self.members.iter().any(|member| member.tenant.is_some())
    }

    /// What to call the members, counted.
    pub fn counted(&self, number: usize) -> String {
        counted(
            number,
            if self.is_of_tenants() {
                "tenant"
            } else {
                "database"
            },
        )
    }

    /// A text about a member without the name of the tenant's schema: the same for all tenants that are alike.
    pub fn neutral(&self, place: usize, text: &str) -> String {
        match &self.members[place].tenant {
            None => text.to_owned(),
            Some(tenant) => neutral(text, &tenant.name),
        }
    }

    /// Names of members, as sentences list them.
    pub fn names(&self, places: &[usize]) -> String {
        let names: Vec<&str> = places
            .iter()
            .map(|place| self.members[*place].name.as_str())
            .collect();
        names.join(", ")
    }
}

/// Which databases a command is about.
pub enum Meant {
    /// One, as ever.
    One,
    /// A member of a fleet that was named in full.
    Member(Box<Workbench>),
    /// Several.
    Fleet(Fleet),
}

/// Finds out whether flags and settings name a fleet.
///
/// # Errors
/// A variable that is not set, for any member; two members that are one database; `--member` that fits none.
pub async fn meant(bench: &Workbench) -> Result<Meant, Failure> {
    let wanted = &bench.common.member;
    let elsewhere = bench.common.env.is_none()
        && (bench.common.url.is_some() || std::env::var("DATABASE_URL").is_ok_and(|url| !url.is_empty()));
    let fleet = bench
        .environment_name()
        .zip(bench.environment())
        .filter(|(_, environment)| environment.fleet().is_some() || environment.tenants.is_some());
    let Some((name, environment)) = fleet.filter(|_| !elsewhere && bench.from() == Source::Live(None)) else {
        if wanted.is_empty() {
            return Ok(Meant::One);
        }
        return Err(Failure::new(
            "no-fleet",
            "`--member` names databases of a fleet, and no fleet is meant",
            "name the fleet with `--env`: an environment of schemaplan.yaml with a list of databases below `url:`, or with `tenants:`",
        ));
    };
    let variable = |name: &str| std::env::var(name).ok();
    let members = match &environment.tenants {
        Some(settings) => tenants(settings, environment, variable, bench).await?,
        None => {
            let members = resolved(environment, variable)?;
            refuse_twins(&members, &Environment::of_process())?;
            members
        }
    };
    if let [word] = wanted.as_slice()
        && let Some(member) = members.iter().find(|member| member.name == *word)
    {
        return Ok(Meant::Member(Box::new(
            bench.of_member(member, bench.terminal.clone()),
        )));
    }
    chosen(name, environment, members, bench).map(Meant::Fleet)
}

/// The members that flags leave, and the order in which they go.
fn chosen(
    name: &str,
    environment: &EnvironmentSettings,
    members: Vec<Rc<Member>>,
    bench: &Workbench,
) -> Result<Fleet, Failure> {
    let wanted = &bench.common.member;
    let all = members
        .iter()
        .map(|member| member.name.as_str())
        .collect::<Vec<_>>();
    for pattern in wanted {
        if !all.iter().any(|name| matches(pattern, name)) {
            return Err(Failure::new(
                "no-member",
                format!("the fleet `{name}` has no member `{pattern}`"),
                format!("it has: {}", all.join(", ")),
            ));
        }
    }
    let canaries = canaries(name, environment, &all)?;
    let chosen: Vec<Rc<Member>> = members
        .iter()
        .filter(|member| wanted.is_empty() || wanted.iter().any(|pattern| matches(pattern, &member.name)))
        .cloned()
        .collect();
    let mut first: Vec<usize> = canaries
        .iter()
        .filter_map(|canary| chosen.iter().position(|member| member.name == *canary))
        .collect();
    if first.is_empty() && environment.canary.as_ref().is_none_or(|list| !list.is_empty()) {
        first.push(0);
    }
    let parallel = environment.parallel.as_ref().map(|parallel| parallel.value);
    let parallel = bench.common.parallel.or(parallel).unwrap_or(AT_ONCE) as usize;
    let one_database = environment.tenants.is_some();
    Ok(Fleet {
        name: name.to_owned(),
        members: chosen,
        canaries: first,
        // One database has one lease.
        parallel: if one_database { 1 } else { parallel },
        on_failure: environment.on_failure.unwrap_or_default(),
    })
}

/// The schemas of one shape in the database of an environment.
async fn tenants(
    settings: &TenantSettings,
    environment: &EnvironmentSettings,
    variable: impl Fn(&str) -> Option<String> + Copy,
    bench: &Workbench,
) -> Result<Vec<Rc<Member>>, Failure> {
    let shape = &settings.shape.value;
    let live = bench.live(None, Purpose::Read).await?;
    let read = async {
        let there = introspect::schemas(&live.client).await?;
        let mut names: Vec<String> = Vec::new();
        for word in settings.schemas.iter().flat_map(CommandList::all) {
            match word.contains(['*', '?']) {
                true => names.extend(there.iter().filter(|name| matches(word, name)).cloned()),
                false => names.push(word.clone()),
            }
        }
        if let Some(query) = &settings.query {
            names.extend(introspect::names(&live.client, query).await?);
        }
        Ok::<_, Failure>(names)
    };
    let names = read.await;
    live.close().await;
    let mut names = names?;
    // In the order of the settings, a name once; the shape is nobody's.
    let mut seen = BTreeSet::new();
    names.retain(|name| name != shape && seen.insert(name.clone()));
    if names.is_empty() {
        return Err(Failure::new(
            "no-tenants",
            format!("no schema of the database is named by `tenants:` beside its shape `{shape}`"),
            "write patterns or names below `schemas:`, or a `query:` whose first column holds names",
        ));
    }
    let Some(Urls::One(url)) = environment.url.as_ref().map(|url| &url.value) else {
        return Err(Failure::new(
            "no-database",
            "`tenants:` are schemas of one database",
            "write its `url:`",
        ));
    };
    let url = expand(url, variable)?;
    let direct_url = environment
        .direct_url
        .as_ref()
        .map(|url| expand(url, variable))
        .transpose()?;
    let member = |name: String| {
        Rc::new(Member {
            name: name.clone(),
            tenant: Some(Tenant {
                shape: shape.clone(),
                name,
            }),
            url: url.clone(),
            direct_url: direct_url.clone(),
        })
    };
    Ok(names.into_iter().map(member).collect())
}

/// Takes a schema's name out of a text wherever something in it is named by it, or it stands alone.
pub fn neutral(text: &str, schema: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(schema) {
        let (before, behind) = (&rest[..at], &rest[at + schema.len()..]);
        out.push_str(before);
        let stands_alone = !out.ends_with(is_part) && !behind.starts_with(is_part);
        out.push_str(if stands_alone { "…" } else { schema });
        rest = behind;
    }
    out.push_str(rest);
    out
}

fn resolved(
    environment: &EnvironmentSettings,
    variable: impl Fn(&str) -> Option<String> + Copy,
) -> Result<Vec<Rc<Member>>, Failure> {
    let mut members: Vec<Rc<Member>> = Vec::new();
    for settings in environment.fleet().unwrap_or_default() {
        let member = member(&settings.value, variable)?;
        if members.iter().any(|each| each.name == member.name) {
            return Err(Failure::new(
                "settings",
                format!("two members of the fleet are called `{}`", member.name),
                "give each a name of its own: `{name: …, url: …}`",
            ));
        }
        members.push(Rc::new(member));
    }
    Ok(members)
}

fn member(
    settings: &MemberSettings,
    variable: impl Fn(&str) -> Option<String> + Copy,
) -> Result<Member, Failure> {
    let expanded = |url: &String| {
        expand(url, variable).map_err(|mut failure| {
            let name = settings.name.as_ref().map_or(url, |name| &name.value);
            for diagnostic in &mut failure.diagnostics {
                diagnostic
                    .notes
                    .push(format!("it is the address of the member `{name}`"));
            }
            failure
        })
    };
    let url = expanded(&settings.url)?;
    let direct_url = settings.direct_url.as_ref().map(expanded).transpose()?;
    let mut member = Member {
        name: String::new(),
        tenant: None,
        url,
        direct_url,
    };
    member.name = match &settings.name {
        Some(name) => name.value.clone(),
        None => member.place(&Environment::of_process())?.replace(":5432/", "/"),
    };
    Ok(member)
}

/// One database in two places of the list would be run twice at once.
fn refuse_twins(members: &[Rc<Member>], libpq: &Environment) -> Result<(), Failure> {
    let mut places: Vec<(String, &str)> = Vec::new();
    for member in members {
        let place = member.place(libpq)?;
        if let Some((_, other)) = places.iter().find(|(each, _)| *each == place) {
            return Err(Failure::new(
                "settings",
                format!(
                    "the members `{other}` and `{}` are one database: {place}",
                    member.name
                ),
                "leave one of them out, or correct its URL",
            ));
        }
        places.push((place, &member.name));
    }
    Ok(())
}

/// The names of the canaries.
fn canaries(name: &str, environment: &EnvironmentSettings, all: &[&str]) -> Result<Vec<String>, Failure> {
    let Some(list) = &environment.canary else {
        return Ok(all.first().map(|first| (*first).to_owned()).into_iter().collect());
    };
    let names: Vec<String> = list.iter().map(|canary| canary.value.clone()).collect();
    match names.iter().find(|canary| !all.contains(&canary.as_str())) {
        None => Ok(names),
        Some(canary) => Err(Failure::new(
            "settings",
            format!("the fleet `{name}` has no member `{canary}`, which is to be its canary"),
            format!("it has {}: {}", counted(all.len(), "member"), all.join(", ")),
        )),
    }
}
