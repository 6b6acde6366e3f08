//! A look at every member before anything runs: who is there already, who is in the middle, and which plan the others need.
//!
//! Members whose catalogs are equal get one plan, made for the largest of their tables: so the canary goes through the same steps as
//! those behind it, whatever its size.

use super::members::Fleet;
use super::table::{Came, Row};
use crate::change::{Change, Verb};
use crate::cli::apply::refuse_another;
use crate::cli::database::{Live, Purpose};
use crate::cli::failure::Failure;
use crate::cli::pipeline::{self, Sides};
use crate::cli::workbench::Workbench;
use crate::cli::{lost_journal, planning, unmanaged};
use crate::execute::{Run, RunState, newest_run, unfinished_runs};
use crate::model::Catalog;
use crate::output::text::short_id;
use crate::output::{ChangeView, summary};
use crate::plan::Plan;
use futures_util::stream::{self, StreamExt};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What a member needs.
#[derive(Clone)]
pub struct Task {
    /// The plan: that of its unfinished run, else one made now.
    pub plan: Rc<Plan>,
    /// How far its run is.
    pub state: RunState,
    /// True where something of the target is left out because schemaplan does not manage it.
    pub partial: bool,
}

/// What was found.
#[derive(Default)]
pub struct Survey {
    /// Members with something to do, by their place.
    pub tasks: BTreeMap<usize, Task>,
    /// The others.
    pub rows: BTreeMap<usize, Row>,
    /// What is to be said of those that are left out.
    pub failures: Vec<(usize, Failure)>,
    /// The members that differ from the canary in another way, with how.
    pub drifted: BTreeMap<usize, Vec<String>>,
    /// The member that the others were compared with.
    pub reference: Option<usize>,
}

/// A member as it was found.
enum Found {
    /// It is as the target wants it; the run that made it so, where the journal knows it.
    There { by: Option<Box<Run>>, partial: bool },
    /// In the middle of a plan that leads to the target.
    Under(Box<Run>, bool),
    /// With something to do.
    Apart(Box<Sides>, bool),
    /// It is not what the plan folder was made for.
    Changed(Failure),
}

/// Members whose catalogs are equal.
struct Group {
    sides: Sides,
    partial: bool,
    places: Vec<usize>,
}

/// What the others are compared with: where the first member began, or begins.
struct Reference {
    place: usize,
    /// None for a tenant: every name in its catalog is another one.
    fingerprint: Option<String>,
    /// What a tenant needs, without its name.
    needs: Option<String>,
    major: u32,
    summary: Vec<String>,
    catalog: Option<Rc<Catalog>>,
}

/// Looks at every member; with a plan of a folder whether it fits, else what leads to the target.
///
/// # Errors
/// What is wrong with the files or the settings; what is wrong with a member stands in its row.
pub async fn survey(
    fleet: &Fleet,
    folder: Option<&Rc<Plan>>,
    purpose: Purpose,
    bench: &Workbench,
) -> Result<Survey, Failure> {
    if folder.is_none() {
        super::read_files(bench)?;
    }
    let order = fleet.order();
    let mut survey = Survey::default();
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    let mut reference: Option<Reference> = None;
    // The first alone: what is built for it serves the others.
    let Some((first, others)) = order.split_first() else {
        return Ok(survey);
    };
    let look = |place: usize| {
        let bench = fleet.bench(place, bench);
        async move { (place, look(&bench, folder, purpose).await) }
    };
    let mut looks = stream::iter([*first])
        .then(look)
        .chain(
            stream::iter(others.iter().copied())
                .map(look)
                .buffered(fleet.parallel),
        )
        .boxed_local();
    while let Some((place, found)) = looks.next().await {
        let member = &fleet.members[place].name;
        match found {
            // What is wrong with the files is so for all.
            Err(failure) if place == *first && failure.is_about_files() => return Err(failure),
            Err(failure) => {
                survey.rows.insert(place, Row::of_failure(member, &failure));
                survey.failures.push((place, failure));
            }
            Ok(Found::Changed(failure)) => {
                let note = "it is not the database that the plan was made for";
                survey.rows.insert(place, Row::new(member, Came::Drifted, note));
                survey.failures.push((place, failure));
            }
            Ok(Found::There { by, partial }) => {
                if let Some(run) = by {
                    reference.get_or_insert_with(|| Reference::of_run(place, &run, fleet));
                }
                survey.rows.insert(place, there(member, partial));
            }
            Ok(Found::Under(run, partial)) => {
                let this = Reference::of_run(place, &run, fleet);
                survey.compare(this, &mut reference, bench)?;
                let task = Task {
                    state: run.state,
                    plan: Rc::new(run.plan),
                    partial,
                };
                survey.tasks.insert(place, task);
            }
            Ok(Found::Apart(sides, partial)) => {
                let fingerprint = planning::fingerprint(&sides.from, bench)?;
                // What fits a folder's plan begins where that was made for.
                if folder.is_none() {
                    let this = Reference::of_sides(place, &fingerprint, &sides, fleet, bench)?;
                    survey.compare(this, &mut reference, bench)?;
                }
                match groups.get_mut(&fingerprint) {
                    Some(group) => group.add(place, *sides),
                    None => {
                        let group = Group {
                            sides: *sides,
                            partial,
                            places: vec![place],
                        };
                        groups.insert(fingerprint, group);
                    }
                }
            }
        }
    }
    drop(looks);
    survey.reference = reference.map(|reference| reference.place);
    for group in groups.into_values() {
        survey.plan(&group, folder, fleet, bench);
    }
    Ok(survey)
}

