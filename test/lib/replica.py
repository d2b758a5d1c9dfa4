"""replica.py - stock servers as replicas behind a node, in the words of each flavour.

    relay = Relay(source)                            # a node with a port and an account "below"
    replica = Server("mysql-9.7", options=replica_options("mysql"))
    follow(replica, relay.port)                      # by GTID, over TLS
    wait_mark(source, replica, relay.node)          # then both hold the same mark
"""
# SPDX-License-Identifier: Apache-2.0
import threading
import time

from node import Node, binlogd
from servers import free_port

SCHEMA = """CREATE DATABASE shop; CREATE TABLE shop.sale (id INT PRIMARY KEY AUTO_INCREMENT, who INT, text VARCHAR(300));
CREATE TABLE shop.stock (id INT PRIMARY KEY, amount INT); INSERT INTO shop.stock VALUES (1,0),(2,0),(3,0);"""
MARK = "CREATE TABLE IF NOT EXISTS shop.mark (id INT PRIMARY KEY AUTO_INCREMENT); INSERT INTO shop.mark VALUES ()"


class Load(threading.Thread):
    """Transactions of two statements, until it is told to stop; a client program for every twenty."""

    def __init__(self, source, who, pause=0.01):
        super().__init__()
        self.source, self.who, self.pause, self.going = source, who, pause, True

    def run(self):
        one = (f"BEGIN; INSERT INTO shop.sale (who, text) VALUES ({self.who}, REPEAT('ab', 100)); "
               f"UPDATE shop.stock SET amount = amount + 1 WHERE id = {self.who}; COMMIT;\n")
        while self.going:
            self.source.sql(one * 20)
            time.sleep(self.pause)

    def finish(self):
        self.going = False
        self.join()


class Relay:
    """A relay with a port, and an account for replicas."""

    def __init__(self, source, accounts=("below",), **options):
        self.port = free_port()
        self.node = Node(source, start=False, listen=f"127.0.0.1:{self.port}", **{"engine": "none", **options})
        for name in accounts:
            self.add_account(name, "replication")
        self.node.start()
        self.node.wait_log("listening on")

    def add_account(self, name, role):
        binlogd("user", "--no-defaults", f"--data={self.node.data_dir}", f"--role={role}", "add", name,
                input="secret\n", check=True)


def replica_options(flavour, workers=0):
    """What a replica is started with: it logs what it applies, and comes back from kill -9."""
    if flavour == "mysql":
        return ["--log-replica-updates=ON", "--relay-log-recovery=ON", f"--replica-parallel-workers={workers}"]
    return ["--log-slave-updates=ON", "--relay-log-recovery=ON", f"--slave-parallel-threads={workers}",
            "--slave-parallel-mode=optimistic"]


def forget(replica):
    """As if it had never followed anybody."""
    if replica.flavour == "mysql":
        replica.sql("STOP REPLICA; RESET REPLICA ALL; DROP DATABASE IF EXISTS shop; RESET BINARY LOGS AND GTIDS")
    else:
        replica.sql("STOP SLAVE; RESET SLAVE ALL; DROP DATABASE IF EXISTS shop; RESET MASTER; "
                    "SET GLOBAL gtid_slave_pos=''")


def follow(replica, port, by="gtid", tls=True, user="below"):
    """Points it at 127.0.0.1:port and starts it. by: "gtid" or (file, offset)."""
    if replica.flavour == "mysql":
        place = "SOURCE_AUTO_POSITION=1" if by == "gtid" else f"SOURCE_LOG_FILE='{by[0]}', SOURCE_LOG_POS={by[1]}"
        how = "SOURCE_SSL=1" if tls else "SOURCE_SSL=0, GET_SOURCE_PUBLIC_KEY=1"
        replica.sql(f"STOP REPLICA; CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT={port}, "
                    f"SOURCE_USER='{user}', SOURCE_PASSWORD='secret', SOURCE_CONNECT_RETRY=1, SOURCE_RETRY_COUNT=1000, "
                    f"{how}, {place}; START REPLICA")
        return
    place = ("MASTER_USE_GTID=slave_pos" if by == "gtid"
             else f"MASTER_USE_GTID=no, MASTER_LOG_FILE='{by[0]}', MASTER_LOG_POS={by[1]}")
    how = "MASTER_SSL=1, MASTER_SSL_VERIFY_SERVER_CERT=0" if tls else "MASTER_SSL=0, MASTER_SSL_VERIFY_SERVER_CERT=0"
    replica.sql(f"STOP SLAVE; CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={port}, MASTER_USER='{user}', "
                f"MASTER_PASSWORD='secret', MASTER_CONNECT_RETRY=1, {how}, {place}; START SLAVE")


def status(replica):
    """SHOW REPLICA STATUS, as a dict with the names of its flavour; {} while it does not answer."""
    word = "REPLICA" if replica.flavour == "mysql" else "SLAVE"
    text = replica.run_client(f"SHOW {word} STATUS", "--column-names", check=False).stdout.decode(errors="replace")
    lines = text.splitlines()
    return dict(zip(lines[0].split("\t"), lines[1].split("\t"))) if len(lines) > 1 else {}


def errors(replica):
    """What of it tells of trouble, as text."""
    return "\n".join(f"{name}: {value}" for name, value in status(replica).items()
                     if ("Error" in name or "Running" in name) and value)


def wait_mark(source, replica, node, seconds=90):
    """Waits until the replica has the source's last mark, and with it everything before."""
    source.sql(MARK)
    mark = source.value("SELECT MAX(id) FROM shop.mark")
    deadline = time.monotonic() + seconds
    while replica.sql("SELECT MAX(id) FROM shop.mark", check=False).strip() != mark:
        if time.monotonic() > deadline:
            raise AssertionError(f"{replica.kind.name} does not come to mark {mark}\n{errors(replica)}\n"
                                 f"{node.log()[-3000:]}")
        time.sleep(0.1)
