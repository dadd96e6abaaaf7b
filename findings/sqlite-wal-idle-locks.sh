#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SQLite 3.50.3 (Maven org.xerial:sqlite-jdbc 3.50.3.0), CRIU 4.2.1 (Debian sid).
#
# One would expect a database connection without a transaction to hold no locks.
# What happens: it depends on a property of the database file. With journal_mode=delete, SQLite's
# default, an idle connection has no lock at all. With journal_mode=wal it holds two read locks for as
# long as it is open: one on the database, one on byte 128 of the shared memory file, which tells
# others that somebody uses that memory. CRIU dumps the first program and refuses the second, the very
# same one on another file, until it is given --file-locks.
#
# Why it matters: such locks are POSIX locks, which the kernel drops with the process. Between dump and
# restore the database looks unused, so another program that opens and closes it deletes the log and the
# shared memory, which the dumped process has open and mapped, and CRIU cannot restore it any more. Both
# files belong to the dump, as the locks do.
source "$(dirname "$(readlink -f "$0")")/begin.sh"
command -v java >/dev/null && command -v javac >/dev/null || cannot "it needs a JDK"
maven org.xerial:sqlite-jdbc:3.50.3.0 org.slf4j:slf4j-api:2.0.17
reference

cat >Connection.java <<'JAVA'
import java.sql.DriverManager;

public class Connection {
  public static void main(String[] arguments) throws Exception {
    var connection = DriverManager.getConnection("jdbc:sqlite:" + arguments[0] + ".db");
    try (var statement = connection.createStatement()) {
      statement.execute("PRAGMA journal_mode=" + arguments[0]);
      statement.execute("CREATE TABLE IF NOT EXISTS visits (day TEXT)");
      statement.execute("INSERT INTO visits VALUES ('monday')");
    }
    if (arguments.length > 1) {
      connection.close();
      return;
    }
    new java.io.File(arguments[0] + ".ready").createNewFile();
    Thread.sleep(600_000);
  }
}
JAVA
javac Connection.java

connection() {
  start java -XX:-UsePerfData -Djava.io.tmpdir="$work" -cp ".:jars/*" Connection "$1"
  wait_for test -e "$1.ready"
}

locks() {
  awk -v pid="$pid" '$5 == pid { print $2, $4, $7 "-" $8 }' /proc/locks | sort | paste -sd,
}

dumped() {
  if dump "$@" 2>error; then echo yes; else echo no; fi
}

connection delete
expect "locks of an idle connection, journal_mode=delete" "$(locks)" ""
expect "dumped" "$(dumped)" yes
connection wal
expect "locks of an idle connection, journal_mode=wal" "$(locks)" \
  "POSIX READ 1073741826-1073742335,POSIX READ 128-128"
expect "dumped" "$(dumped)" no
expect "reason" "$(grep -o 'Some file locks are hold' error)" "Some file locks are hold"
expect "dumped with --file-locks" "$(dumped --file-locks)" yes
expect "files of the database" "$(echo wal.db*)" "wal.db wal.db-shm wal.db-wal"
java -XX:-UsePerfData -Djava.io.tmpdir="$work" -cp ".:jars/*" Connection wal again 2>>output
expect "files after another connection" "$(echo wal.db*)" "wal.db"
if restore --file-locks 2>error; then restored=yes; else restored=no; fi
expect "restored" "$restored" no
