# SPDX-License-Identifier: Apache-2.0
"""A Slurm of one node: its own munged, slurmctld and slurmd, on loopback, with everything in one folder."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "host"))
import guest

CONFIGURATION = """
ClusterName=ringside
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={control_port}
SlurmdPort={node_port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1,sched_min_interval=0
ReturnToService=2
MinJobAge=3
MaxArraySize={largest_array}
KillWait=5
NodeName=node NodeHostname={host} NodeAddr=127.0.0.1 CPUs={cpus} State=UNKNOWN
PartitionName=here Nodes=node Default=YES MaxTime=INFINITE State=UP
"""


class Cluster:
    """with Cluster(folder) as cluster: ... cluster.environment has Slurm's programs find it."""

    def __init__(self, folder, largest_array=1001):
        self.folder = folder
        self._processes = []
        self._largest_array = largest_array
        self.environment = dict(os.environ, SLURM_CONF=self._path("slurm.conf"))

    def __enter__(self):
        try:
            self._write_configuration()
            self._start_munged()
            self._start("slurmctld", "-D")
            self._start("slurmd", "-D", "-N", "node")
            self._until("the node is ready", lambda: self.ask("sinfo", "--noheader", "--format=%T").strip() in ("idle", "mixed"))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        # A task outlives the daemons that have started it.
        self.ask("scancel", "--full", "--me")
        deadline = time.monotonic() + 30
        while self.jobs() and time.monotonic() < deadline:
            time.sleep(0.2)
        for process in reversed(self._processes):
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def ask(self, *words):
        """What a program of Slurm prints."""
        return subprocess.run(words, env=self.environment, capture_output=True, text=True, timeout=60).stdout

    def jobs(self):
        """The states of all tasks in the queue."""
        return self.ask("squeue", "--noheader", "--array", "--format=%T").split()

    def _path(self, name):
        return os.path.join(self.folder, name)

    def _write_configuration(self):
        os.chmod(self.folder, 0o755)
        for name in ("state", "spool"):
            os.mkdir(self._path(name))
        with open(self._path("slurm.conf"), "w", encoding="utf-8") as file:
            file.write(CONFIGURATION.format(
                folder=self.folder, host=socket.gethostname().split(".")[0], control_port=guest.free_port(),
                node_port=guest.free_port(), user=pwd.getpwuid(os.getuid()).pw_name, cpus=os.cpu_count(),
                largest_array=self._largest_array))

    def _start_munged(self):
        with open(self._path("munge.key"), "wb") as file:
            os.chmod(file.name, 0o600)
            file.write(os.urandom(128))
        self._start("munged", "--foreground", "--force", "--key-file=" + self._path("munge.key"),
                    "--socket=" + self._path("munge.socket"), "--pid-file=" + self._path("munged.pid"),
                    "--log-file=" + self._path("munged.log"), "--seed-file=" + self._path("munged.seed"))
        self._until("munged listens", lambda: os.path.exists(self._path("munge.socket")))

    def _start(self, name, *words):
        program = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
        if not program:
            raise guest.Failure(f"there is no {name}; install what sw/packages.txt names (sw/setup.sh)")
        with open(self._path(name + ".out"), "w", encoding="utf-8") as output:
            self._processes.append(subprocess.Popen([program, *words], env=self.environment, stdin=subprocess.DEVNULL,
                                                    stdout=output, stderr=subprocess.STDOUT))

    def _until(self, what, condition, seconds=60):
        deadline = time.monotonic() + seconds
        while not condition():
            gone = [process.args[0] for process in self._processes if process.poll() is not None]
            if gone or time.monotonic() > deadline:
                raise guest.Failure(f"not so: {what}" + (f"; {gone[0]} ended" if gone else "") + self._logs())
            time.sleep(0.2)

    def _logs(self):
        text = ""
        for name in ("munged", "slurmctld", "slurmd"):
            for end in (".out", ".log"):
                with contextlib.suppress(FileNotFoundError), open(self._path(name + end), encoding="utf-8") as file:
                    text += f"\n== {name}{end}\n" + "".join(file.readlines()[-15:])
        return text
