use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::AtomicBool;

use super::*;

const PASSWORD: &str = "una mesa verde sin patas";

/// A log in memory that can be told to fail.
#[derive(Default)]
pub(crate) struct MemoryLog {
    pub(crate) records: Mutex<Vec<Vec<u8>>>,
    pub(crate) broken: AtomicBool,
}

impl LocalLog for MemoryLog {
    fn append(&self, record: Vec<u8>) -> Result<(), LogFailed> {
        if self.broken.load(Ordering::SeqCst) {
            return Err(LogFailed("the disk is full".into()));
        }
        self.records.lock().expect("not poisoned").push(record);
        Ok(())
    }
}

struct Town {
    accounts: Accounts,
    log: Arc<MemoryLog>,
    now_ms: Arc<AtomicU64>,
}

use std::sync::atomic::AtomicU64;

impl Town {
    fn new() -> Self {
        Self::on(Arc::new(MemoryLog::default()), Arc::new(AtomicU64::new(1_000_000)), HashCost::FLOOR)
    }

    fn on(log: Arc<MemoryLog>, now_ms: Arc<AtomicU64>, cost: HashCost) -> Self {
        let clock = Arc::clone(&now_ms);
        let options = Options {
            city: "Palencia".into(),
            cost,
            clock: Arc::new(move || clock.load(Ordering::SeqCst)),
            seen: None,
        };
        let records = log.records.lock().expect("not poisoned").clone();
        let (accounts, replay) = Accounts::open(&records, Arc::clone(&log) as Arc<dyn LocalLog>, options);
        assert_eq!(replay.breaks, [], "the trail is whole");
        Self { accounts, log, now_ms }
    }

    /// The same data after a restart of the node.
    fn restarted(&self) -> Self {
        Self::on(Arc::clone(&self.log), Arc::clone(&self.now_ms), HashCost::FLOOR)
    }

    async fn with(user: &str, roles: &[&str]) -> Self {
        let town = Self::new();
        town.add(user, roles).await;
        town
    }

    async fn add(&self, user: &str, roles: &[&str]) -> PersonView {
        let new = person(user, roles);
        self.accounts.create(By::Operator, new).await.expect("created")
    }

    async fn sign_in(&self, user: &str) -> SignedIn {
        self.accounts.sign_in(user, PASSWORD, home()).await.expect("signed in")
    }

    fn wait_ms(&self, ms: u64) {
        self.now_ms.fetch_add(ms, Ordering::SeqCst);
    }

    fn events(&self) -> Vec<Event> {
        let records = self.log.records.lock().expect("not poisoned");
        records.iter().map(|bytes| Record::decode(bytes).expect("a record").event).collect()
    }
}

fn person(user: &str, roles: &[&str]) -> alianza_shared::api::NewPerson {
    alianza_shared::api::NewPerson {
        user: user.into(),
        name: "Marta Ruiz".into(),
        office: "Cooperación".into(),
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        password: PASSWORD.into(),
    }
}

/// Waits until this identity is told that it has ended.
async fn gone(identity: &Identity) {
    let patience = std::time::Duration::from_secs(10);
    tokio::time::timeout(patience, identity.revoked()).await.expect("told in time");
}

fn home() -> Source {
    Source::of(IpAddr::V4(Ipv4Addr::LOCALHOST))
}

fn code(error: &SignInRefused) -> &str {
    match error {
        SignInRefused::Throttled { .. } => "throttled",
        SignInRefused::Refused(error) => &error.code,
    }
}

/// S2: an empty node has no account that anybody could use.
#[tokio::test]
async fn there_is_no_default_account() {
    let town = Town::new();
    assert!(town.accounts.is_empty());
    for user in ["admin", "root", "operator", ""] {
        assert!(town.accounts.sign_in(user, "admin", home()).await.is_err());
    }
}

#[tokio::test]
async fn accounts_sessions_and_tokens_survive_a_restart() {
    let town = Town::with("marta.ruiz", &["node_admin", "coop_officer"]).await;
    let signed = town.sign_in("  Marta.Ruiz ").await;
    let token = town.accounts.issue_token(By::Operator, "marta.ruiz", "informes").await.expect("issued");
    assert_eq!(signed.identity.roles, [Role::NodeAdmin, Role::CoopOfficer]);

    let again = town.restarted();
    assert_eq!(again.accounts.people(), town.accounts.people());
    let session = again.accounts.by_session(&signed.secret).expect("still signed in");
    assert_eq!(session.person, signed.identity.person);
    assert!(again.accounts.by_token(&token.token).expect("still good").has(Role::CoopOfficer));
    assert_eq!(again.accounts.access("marta.ruiz"), town.accounts.access("marta.ruiz"));
}

