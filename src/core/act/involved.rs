//! Who has to do with an item: whose work it is, who judges it, who decides.

use super::{Party, open_asks, who_decides};
use crate::item::{Item, Role};
use crate::org::PersonId;
use crate::policy::Target;
use crate::world::World;

/// The people around an item.
#[derive(Clone, Copy)]
pub(crate) struct Involved<'a> {
    pub(crate) item: &'a Item,
    pub(crate) world: &'a World<'a>,
}

impl Involved<'_> {
    /// Everybody of a party; see [`Party`].
    pub(super) fn party(&self, party: Party) -> Vec<PersonId> {
        match party {
            Party::Fixers => self.fixers(),
            Party::Verifiers => self.verifiers(),
            Party::Approvers => self.or_last_resort(self.judges(&self.world.policy.extension.approver)),
            Party::Assigning => self.assigning(),
            Party::Closers => self.closers(),
            Party::Voiders => self.voiders(),
            Party::Reopeners => {
                let mut people = self.judges(&[Target::Role(Role::Verifier), Target::Role(Role::Supervisor)]);
                people.extend(self.world.last_resort(self.item));
                people
            }
            Party::Office => self.world.last_resort(self.item),
            Party::Author => Vec::new(),
        }
    }

    pub(crate) fn holders(&self, role: Role) -> Vec<PersonId> {
        self.world.holders(self.item, role)
    }

    fn or_last_resort(&self, people: Vec<PersonId>) -> Vec<PersonId> {
        if people.is_empty() { self.world.last_resort(self.item) } else { people }
    }

    /// Who fixes it, deputies included; the person himself may answer although a deputy hears for him.
    fn fixers(&self) -> Vec<PersonId> {
        let mut people = self.holders(Role::Responsible);
        for person in self.named_fixers() {
            if !people.contains(&person) {
                people.push(person);
            }
        }
        people
    }

    /// The people whom the item names as its fixers, whoever stands in for them and whoever of them sent it back.
    pub(crate) fn named_fixers(&self) -> Vec<PersonId> {
        let named = self.item.assigned(Role::Responsible, self.world.now);
        named.flat_map(|a| self.world.directory.behind(a.who, self.world.now)).collect()
    }

    /// Everybody who fixes or claimed: cannot judge the result (R02).
    pub(crate) fn interested(&self) -> Vec<PersonId> {
        let mut people = self.holders(Role::Responsible);
        people.extend(self.named_fixers());
        people.extend(self.item.claimed_by);
        people
    }

    /// Holders of these roles other than the people whose own work it is.
    pub(crate) fn judges(&self, targets: &[Target]) -> Vec<PersonId> {
        let own = self.interested();
        let mut people = self.world.resolve_all(self.item, targets);
        people.retain(|p| !own.contains(p));
        people
    }

    /// Who judges a claim: the verifiers, else the last resort, which then was asked.
    pub(crate) fn verifiers(&self) -> Vec<PersonId> {
        let people = self.judges(&[Target::Role(Role::Verifier)]);
        if !people.is_empty() {
            return people;
        }
        let own = self.interested();
        let mut people = self.world.last_resort(self.item);
        people.retain(|p| !own.contains(p));
        people
    }

    /// Who decides about more time.
    pub(crate) fn approvers(&self) -> Vec<PersonId> {
        self.party(Party::Approvers)
    }

    fn assigning(&self) -> Vec<PersonId> {
        let roles = [Role::Assigner, Role::Supervisor, Role::Leader].map(Target::Role);
        let mut people = self.world.resolve_all(self.item, &roles);
        people.extend(self.world.last_resort(self.item));
        people
    }

    /// For listed items the listing body closes, otherwise the assigner.
    pub(crate) fn closers(&self) -> Vec<PersonId> {
        let role = if self.item.listed { Role::Supervisor } else { Role::Assigner };
        self.or_last_resort(self.judges(&[Target::Role(role)]))
    }

    /// Who may ask to void an item or agree to it: never whose work it is.
    pub(crate) fn voiders(&self) -> Vec<PersonId> {
        let mut people = self.assigning();
        people.extend(self.judges(&[Target::Role(Role::Verifier)]));
        let own = self.interested();
        people.retain(|p| !own.contains(p));
        people
    }

    /// Who hears that somebody wants to be rid of the item: the assigner, else the last resort.
    pub(crate) fn asked_of_handover(&self) -> Vec<PersonId> {
        self.or_last_resort(self.holders(Role::Assigner))
    }

    /// Who watches over it: assigner and supervisor, else the last resort.
    pub(crate) fn watching(&self) -> Vec<PersonId> {
        let mut people = self.holders(Role::Assigner);
        people.extend(self.holders(Role::Supervisor));
        self.or_last_resort(people)
    }
}

/// Whether the item is this person's own work, or that of somebody for whom they act.
pub fn fixes(person: PersonId, item: &Item, world: &World) -> bool {
    let named = Involved { item, world }.named_fixers();
    named.into_iter().any(|fixer| world.directory.may_act_for(person, fixer, world.now))
}

/// Everybody with a part in an item: by a role on it, themselves or as who stands in, or by what it asks of them.
pub fn with_a_part(item: &Item, world: &World) -> Vec<PersonId> {
    let roles = Role::ALL.iter().flat_map(|role| {
        let (named, holders) = (world.named(item, *role), world.holders(item, *role));
        named.into_iter().chain(holders)
    });
    let asked = open_asks(item).flat_map(|ask| who_decides(item, ask, world));
    let mut people: Vec<PersonId> = roles.chain(asked).collect();
    people.sort_unstable();
    people.dedup();
    people
}

/// Whether a person may name the item by its code: it is their work, they have a role on it, it asks them something, or
/// they are the last resort.
pub fn has_a_part(person: PersonId, item: &Item, world: &World) -> bool {
    let mut concerned: Vec<PersonId> = Role::ALL.iter().flat_map(|role| world.holders(item, *role)).collect();
    concerned.extend(world.last_resort(item));
    concerned.extend(open_asks(item).flat_map(|ask| who_decides(item, ask, world)));
    fixes(person, item, world) || concerned.contains(&person)
}
