#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Makes a Debian package of what is installed, and prints its name: build.sh HOME DIRECTORY
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
top=$here/../../../..
home=$(readlink -f "$1") directory=$(readlink -f "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root

if [ -L "$home/lib/jvm" ]; then
  echo "$0: $home/lib/jvm is a link: a package needs a runtime of its own, install a JDK with jmods" >&2
  exit 1
fi
version=$(sed -n 's:^  <version>\(.*\)</version>:\1:p' "$top/pom.xml" | head -1)
version=${version/-SNAPSHOT/~snapshot}
architecture=$(dpkg --print-architecture)

install_program() {
  mkdir -p "$root/usr/lib" "$root/usr/bin"
  cp -a "$home" "$root/usr/lib/torpor"
  rm -f "$root/usr/lib/torpor/lib/.stamp"
  ln -s ../lib/torpor/bin/torpor ../lib/torpor/bin/torpor-runtime "$root/usr/bin/"
}

# The archive knows its jars by their paths: it is made where they will be, in a mount namespace in which
# /usr/lib has a directory more.
make_archive() {
  unshare --mount --propagation private bash -euc '
    mount -t tmpfs torpor "$1"
    mkdir "$1/upper" "$1/work"
    mount -t overlay torpor -o "lowerdir=/usr/lib,upperdir=$1/upper,workdir=$1/work" /usr/lib
    mkdir /usr/lib/torpor
    mount --bind "$2" /usr/lib/torpor
    "$3" /usr/lib/torpor "$(readlink -f "$(command -v java)")"
  ' - "$(mktemp -d -p "$work")" "$root/usr/lib/torpor" "$here/../archive.sh"
}

install_documents() {
  local share=$root/usr/share doc=$root/usr/share/doc/torpor
  mkdir -p "$doc" "$share/man/man8" "$share/bash-completion/completions" "$share/containers/oci/hooks.d"
  cp "$top/README.md" "$doc/"
  cp -r "$top/docs" "$doc/"
  (cd "$top" && git ls-files -z examples 2>/dev/null | xargs -0r cp --parents -t "$doc")
  gzip -9nc "$top/CHANGELOG.md" >"$doc/changelog.gz"
  cp "$here/copyright" "$doc/copyright"
  "$home/bin/torpor" --help >"$work/help"
  awk -v page="$here/torpor.8" -f "$here/man.awk" "$work/help" | gzip -9n >"$share/man/man8/torpor.8.gz"
  gzip -9nc "$here/torpor-runtime.8" >"$share/man/man8/torpor-runtime.8.gz"
  complete_words
  "$home/bin/torpor" hook install "$share/containers/oci/hooks.d" >/dev/null
  # They name the program that was called.
  sed -i "s:$home/bin/torpor:/usr/lib/torpor/bin/torpor:g" "$share/containers/oci/hooks.d"/*
}

# Verbs and options are those of the help, so that the completion knows none that the program does not.
complete_words() {
  local verbs options
  verbs=$(awk '/^Verbs:/ { on = 1; next } /^$/ { on = 0 } on { print $1 }' "$work/help" | xargs)
  options=$(grep -o -E -- '^ +(-[a-zA-Z], )?--[a-z-]+' "$work/help" | grep -o -E -- '--[a-z-]+' | sort -u | xargs)
  sed -e "s/@VERBS@/$verbs/" -e "s/@OPTIONS@/$options/" "$here/completion" \
    >"$root/usr/share/bash-completion/completions/torpor"
}

# Which packages have the libraries that the JVM is linked with.
depends() {
  mkdir -p "$work/shlibs/debian"
  printf 'Source: torpor\n\nPackage: torpor\nArchitecture: %s\n' "$architecture" >"$work/shlibs/debian/control"
  (cd "$work/shlibs" && find "$root/usr/lib/torpor/lib" -type f \( -name '*.so' -o -path '*/jvm/bin/*' \) -print0 |
    xargs -0 dpkg-shlibdeps -O --ignore-missing-info -l"$root/usr/lib/torpor/lib/jvm/lib" 2>"$work/shlibs/log" |
    sed -n 's/^shlibs:Depends=//p')
}

control() {
  mkdir "$root/DEBIAN"
  sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" -e "s/@DEPENDS@/$(depends)/" \
    -e "s/@SIZE@/$(du -sk --exclude=DEBIAN "$root" | cut -f1)/" "$here/control" >"$root/DEBIAN/control"
  cp "$here/triggers" "$root/DEBIAN/"
  install -m 0755 "$here/postinst" "$here/prerm" "$here/postrm" "$root/DEBIAN/"
  (cd "$root" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
}

install_program
make_archive
install_documents
control
# The time stamps of the jars stay as they are: the archive holds them.
chmod -R u+w,go-w,a+rX "$root"
dpkg-deb --root-owner-group -Zzstd -z9 --build "$root" "$directory/torpor_${version}_$architecture.deb" >/dev/null
echo "$directory/torpor_${version}_$architecture.deb"
