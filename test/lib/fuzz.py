"""fuzz.py - mutates the inputs of one libFuzzer target for a while, as a test.

    python3 test/lib/fuzz.py PROGRAM CORPUS-FOLDER      for $FUZZ_SECONDS, 60 unless told otherwise

Fails on any finding, and prints it as text that `base64 -d` turns into an input for the corpus. What was learnt is
thrown away: the corpus of the repository is what each run begins with. Runs at the lowest priority, beside tests that
mostly wait for servers.
"""
# SPDX-License-Identifier: Apache-2.0
import base64
import os
import pathlib
import re
import subprocess
import sys
import tempfile

MEMORY_MB, INPUT_SECONDS = 1024, 20


def main(program, corpus):
    seconds = os.environ.get("FUZZ_SECONDS", "60")
    name = pathlib.Path(program).name
    if not any(pathlib.Path(corpus).iterdir()):
        print(f"{corpus} is empty: {name} has nothing to begin with")
        return 1
    with tempfile.TemporaryDirectory(prefix="binlogd-fuzz-") as folder:
        learnt = pathlib.Path(folder, "learnt")
        learnt.mkdir()
        run = subprocess.run(["nice", "-n", "19", program, f"-max_total_time={seconds}", f"-rss_limit_mb={MEMORY_MB}",
                              f"-timeout={INPUT_SECONDS}", "-print_final_stats=1", "-verbosity=0",
                              f"-artifact_prefix={folder}/found-", str(learnt), corpus],
                             capture_output=True, text=True, errors="replace", cwd=folder)
        inputs = re.search(r"number_of_executed_units: (\d+)", run.stderr)
        print(f"{name}: {inputs[1] if inputs else 'an unknown number of'} inputs in {seconds} s, "
              f"{len(list(learnt.iterdir()))} of them new to it")
        if run.returncode == 0:
            return 0
        print(run.stderr[-6000:])
        for path in pathlib.Path(folder).glob("found-*"):
            print(f"{path.name}:\n{base64.b64encode(path.read_bytes()).decode()}")
        return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
