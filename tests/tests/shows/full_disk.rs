//! A disk that is full, and one that fails: what was acknowledged is there, and only the first passes by itself.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use alianza_tests::cluster::{EDITOR_ROLES, new_person};
use alianza_tests::{Client, Cluster, Node, fixture, skip, wait_until};
use anyhow::{Context, Result};
use serde_json::json;

const SMALL: usize = 1;
/// A look every few seconds, longer each time that the room did not last.
const ROOM_TIMEOUT: Duration = Duration::from_secs(60);

/// A small real file system: ext4 on a loop device, else tmpfs.
struct SmallDisk {
    mount: PathBuf,
    _folder: tempfile::TempDir,
}

fn ran(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

impl SmallDisk {
    /// None where this account may mount nothing.
    fn new(mib: usize) -> Result<Option<Self>> {
        let folder = tempfile::Builder::new().prefix("alianza-disk-").tempdir()?;
        let (image, mount) = (folder.path().join("image"), folder.path().join("disk"));
        fs::create_dir(&mount)?;
        fs::File::create(&image)?.set_len((mib as u64) << 20)?;
        let ext4 = ran(Command::new("mkfs.ext4").args(["-q", "-F", "-m", "0"]).arg(&image))
            && ran(Command::new("mount").args(["-o", "loop"]).arg(&image).arg(&mount));
        let tmpfs = || {
            let size = format!("size={mib}m");
            ran(Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(&mount))
        };
        if ext4 {
            println!("ext4 of {mib} MiB on a loop device");
        } else if tmpfs() {
            println!("tmpfs of {mib} MiB");
        } else {
            return Ok(None);
        }
        Ok(Some(Self { mount, _folder: folder }))
    }

    fn ballast(&self) -> PathBuf {
        self.mount.join("ballast")
    }

    /// Until not one more byte fits.
    fn fill(&self) -> Result<()> {
        let mut file = fs::OpenOptions::new().create(true).append(true).open(self.ballast())?;
        for size in [1 << 20, 64 << 10, 4 << 10, 512, 1] {
            while file.write_all(&vec![1; size]).is_ok() {}
        }
        file.sync_all().ok();
        Ok(())
    }

    fn free(&self) -> Result<()> {
        Ok(fs::remove_file(self.ballast())?)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a node that a failed test left behind still holds files of it.
        ran(Command::new("umount").arg("-l").arg(&self.mount));
    }
}

/// Edits with a number each, and which of them were acknowledged.
struct Editor {
    client: Client,
    programme: String,
    count: u32,
    acknowledged: Vec<String>,
    refused: Vec<String>,
}

impl Editor {
    /// None when it was acknowledged, else the code.
    async fn edit(&mut self) -> Option<String> {
        self.count += 1;
        let text = format!("riesgo número {:04}", self.count);
        let item = json!({ "text": text, "prob": 1, "impact": 1 });
        match self.client.add(&self.programme, "/risks", item).await {
            Ok(_) => {
                self.acknowledged.push(text);
                None
            }
            Err(refusal) => {
                self.refused.push(text);
                Some(refusal.code)
            }
        }
    }

    async fn present(&self, client: &Client) -> Result<()> {
        let content = client.document(&self.programme).await?.content["risks"].to_string();
        for text in &self.acknowledged {
            assert!(content.contains(text), "{text} was acknowledged and is gone");
        }
        for text in &self.refused {
            assert!(!content.contains(text), "{text} was refused and is there");
        }
        Ok(())
    }
}

async fn with_small_disk(disk: &SmallDisk) -> Result<(Cluster, Editor)> {
    let mut cluster = Cluster::strangers(1).await?;
    let mut node = Node::init(&disk.mount, "Palencia", None).await?;
    // The log of the test does not belong on the full disk.
    node.log = cluster.folder().join("palencia.log");
    let person = new_person(&node, "editora", &EDITOR_ROLES).await?;
    node.start().await?;
    cluster.nodes.push(node);
    cluster.people.push(person);
    cluster.ally().await?;
    let client = cluster.client(SMALL);
    let (_, city8) = fixture::city(&client).await?;
    let programme = fixture::programme(&client, &cluster.circle, &city8).await?.id;
    cluster.settled(&[0, SMALL]).await?;
    let editor = Editor { client, programme, count: 0, acknowledged: Vec::new(), refused: Vec::new() };
    Ok((cluster, editor))
}

async fn assert_clean(node: &Node) -> Result<()> {
    let verify = node.run(&["verify"], None).await?;
    assert!(verify.ok(), "{}", verify.text());
    Ok(())
}

/// I45, RQ-durable: no room: read-only, and said so. Room again: goes on by itself, in the same process.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_passes_without_a_restart() -> Result<()> {
    let Some(disk) = SmallDisk::new(64)? else {
        skip(
            "a_full_disk_passes_without_a_restart",
            "this account can mount neither a loop device nor tmpfs",
        );
        return Ok(());
    };
    let (mut cluster, mut editor) = with_small_disk(&disk).await?;
    let pid = cluster.nodes[SMALL].pid();
    for round in 1..=2 {
        for _ in 0..20 {
            assert_eq!(editor.edit().await, None, "round {round}: there is room");
        }
        disk.fill()?;
        // What is left of the last block may still take some.
        let code = loop {
            if let Some(code) = editor.edit().await {
                break code;
            }
            assert!(editor.count < 4_000, "a full disk takes everything");
        };
        assert_eq!(code, "read_only", "round {round}");
        let status = editor.client.status().await?;
        assert_eq!((status.read_only, status.read_only_why.as_deref()), (true, Some("disk_full")));
        let told = cluster.nodes[SMALL].run(&["status"], None).await?;
        assert!(told.stdout.contains("READ-ONLY: the disk is full"), "{}", told.text());
        assert_eq!(editor.edit().await.as_deref(), Some("read_only"), "it stays so while nothing changes");
        editor.present(&editor.client).await?;
        // A partner goes on meanwhile; its work comes once there is room.
        let other = cluster.client(0);
        let item = json!({ "text": format!("mientras tanto {round}"), "prob": 1, "impact": 1 });
        other.add(&editor.programme, "/risks", item).await?;

        disk.free()?;
        wait_until("edits are taken again", ROOM_TIMEOUT, || async {
            let status = editor.client.status().await.map_err(|error| error.to_string())?;
            if status.read_only { Err(format!("{:?}", status.read_only_why)) } else { Ok(()) }
        })
        .await;
        assert_eq!(editor.edit().await, None, "round {round}: room again");
        assert_eq!(cluster.nodes[SMALL].pid(), pid, "the same process");
        cluster.settled(&[0, SMALL]).await?;
        cluster.assert_equal_documents(&[0, SMALL]).await?;
        editor.present(&editor.client).await?;
        editor.present(&other).await?;
        let content = editor.client.document(&editor.programme).await?.content["risks"].to_string();
        assert!(content.contains(&format!("mientras tanto {round}")), "the partner's edit has come");
        assert_clean(&cluster.nodes[SMALL]).await?;
    }
    println!("{} acknowledged, {} refused", editor.acknowledged.len(), editor.refused.len());
    cluster.assert_alive();
    let log = cluster.nodes[SMALL].log_text();
    assert_eq!(log.matches("the disk is full: the node is read-only").count(), 2, "said once each time");
    // And what is on the disk is that, too.
    cluster.nodes[SMALL].kill().await?;
    assert_clean(&cluster.nodes[SMALL]).await?;
    cluster.nodes[SMALL].start().await?;
    editor.present(&editor.client).await?;
    cluster.settled(&[0, SMALL]).await?;
    cluster.stop().await
}

