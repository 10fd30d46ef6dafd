#!/bin/sh
# Makes the texts that fuzzing begins with, out of the product's own data.
#
#   fuzz/seeds.sh DIR
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
rm -rf "$1"
mkdir -p "$1/rule_file" "$1/detector" "$1/names"

# A rule a file.
awk -v dir="$1/rule_file" '/^\[\[rule\]\]/ { n++ } n { print > sprintf("%s/%03d.toml", dir, n) }' "$here/policy/desk.toml"
# A message a file.
awk -v dir="$1/detector" 'NF && !/^#/ { n++; f = sprintf("%s/%04d.txt", dir, n); print > f; close(f) }' \
    "$here/crates/core/tests/data/pii_messages.txt"
# Texts for the three parts of a name.
awk -v dir="$1/names" 'NF && !/^#/ && n < 400 { n++; f = sprintf("%s/%04d.txt", dir, n); print > f; close(f) }' \
    "$here"/crates/core/tests/data/names*
