"""Cuts the power of one file system: nothing that was not synced reaches it any more.

usage: shutdown.py MOUNT_POINT IMAGE [SAID]

Prints how many lines of the file SAID begin with "acked" just before the cut.

Refuses anything but an ext4 or xfs mounted at exactly MOUNT_POINT from a loop device whose backing file is
IMAGE: pointed at a real disk this call would stop the machine.
"""
import fcntl
import os
import struct
import sys

FS_IOC_SHUTDOWN = 0x8004587D  # _IOR('X', 125, u32)
NO_LOG_FLUSH = 2


def refuse(why):
    sys.exit(f"shutdown.py: refused: {why}")


mount_point, image = (os.path.realpath(argument) for argument in sys.argv[1:3])
found = None
with open("/proc/self/mountinfo", encoding="utf-8") as mounts:
    for line in mounts:
        left, right = line.split(" - ")
        if left.split()[4] == mount_point:
            found = (left.split()[2], right.split()[0], right.split()[1])
if found is None:
    refuse("no file system is mounted exactly there")
number, kind, device = found
if kind not in ("ext4", "xfs"):
    refuse(f"a {kind}")
if not device.startswith("/dev/loop"):
    refuse(f"{device} is no loop device")
loop = os.path.basename(device)
with open(f"/sys/block/{loop}/loop/backing_file", encoding="utf-8") as backing:
    if os.path.realpath(backing.read().strip()) != image:
        refuse("the loop device belongs to another image")
with open(f"/sys/block/{loop}/dev", encoding="utf-8") as dev:
    if dev.read().strip() != number:
        refuse("device numbers differ")
directory = os.open(mount_point, os.O_RDONLY | os.O_DIRECTORY)
status = os.fstat(directory).st_dev
if f"{os.major(status)}:{os.minor(status)}" != number or status == os.stat("/").st_dev:
    refuse("not the loop device's file system")
said = 0
if len(sys.argv) > 3:
    with open(sys.argv[3], "rb") as lines:
        said = sum(line.startswith(b"acked") and line.endswith(b"\n") for line in lines)
fcntl.ioctl(directory, FS_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
print(said)
