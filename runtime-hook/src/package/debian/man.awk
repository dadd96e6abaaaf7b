# SPDX-License-Identifier: Apache-2.0
# torpor.8: the page that is given, with the lists of `torpor --help` where it says @HELP@.
function roff(text) {
  gsub(/\\/, "\\e", text)
  gsub(/-/, "\\-", text)
  sub(/^\./, "\\\\\\&.", text)
  return text
}
{ help[++lines] = $0 }
END {
  while ((getline line < page) > 0) {
    if (line == "@HELP@") lists()
    else print line
  }
}
function lists(    i, at) {
  for (i = 3; i <= lines; i++) {
    if (help[i] ~ /^[A-Z].*:$/) {
      print ".SS " substr(help[i], 1, length(help[i]) - 1)
    } else if (help[i] ~ /^ +[^ ]/ && match(help[i], /^ {36}/)) {
      print roff(substr(help[i], 37))
    } else if (help[i] ~ /^  /) {
      print ".TP"
      at = match(substr(help[i], 3), /  +[^ ]/)
      if (help[i] ~ /^      --/ && (at = match(substr(help[i], 7), /  +/)) > 0) at += 4
      if (at > 0) {
        print ".B " roff(trim(substr(help[i], 1, at + 1)))
        print roff(trim(substr(help[i], at + 2)))
      } else {
        print ".B " roff(trim(help[i]))
      }
    } else if (help[i] ~ /^[A-Z]/) {
      print ".PP"
      print roff(help[i])
    } else if (help[i] != "") {
      print roff(help[i])
    }
  }
}
function trim(text) {
  sub(/^ +/, "", text)
  sub(/ +$/, "", text)
  return text
}
