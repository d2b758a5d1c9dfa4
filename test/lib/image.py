"""image.py - a file system of our own in a file, whose power can be cut: ext4 on a loop device, and the kernel's
order to shut it down without writing what it still holds. Needs root and loop devices; image_or_skip says so."""
# SPDX-License-Identifier: Apache-2.0
import fcntl
import os
import pathlib
import shutil
import struct
import subprocess
import tempfile
import unittest

SHUTDOWN = 0x8004587d  # EXT4_IOC_SHUTDOWN
NO_LOG_FLUSH = 2
SIZE = 96 << 20


class Image:
    """Mounted at .mount from the start; close() undoes everything."""

    def __init__(self, has_journal):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="binlogd-image-"))
        self.file, self.mount = self.folder / "image", self.folder / "mount"
        self.mount.mkdir()
        try:
            with open(self.file, "wb") as file:
                file.truncate(SIZE)
            feature = "has_journal" if has_journal else "^has_journal"
            run("mkfs.ext4", "-q", "-F", "-O", feature, str(self.file))
            self.attach()
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    def attach(self):
        run("mount", "-o", "loop", str(self.file), str(self.mount))

    def detach(self):
        run("umount", str(self.mount))

    def settle(self):
        """All of it is on the disk: what is written from here on is what a cut may take."""
        run("sync", "-f", str(self.mount))

    def cut(self):
        """From here on nothing is written any more."""
        folder = os.open(self.mount, os.O_RDONLY)
        try:
            fcntl.ioctl(folder, SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        finally:
            os.close(folder)

    def power_on(self):
        """Nobody may use it. Repairs it as a machine does that starts, and mounts it."""
        self.detach()
        check = subprocess.run(["e2fsck", "-p", "-f", str(self.file)], capture_output=True, text=True)
        if check.returncode > 1:
            subprocess.run(["e2fsck", "-y", "-f", str(self.file)], capture_output=True)
        self.attach()

    def close(self):
        subprocess.run(["umount", "-l", str(self.mount)], capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)


def run(*argv):
    done = subprocess.run(argv, capture_output=True, text=True)
    if done.returncode != 0:
        raise OSError(f"{' '.join(argv)}: {done.stderr.strip()}")


def image_or_skip(has_journal):
    """An Image, or SkipTest with the reason."""
    if os.geteuid() != 0:
        raise unittest.SkipTest("cutting the power of a file system needs root")
    try:
        return Image(has_journal)
    except OSError as why:
        raise unittest.SkipTest(f"no file system on a loop device can be had: {why}") from why