/// S5: only hashes of secrets are kept, and no password.
#[tokio::test]
async fn no_secret_is_written_down() {
    let town = Town::with("marta", &[]).await;
    let signed = town.sign_in("marta").await;
    let token = town.accounts.issue_token(By::Operator, "marta", "").await.expect("issued");
    for record in town.log.records.lock().expect("not poisoned").iter() {
        let text = String::from_utf8_lossy(record);
        for secret in [signed.secret.as_str(), token.token.as_str(), PASSWORD] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}

/// S5: idle 30 minutes, absolute 12 hours, also across a restart.
#[tokio::test]
async fn sessions_end_by_themselves() {
    let town = Town::with("marta", &[]).await;
    let signed = town.sign_in("marta").await;
    town.wait_ms(SESSION_IDLE_MS - 1);
    assert!(town.accounts.by_session(&signed.secret).is_some());
    town.wait_ms(1);
    assert!(town.accounts.by_session(&signed.secret).is_none(), "idle");
    assert!(!town.accounts.still_stands(&signed.identity));
    assert!(town.restarted().accounts.by_session(&signed.secret).is_none(), "a restart does not revive it");

    let signed = town.sign_in("marta").await;
    let mut used_ms = 0;
    while used_ms < SESSION_MAX_MS {
        assert!(town.accounts.by_session(&signed.secret).is_some(), "after {used_ms} ms");
        town.accounts.touch(&signed.identity);
        town.wait_ms(20 * 60_000);
        used_ms += 20 * 60_000;
    }
    assert!(town.accounts.by_session(&signed.secret).is_none(), "twelve hours");
}

/// A session in use is not taken for idle after a restart.
#[tokio::test]
async fn use_of_a_session_is_written_down_now_and_then() {
    let town = Town::with("marta", &[]).await;
    let signed = town.sign_in("marta").await;
    town.wait_ms(20 * 60_000);
    town.accounts.touch(&signed.identity);
    town.accounts.touch(&signed.identity);
    let seen = || town.events().iter().filter(|event| matches!(event, Event::SessionSeen { .. })).count();
    tokio::time::timeout(std::time::Duration::from_secs(10), async {
        while seen() == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("written in the background");
    town.wait_ms(20 * 60_000);
    assert!(town.restarted().accounts.by_session(&signed.secret).is_some());
    assert_eq!(seen(), 1, "and not at every use");
}

/// S5: a new id at every sign-in; disable and a new password end what was there, at once.
#[tokio::test]
async fn closing_an_account_ends_everything_of_it() {
    let town = Town::with("marta", &["coop_officer"]).await;
    town.add("admin2", &["node_admin"]).await;
    let one = town.sign_in("marta").await;
    let two = town.sign_in("marta").await;
    assert_ne!(one.secret, two.secret);
    let token = town.accounts.issue_token(By::Operator, "marta", "x").await.expect("issued");

    town.accounts.sign_out(&one.identity).await.expect("out");
    assert!(one.identity.is_revoked() && !two.identity.is_revoked());
    town.accounts.set_password(By::Operator, "marta", "otra mesa con seis patas".into()).await.expect("set");
    gone(&two.identity).await;
    assert!(town.accounts.by_session(&two.secret).is_none());
    assert!(town.accounts.by_token(&token.token).is_some(), "tokens are ended one by one");
    assert_eq!(
        code(&town.accounts.sign_in("marta", PASSWORD, home()).await.expect_err("old password")),
        "auth.wrong"
    );

    let three =
        town.accounts.sign_in("marta", "otra mesa con seis patas", home()).await.expect("new password");
    let by_token = town.accounts.by_token(&token.token).expect("good");
    town.accounts.disable(By::Operator, "marta").await.expect("disabled");
    gone(&three.identity).await;
    gone(&by_token).await;
    assert!(
        town.accounts.by_token(&token.token).is_none() && town.accounts.by_session(&three.secret).is_none()
    );
    let refused =
        town.accounts.sign_in("marta", "otra mesa con seis patas", home()).await.expect_err("disabled");
    assert_eq!(code(&refused), "auth.wrong", "S4: the same words for everybody");
    assert!(
        matches!(town.events().last(), Some(Event::SignInFailed { user: Some(_), .. })),
        "and in the trail"
    );
    assert!(town.restarted().accounts.by_token(&token.token).is_none());
    assert_eq!(town.accounts.directory().len(), 2, "the name stays: history has it");
}

/// S8, S9: new roles hold at once for whoever is connected.
#[tokio::test]
async fn new_roles_are_told_to_open_connections() {
    let town = Town::with("marta", &["coop_officer"]).await;
    let signed = town.sign_in("marta").await;
    let change =
        alianza_shared::api::ChangePerson { roles: Some(vec!["observer".into()]), ..Default::default() };
    town.accounts.change(By::Operator, "marta", change).await.expect("changed");
    gone(&signed.identity).await;
    let now = town.accounts.by_session(&signed.secret).expect("still signed in");
    assert_eq!(now.roles, [Role::Observer]);
    assert!(!now.is_revoked());
}

/// S4: the same words for an unknown user, a wrong password and a disabled account; then the throttle.
#[tokio::test]
async fn guessing_is_slowed_down_and_tells_nothing() {
    let town = Town::with("marta", &[]).await;
    for user in ["marta", "nadie"] {
        for n in 0..5 {
            let refused = town.accounts.sign_in(user, "no es la buena", home()).await.expect_err("wrong");
            assert_eq!(code(&refused), "auth.wrong", "{user} {n}");
        }
        let refused = town.accounts.sign_in(user, PASSWORD, home()).await.expect_err("too many");
        assert!(matches!(refused, SignInRefused::Throttled { wait_ms: 1..=1_000 }), "{refused:?}");
    }
    town.wait_ms(1_000);
    town.sign_in("marta").await;
    let failed = |event: &&Event| matches!(event, Event::SignInFailed { .. });
    assert_eq!(town.events().iter().filter(failed).count(), 10);
    let named = town
        .events()
        .iter()
        .filter(|event| matches!(event, Event::SignInFailed { user: Some(_), .. }))
        .count();
    assert_eq!(named, 5, "what was typed as an unknown user is not kept");
}

/// S1: never more than two hashes at once, whatever comes in.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn at_most_two_passwords_are_hashed_at_once() {
    let town = Town::new();
    let running = Arc::new(AtomicUsize::new(0));
    let most = Arc::new(AtomicUsize::new(0));
    let tries = (0..40).map(|_| {
        let (accounts, running, most) = (town.accounts.clone(), Arc::clone(&running), Arc::clone(&most));
        tokio::spawn(async move {
            let work = move || {
                let now = running.fetch_add(1, Ordering::SeqCst) + 1;
                most.fetch_max(now, Ordering::SeqCst);
                let verified = password::verify("x", &HashCost::FLOOR.dummy());
                running.fetch_sub(1, Ordering::SeqCst);
                verified
            };
            accounts.hashing(work).await
        })
    });
    for done in futures::future::join_all(tries).await {
        assert_eq!(done.expect("no panic"), Ok(false));
    }
    assert!(most.load(Ordering::SeqCst) <= 2);
}

/// S1: a stored hash of another cost is replaced when the password is at hand.
#[tokio::test]
async fn passwords_are_hashed_anew_at_sign_in() {
    let town = Town::with("marta", &[]).await;
    let dearer = Town::on(Arc::clone(&town.log), Arc::clone(&town.now_ms), HashCost::new(20 * 1024, 2, 1));
    dearer.sign_in("marta").await;
    let rehashed = dearer.events().into_iter().any(|event| matches!(event, Event::PasswordRehashed { .. }));
    assert!(rehashed);
    dearer.sign_in("marta").await;
    let times =
        dearer.events().iter().filter(|event| matches!(event, Event::PasswordRehashed { .. })).count();
    assert_eq!(times, 1, "once");
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let town = Town::with("marta", &["node_admin"]).await;
    let refused = town.accounts.disable(By::Operator, "marta").await.expect_err("the only one");
    assert_eq!(refused.code, "people.last_admin");
    let change = alianza_shared::api::ChangePerson { roles: Some(Vec::new()), ..Default::default() };
    assert!(town.accounts.change(By::Operator, "marta", change).await.is_err());
    town.add("ana", &["node_admin"]).await;
    assert!(town.accounts.disable(By::Operator, "marta").await.expect("disabled").disabled);
    assert!(!town.accounts.enable(By::Operator, "marta").await.expect("open again").disabled);
}

#[tokio::test]
async fn wrong_people_are_refused_with_the_field_that_is_wrong() {
    let town = Town::with("marta", &[]).await;
    let cases = [
        ("m", PASSWORD, "coop_officer", "people.user"),
        ("operator", PASSWORD, "coop_officer", "people.user"),
        ("ma rta", PASSWORD, "coop_officer", "people.user"),
        ("marta", PASSWORD, "coop_officer", "people.exists"),
        ("ana", PASSWORD, "root", "people.role"),
        ("ana", "corta", "coop_officer", "password.short"),
        ("ana", "Palencia-2026", "coop_officer", "password.common"),
    ];
    for (user, password, role, expected) in cases {
        let new = alianza_shared::api::NewPerson { password: password.into(), ..person(user, &[role]) };
        let refused = town.accounts.create(By::Operator, new).await.expect_err("refused");
        assert_eq!(refused.code, expected);
        assert!(refused.path.is_some());
    }
    assert_eq!(town.accounts.people().len(), 1);
}

/// A log that fails: nothing of it happened, and the person hears it.
#[tokio::test]
async fn what_was_not_written_did_not_happen() {
    let town = Town::with("marta", &["node_admin"]).await;
    town.log.broken.store(true, Ordering::SeqCst);
    assert_eq!(
        town.accounts.create(By::Operator, person("ana", &[])).await.expect_err("refused").code,
        "read_only"
    );
    assert_eq!(
        code(&town.accounts.sign_in("marta", PASSWORD, home()).await.expect_err("refused")),
        "read_only"
    );
    town.log.broken.store(false, Ordering::SeqCst);
    assert_eq!(town.accounts.people().len(), 1);
    town.sign_in("marta").await;
    assert_eq!(verify(&town.log.records.lock().expect("not poisoned")), []);
}

#[tokio::test]
async fn one_person_has_a_bounded_number_of_sessions_and_tokens() {
    let town = Town::with("marta", &[]).await;
    let first = town.sign_in("marta").await;
    for _ in 0..SESSIONS_PER_PERSON_MAX {
        town.wait_ms(1);
        town.sign_in("marta").await;
    }
    assert!(first.identity.is_revoked(), "the oldest gave way");
    assert_eq!(town.accounts.access("marta").expect("known").sessions.len(), SESSIONS_PER_PERSON_MAX);
    for _ in 0..TOKENS_PER_PERSON_MAX {
        town.accounts.issue_token(By::Operator, "marta", "x").await.expect("issued");
    }
    let refused = town.accounts.issue_token(By::Operator, "marta", "x").await.expect_err("too many");
    assert_eq!(refused.code, "people.tokens");
    let access = town.accounts.access("marta").expect("known");
    town.accounts.revoke_token(By::Operator, "marta", &access.tokens[0].id).await.expect("revoked");
    town.accounts.end_session(By::Operator, "marta", &access.sessions[0].id).await.expect("ended");
    let left = town.accounts.access("marta").expect("known");
    assert_eq!(
        (left.sessions.len(), left.tokens.len()),
        (SESSIONS_PER_PERSON_MAX - 1, TOKENS_PER_PERSON_MAX - 1)
    );
}

#[tokio::test]
async fn a_person_changes_the_own_password_only_with_the_present_one() {
    let town = Town::with("marta", &[]).await;
    let signed = town.sign_in("marta").await;
    let accounts = &town.accounts;
    let next = "seis sillas y una lámpara";
    let refused = accounts.change_own_password(&signed.identity, "no es esta, no", next.into(), home()).await;
    assert_eq!(code(&refused.expect_err("wrong")), "auth.wrong");
    accounts.change_own_password(&signed.identity, PASSWORD, next.into(), home()).await.expect("changed");
    assert!(signed.identity.is_revoked());
    assert!(accounts.sign_in("marta", next, home()).await.is_ok());
}

/// S25: guessing does not fill the disk.
#[test]
fn failures_are_counted_when_they_are_not_written() {
    let mut failures = Failures::default();
    let mut written = 0;
    let mut told = 0;
    for n in 0..10_000 {
        if let Some(more) = failures.write_now(1_000_000 + n) {
            written += 1;
            told += 1 + more;
        }
    }
    assert!(written <= 62, "{written}");
    assert_eq!(failures.write_now(2_000_000), Some(10_000 - told));
}
