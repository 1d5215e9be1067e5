//! Governance as a pure function of acts (protocol §5): the same on every node, whatever the order of arrival;
//! clocks decide nothing.

pub mod act;
pub mod acts;
pub mod card;
pub mod invitation;
pub mod state;

pub use act::{Accept, Act, CircleKind, CityRole, Founding, Invite};
pub use acts::Acts;
pub use card::Card;
pub use invitation::Invitation;
pub use state::{InviteState, Member, State};