/// Makes every sync of a running node fail, while it lives.
struct FailingSyncs(std::process::Child);

impl FailingSyncs {
    fn of(pid: u32, log: &Path) -> Result<Option<Self>> {
        let calls = "fsync,fdatasync";
        let child = Command::new("strace")
            .args(["-f", "-qq", "-e", &format!("trace={calls}"), "-e", &format!("inject={calls}:error=EIO")])
            .args(["-p", &pid.to_string(), "-o"])
            .arg(log)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Ok(child.ok().map(Self))
    }
}

impl Drop for FailingSyncs {
    fn drop(&mut self) {
        // It lets go of the node when it is asked to end; killed, it would take the node's threads with it.
        ran(Command::new("kill").arg("-INT").arg(self.0.id().to_string()));
        self.0.wait().ok();
    }
}

/// I45, S-durability: after a failed sync nothing is acknowledged until the process starts again, room or not.
#[tokio::test(flavor = "multi_thread")]
async fn a_failed_sync_stays_read_only_until_the_restart() -> Result<()> {
    let mut cluster = Cluster::alliance(1).await?;
    let client = cluster.client(0);
    let (_, city8) = fixture::city(&client).await?;
    let programme = fixture::programme(&client, &cluster.circle, &city8).await?.id;
    let mut editor =
        Editor { client: client.clone(), programme, count: 0, acknowledged: Vec::new(), refused: Vec::new() };
    assert_eq!(editor.edit().await, None);
    let pid = cluster.nodes[0].pid().context("it runs")?;
    let traced = cluster.folder().join("strace.log");
    let Some(failing) = FailingSyncs::of(pid, &traced)? else {
        skip("a_failed_sync_stays_read_only_until_the_restart", "there is no strace");
        return cluster.stop().await;
    };
    // Until strace has taken hold, edits are stored.
    let code = loop {
        if let Some(code) = editor.edit().await {
            break code;
        }
        if editor.count > 500 {
            drop(failing);
            skip("a_failed_sync_stays_read_only_until_the_restart", "strace may not take hold of the node");
            return cluster.stop().await;
        }
    };
    assert_eq!(code, "read_only");
    drop(failing);
    let status = client.status().await?;
    assert_eq!((status.read_only, status.read_only_why.as_deref()), (true, Some("disk_failed")));
    // The disk is well again and has room; this process must not trust it all the same. Longer than two looks.
    let mark = cluster.nodes[0].log_mark();
    let until = std::time::Instant::now() + Duration::from_secs(6);
    while std::time::Instant::now() < until {
        assert_eq!(editor.edit().await.as_deref(), Some("read_only"));
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let log = cluster.nodes[0].log_text().split_off(mark);
    assert!(!log.contains("there is room on the disk again"), "{log}");

    cluster.nodes[0].kill().await?;
    cluster.nodes[0].start().await?;
    assert!(!client.status().await?.read_only);
    assert_eq!(editor.edit().await, None);
    // A refused edit may have reached the disk all the same; an acknowledged one must have.
    editor.refused.clear();
    editor.present(&client).await?;
    assert_clean(&cluster.nodes[0]).await?;
    cluster.stop().await
}
