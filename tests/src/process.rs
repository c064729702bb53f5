//! The functions' processes: which one is at a connection's other end, and its death.

use std::{fs, path::Path, process::Command, thread, time::Duration};

/// The process that has the client's end of a loopback connection from this port.
#[must_use]
pub fn behind(port: u16) -> Option<u32> {
    // The kernel's table may leave a line out while others come and go.
    let inode = (0..20).find_map(|_| {
        inode(port).or_else(|| {
            thread::sleep(Duration::from_millis(10));
            None
        })
    });
    let socket = format!("socket:[{}]", inode?);
    let owns = |pid: &u32| {
        let open = fs::read_dir(format!("/proc/{pid}/fd"));
        let links = open.into_iter().flatten().flatten();
        links
            .filter_map(|link| fs::read_link(link.path()).ok())
            .any(|target| target == Path::new(&socket))
    };
    all().into_iter().find(owns)
}

/// The processes of a deployed function.
#[must_use]
pub fn of_function(name: &str) -> Vec<u32> {
    let wanted = format!("AWS_LAMBDA_FUNCTION_NAME={name}");
    let runs = |pid: &u32| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|variable| variable == wanted.as_bytes())
    };
    all().into_iter().filter(runs).collect()
}

/// Ends a process as a crash would: without a word.
pub fn kill(pid: u32) {
    let killed = Command::new("kill").args(["-9", &pid.to_string()]).status();
    assert!(killed.is_ok_and(|status| status.success()), "cannot kill {pid}");
}

/// The most memory a process ever had, in KiB.
#[must_use]
pub fn peak_memory(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

fn all() -> Vec<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// The inode of the socket bound to this port of 127.0.0.1: the tenth field of its line.
fn inode(port: u16) -> Option<String> {
    let table = fs::read_to_string("/proc/net/tcp").ok()?;
    let local = format!("0100007F:{port:04X}");
    table
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .find(|fields| fields.get(1) == Some(&local.as_str()) && fields.get(9) != Some(&"0"))
        .and_then(|fields| fields.get(9).map(|inode| (*inode).to_owned()))
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn it_finds_who_is_connected() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let port = client.local_addr().unwrap().port();
        assert_eq!(behind(port), Some(std::process::id()));
    }

    #[test]
    fn it_reads_the_peak_of_a_process() {
        assert!(peak_memory(std::process::id()).is_some_and(|kib| kib > 100));
    }
}