fn there(member: &str, partial: bool) -> Row {
    match partial {
        true => Row::new(
            member,
            Came::Failed,
            "already there, but for what schemaplan does not manage",
        ),
        false => Row::new(member, Came::AlreadyThere, ""),
    }
}

impl Survey {
    /// Notes how a member differs from the first.
    fn compare(
        &mut self,
        this: Reference,
        reference: &mut Option<Reference>,
        bench: &Workbench,
    ) -> Result<(), Failure> {
        let Some(reference) = reference else {
            *reference = Some(this);
            return Ok(());
        };
        if let Some(how) = reference.against(&this, bench)? {
            self.drifted.insert(this.place, how);
        }
        Ok(())
    }

    /// Makes the plan of members whose catalogs are equal.
    fn plan(&mut self, group: &Group, folder: Option<&Rc<Plan>>, fleet: &Fleet, bench: &Workbench) {
        let made = match folder {
            Some(plan) => Ok(Rc::clone(plan)),
            None => {
                let place = group.places[0];
                planning::plan(&group.sides, &fleet.bench(place, bench)).map(Rc::new)
            }
        };
        match made {
            Ok(plan) if plan.is_empty() && plan.refusals.is_empty() => {
                for place in &group.places {
                    let row = there(&fleet.members[*place].name, group.partial);
                    self.rows.insert(*place, row);
                    self.drifted.remove(place);
                }
            }
            Ok(plan) => {
                for place in &group.places {
                    let task = Task {
                        plan: Rc::clone(&plan),
                        state: RunState::New,
                        partial: group.partial,
                    };
                    self.tasks.insert(*place, task);
                }
            }
            Err(failure) => {
                for place in &group.places {
                    let row = Row::of_failure(&fleet.members[*place].name, &failure);
                    self.rows.insert(*place, row);
                    self.drifted.remove(place);
                }
                // It is the same for all of them.
                self.failures.push((group.places[0], failure));
            }
        }
    }

    /// Plans and who needs them, in the order of the members. Tenants whose plans are the same but for their names are together.
    pub fn plans(&self, fleet: &Fleet) -> Vec<(Rc<Plan>, RunState, Vec<usize>)> {
        let mut plans: Vec<(String, Rc<Plan>, RunState, Vec<usize>)> = Vec::new();
        for (place, task) in &self.tasks {
            let alike = match fleet.is_of_tenants() {
                false => task.plan.id.clone(),
                true => {
                    let titles = task.plan.steps.iter().map(|step| &step.step.title);
                    let lines: Vec<&str> = task
                        .plan
                        .summary
                        .iter()
                        .chain(titles)
                        .map(String::as_str)
                        .collect();
                    fleet.neutral(*place, &lines.join("\n"))
                }
            };
            match plans
                .iter_mut()
                .find(|(id, _, state, _)| *id == alike && *state == task.state)
            {
                Some((_, _, _, places)) => places.push(*place),
                None => plans.push((alike, Rc::clone(&task.plan), task.state, vec![*place])),
            }
        }
        plans
            .into_iter()
            .map(|(_, plan, state, places)| (plan, state, places))
            .collect()
    }
}

impl Group {
    /// Takes in a member: its plan has to suit the largest of their tables.
    fn add(&mut self, place: usize, sides: Sides) {
        self.places.push(place);
        for (table, size) in sides.from.sizes {
            let largest = self.sides.from.sizes.entry(table).or_insert(size);
            largest.bytes = largest.bytes.max(size.bytes);
            largest.rows = largest.rows.max(size.rows);
        }
    }
}

impl Reference {
    fn of_run(place: usize, run: &Run, fleet: &Fleet) -> Self {
        let fingerprint = &run.plan.from_fingerprint;
        let summary = run.plan.summary.iter();
        Self {
            place,
            fingerprint: (!fleet.is_of_tenants()).then(|| fingerprint.clone()),
            needs: None,
            major: run.plan.server_major,
            summary: summary.map(|line| fleet.neutral(place, line)).collect(),
            catalog: None,
        }
    }

    fn of_sides(
        place: usize,
        fingerprint: &str,
        sides: &Sides,
        fleet: &Fleet,
        bench: &Workbench,
    ) -> Result<Self, Failure> {
        let changes = planning::difference(sides, bench)?;
        let summary = summary(&changes);
        let needs = || serde_json::to_string(&changes).unwrap_or_default();
        let tenants = fleet.is_of_tenants();
        Ok(Self {
            place,
            fingerprint: (!tenants).then(|| fingerprint.to_owned()),
            needs: tenants.then(|| fleet.neutral(place, &needs())),
            major: sides.from.major(),
            summary: summary.iter().map(|line| fleet.neutral(place, line)).collect(),
            catalog: (!tenants).then(|| Rc::new(sides.from.clone())),
        })
    }

