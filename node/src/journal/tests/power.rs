//! The half of the power-cut trials (R4) that runs inside: `tests/power/cut.sh` runs these on a file system
//! of its own, cuts that off, and runs them again. Without that script they do nothing.

use std::io::Write as _;

use super::*;

fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("ALIANZA_POWER_DIR").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: run tests/power/cut.sh");
    }
    folder
}

/// Appends numbers, `ALIANZA_POWER_IN_FLIGHT` (1) at a time, and says each as soon as it is acknowledged,
/// until the disk goes away.
#[test]
#[ignore = "run by tests/power/cut.sh"]
fn power_write() {
    let Some(folder) = folder() else { return };
    let in_flight =
        std::env::var("ALIANZA_POWER_IN_FLIGHT").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let journals = Journals::open_with(&folder, 256 * 1024).expect("opens");
    let (writer, answers) = start(&journals);
    let (mut next, mut open) = (0_u64, 0);
    while !writer.is_failed() {
        while open < in_flight {
            let payload = next.to_be_bytes().into_iter().cycle().take(8 + next as usize * 37 % 5_000);
            writer.append(append(next, vec![(1, payload.collect())]));
            (next, open) = (next + 1, open + 1);
        }
        for answer in answers.recv_timeout(SOON).expect("an answer in time") {
            open -= 1;
            if let Written::Done { token, .. } = answer {
                writeln!(io::stderr(), "acked {token}").expect("said");
            }
        }
    }
}

/// Says what is there after the cut, which must be a prefix of whole records.
#[test]
#[ignore = "run by tests/power/cut.sh"]
fn power_check() {
    let Some(folder) = folder() else { return };
    let journals = Journals::open_with(&folder, 256 * 1024).expect("opens");
    let recovery = journals.recover(NAME).expect("recovers");
    let scanned: Vec<_> = journals.scan(NAME, None).map(|item| item.expect("readable")).collect();
    assert!(damages(&scanned).is_empty(), "damage after a power cut");
    for (number, (_, payload)) in (0_u64..).zip(records(&scanned)) {
        assert_eq!(payload[..8], number.to_be_bytes());
        assert_eq!(payload.len(), 8 + number as usize * 37 % 5_000);
    }
    let _ = writeln!(io::stderr(), "there {} cut_bytes {}", scanned.len(), recovery.cut_bytes);
}

/// R7, on a file system that really is full, 50 times: refused as full, nothing acknowledged is lost, reading
/// goes on, and with room again it resumes without a restart.
#[test]
#[ignore = "run by tests/power/cut.sh"]
fn power_full() {
    let Some(folder) = folder() else { return };
    let ballast = folder.join("ballast");
    let journals = Journals::open_with(&folder.join("journal"), 256 * 1024).expect("opens");
    let (writer, answers) = start(&journals);
    let mut acked = Vec::new();
    let mut token = 0;
    for fill in 0..50 {
        let mut file = File::create(&ballast).expect("made");
        while file.write_all(&[1; 16 * 1024]).is_ok() {}
        let full_len = file.metadata().expect("its length").len();
        file.set_len(full_len.saturating_sub(fill * 4_096)).expect("some room");
        // The first refusal meets the full disk, the second comes because nobody said `resume`.
        let mut refused = 0;
        while refused < 2 {
            token += 1;
            let payload = vec![fill as u8; 3_000 * (token as usize % 10)];
            writer.append(append(token, vec![(1, payload.clone())]));
            match wait(&answers, 1).remove(&token).expect("its answer") {
                Written::Done { .. } => acked.push((1, payload)),
                Written::Failed { full: true, .. } => refused += 1,
                Written::Failed { error, .. } => panic!("fill {fill}: {error}"),
            }
        }
        let there: Vec<_> = journals.scan(NAME, None).map(|item| item.expect("readable")).collect();
        assert!(damages(&there).is_empty() && records(&there) == acked, "fill {fill}");
        fs::remove_file(&ballast).expect("removed");
        writer.resume();
        token += 1;
        writer.append(append(token, vec![(2, vec![])]));
        refs(&wait(&answers, 1)[&token]);
        acked.push((2, vec![]));
    }
    assert!(!writer.is_failed());
    let _ = writeln!(io::stderr(), "acked {} in 50 fills", acked.len());
}
