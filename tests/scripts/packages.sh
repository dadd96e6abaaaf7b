# SPDX-License-Identifier: Apache-2.0
# Sourced. Installs what is missing from Debian's packages, by the machine's own apt configuration.

# Packages that a build needs, and those that containers need on top.
build_packages() {
  local packages=(gcc libc6-dev make binutils)
  java_is_new_enough || packages+=(openjdk-17-jdk-headless)
  command -v mvn >/dev/null || packages+=(maven)
  printf '%s\n' "${packages[@]}"
}

container_packages() {
  printf '%s\n' podman runc conmon iptables containernetworking-plugins \
    redis-server busybox-static iproute2 ca-certificates
}

test_packages() {
  printf '%s\n' debootstrap debian-archive-keyring python3 strace util-linux procps dpkg-dev man-db
}

java_is_new_enough() {
  local version
  version=$(javac -version 2>&1) || return 1
  version=${version#javac }
  [ "${version%%.*}" -ge 17 ] 2>/dev/null
}

# The machine's own Debian mirror: the archive that the base suite's package index comes from.
debian_mirror() {
  apt-get indextargets --format '$(ORIGIN)|$(CODENAME)|$(REPO_URI)' 'Created-By: Packages' |
    awk -F '|' '$1 == "Debian" && $2 !~ /-/ { print $3; exit }'
}

is_installed() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# install_missing PACKAGE...: returns at once, without asking apt, if nothing is missing.
install_missing() {
  local package missing=()
  for package; do
    is_installed "$package" || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" -ne 0 ]; then
    echo "missing packages: ${missing[*]}; run as root, or install them first" >&2
    return 1
  fi
  echo "installing: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  # The lists of an image are old or absent; a stale list asks for versions that are gone.
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  case " ${missing[*]} " in
    # The package starts a server on the default port; only its program is wanted here.
    *' redis-server '*) [ ! -d /run/systemd/system ] || systemctl disable --now redis-server ;;
  esac
}
