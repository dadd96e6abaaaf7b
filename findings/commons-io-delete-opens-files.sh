#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Commons IO 2.22.0 (Maven), strace of Debian 12, any JDK from 17 on.
#
# One would expect that deleting a directory unlinks its files, as rm -r does, without a look into them.
# What happens: FileUtils.deleteDirectory opens each file below the first level and asks for an extended
# attribute, user.DOSATTRIB, which may hold a read-only mark of DOS to be cleared; then it is deleted. Files
# of the first level are not opened, and PathUtils.deleteDirectory opens none at all.
#
# Why it matters: an open is no harmless act for everything that has a name. A FIFO without a writer keeps
# its opener waiting, so the deletion of a directory of ours with one two levels down never came back. A
# device is opened, a lease broken, a watcher (inotify, fanotify) told of an open.
source "$(dirname "$(readlink -f "$0")")/begin.sh"
command -v java >/dev/null && command -v javac >/dev/null || cannot "it needs a JDK"
command -v strace >/dev/null || { debian strace=6.1-0.1 && PATH=$work/root/usr/bin:$PATH; }
maven commons-io:commons-io:2.22.0

cat >Delete.java <<'JAVA'
import java.io.File;
import org.apache.commons.io.FileUtils;
import org.apache.commons.io.file.PathUtils;

public class Delete {
  public static void main(String[] arguments) throws Exception {
    File directory = new File("tree");
    if (arguments[0].equals("files")) {
      FileUtils.deleteDirectory(directory);
    } else {
      PathUtils.deleteDirectory(directory.toPath());
    }
  }
}
JAVA
javac -cp "jars/*" Delete.java

delete() {
  mkdir -p tree/below
  echo content >tree/first
  echo content >tree/below/second
  strace -qq -f -e trace=openat,open,fgetxattr -o trace java -XX:-UsePerfData -cp ".:jars/*" Delete "$1"
}

opened() {
  grep -cE "open(at)?\(.*tree/$1\"" trace || true
}

delete files
expect "deleted by FileUtils" "$([ -e tree ] && echo no || echo yes)" yes
expect "opens of the file of the first level" "$(opened first)" 0
[ "$(opened below/second)" -gt 0 ] && below=yes || below=no
expect "file below is opened" "$below" yes
[ "$(grep -c user.DOSATTRIB trace)" -gt 0 ] && asked=yes || asked=no
expect "its DOS attribute is asked for" "$asked" yes

delete paths
expect "deleted by PathUtils" "$([ -e tree ] && echo no || echo yes)" yes
expect "opens of the file below" "$(opened below/second)" 0
