//! A disk that fills.

use std::path::PathBuf;
use std::process::Command;

use super::application::ACCOUNTS;
use super::stage::Stage;

/// A small file system of memory.
struct Disk {
    folder: tempfile::TempDir,
}

impl Disk {
    /// None where we may not mount.
    fn of(megabytes: u32) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let disk = Self { folder };
        disk.mount(&format!("size={megabytes}m")).then_some(disk)
    }

    fn path(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    fn mount(&self, options: &str) -> bool {
        Command::new("mount")
            .args(["-t", "tmpfs", "-o", options, "none"])
            .arg(self.folder.path())
            .output()
            .is_ok_and(|ran| ran.status.success())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.folder.path()).output();
    }
}

#[tokio::test]
async fn a_run_on_a_full_disk_says_so_and_goes_on_when_there_is_room() {
    let Some(disk) = Disk::of(24) else {
        println!("skipped: a file system cannot be mounted here");
        return;
    };
    let stage = Stage::new("").await;
    let data = disk.path().join("data");
    std::fs::create_dir(&data).unwrap();
    stage.server.own(&disk.path(), 0o755);
    stage.server.own(&data, 0o700);
    let place = format!("CREATE TABLESPACE small LOCATION '{}'", data.display());
    stage.server.run(&place).await;
    stage.server.run("ALTER DATABASE shop SET TABLESPACE small").await;
    let client = stage.server.client("shop").await;
    let more = format!(
        "INSERT INTO account SELECT n, 0, 'note ' || n, 'city ' || n FROM generate_series({}, 80000) AS n",
        ACCOUNTS + 1
    );
    client.batch_execute(&more).await.unwrap();
    let before = stage.dumped();
    let there = "apply --target after.sql --strategy online --phase all --yes --allow tightens";
    let said = stage.ends(there, 1);
    assert!(said.contains("No space left on device"), "{said}");
    assert!(said.contains("run the same command again"), "{said}");
    // More room.
    assert!(disk.mount("remount,size=200m"));
    stage.ends(there, 0);
    stage.ends("diff --target after.sql", 0);
    stage.ends("rollback --phase all --yes", 0);
    assert_eq!(stage.leftovers().await, Vec::<String>::new());
    assert_eq!(stage.dumped(), before, "the way back leads elsewhere");
    let kept =
        "SELECT count(*) FROM account WHERE balance = 0 AND note = 'note ' || id AND city = 'city ' || id";
    let kept: i64 = client.query_one(kept, &[]).await.unwrap().get(0);
    assert_eq!(kept, 80_000, "rows that are not as they were");
}