    /// How another member differs from this one; none where it begins as this one did.
    fn against(&self, other: &Self, bench: &Workbench) -> Result<Option<Vec<String>>, Failure> {
        let known = |mine: &Option<String>, theirs: &Option<String>| {
            mine.as_ref()
                .zip(theirs.as_ref())
                .map(|(mine, theirs)| mine == theirs)
        };
        let same = match self.major == other.major {
            true => known(&self.fingerprint, &other.fingerprint).or(known(&self.needs, &other.needs)),
            // Servers of two majors write the same things down in other words.
            false => None,
        };
        if same.unwrap_or(self.summary == other.summary) {
            return Ok(None);
        }
        let (Some(mine), Some(theirs)) = (&self.catalog, &other.catalog) else {
            return Ok(Some(Self::lines(&self.summary, &other.summary)));
        };
        let changes = crate::diff::diff(mine, theirs, &planning::policy(bench, true)?);
        let said = |change: &Change| {
            let view = ChangeView::from(change);
            match change.verb {
                Verb::Create => format!("it also has {}", view.title()),
                Verb::Drop => format!("it does not have {}", view.title()),
                Verb::Alter | Verb::Recreate | Verb::Rename => {
                    format!("it has another form of {}", view.title())
                }
            }
        };
        Ok(Some(changes.iter().map(said).collect()))
    }

    /// What one of two lists of changes holds and the other does not.
    fn lines(mine: &[String], theirs: &[String]) -> Vec<String> {
        let only = |these: &[String], those: &[String], whose: &str| -> Vec<String> {
            let these = these.iter().filter(|line| !those.contains(line));
            these
                .map(|line| format!("{whose}: {}", line.replace("….", "")))
                .collect()
        };
        let mut lines = only(theirs, mine, "its plan also has");
        lines.extend(only(mine, theirs, "its plan does not have"));
        if lines.is_empty() {
            lines.push("the same objects change, from other definitions".to_owned());
        }
        lines
    }
}

async fn look(bench: &Workbench, folder: Option<&Rc<Plan>>, purpose: Purpose) -> Result<Found, Failure> {
    if let Some(plan) = folder {
        let live = bench.live(None, purpose).await?;
        let found = at_folder(plan, &live, bench).await;
        live.close().await;
        return found;
    }
    let mut sides = pipeline::sides(bench, purpose).await?;
    let Some(live) = sides.live.take() else {
        return Err(Failure::new("not-live", "a fleet is live databases", ""));
    };
    let found = at_target(sides, &live, bench).await;
    live.close().await;
    found
}

async fn at_target(sides: Sides, live: &Live, bench: &Workbench) -> Result<Found, Failure> {
    let unfinished = unfinished_runs(&live.client, bench.tenant()).await?;
    let wanted = planning::fingerprint(&sides.target, bench)?;
    let partial = unmanaged::report_left_out(&sides, bench);
    if let Some(run) = unfinished
        .iter()
        .find(|run| run.plan.target_fingerprint == wanted)
    {
        return Ok(Found::Under(Box::new(run.clone()), partial));
    }
    lost_journal::refuse(&lost_journal::on_the_way(&sides.from), live, None, bench).await?;
    if planning::difference(&sides, bench)?.is_empty() {
        let newest = newest_run(&live.client, bench.tenant()).await?;
        let by = newest
            .filter(|run| run.plan.target_fingerprint == wanted)
            .map(Box::new);
        return Ok(Found::There { by, partial });
    }
    if partial {
        unmanaged::refuse_unread(&sides)?;
    }
    refuse_another(&unfinished)?;
    Ok(Found::Apart(Box::new(sides), partial))
}

async fn at_folder(plan: &Rc<Plan>, live: &Live, bench: &Workbench) -> Result<Found, Failure> {
    let unfinished = unfinished_runs(&live.client, bench.tenant()).await?;
    if let Some(run) = unfinished.iter().find(|run| run.plan.id == plan.id) {
        return Ok(Found::Under(Box::new(run.clone()), false));
    }
    let (from, _) = pipeline::read_live(live, bench, false).await?;
    let found = planning::fingerprint(&from, bench)?;
    if found == plan.target_fingerprint && lost_journal::on_the_way(&from).is_empty() {
        return Ok(Found::There {
            by: None,
            partial: false,
        });
    }
    refuse_another(&unfinished)?;
    if found != plan.from_fingerprint && lost_journal::on_the_way(&from).is_empty() {
        return Ok(Found::Changed(Failure::refused(
            "changed",
            format!(
                "{} is not the database that plan {} was made for",
                live.target,
                short_id(&plan.id)
            ),
            "make a plan for it: `schemaplan plan --out plans --member NAME`",
        )));
    }
    Ok(Found::Apart(
        Box::new(Sides {
            target: Catalog::default(),
            from,
            live: None,
            sizes_known: true,
            last_run: None,
        }),
        false,
    ))
}
