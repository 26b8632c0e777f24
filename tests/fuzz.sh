#!/usr/bin/env bash
# Fuzzes everything that reads what others wrote: payloads, topics, Sparkplug messages, scenes, kinds.
# On stable Rust: the property tests again and again with fresh seeds, within a bound of memory.
#
#   tests/fuzz.sh [SECONDS]     600 when left out
#
# Ends with the number of rounds and cases, or with the smallest input that a test failed on.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds="${1:-600}"
cases=5000
mib=1024

binary=$(cargo test --no-default-features --test core --no-run --message-format json |
    sed -n 's/.*"executable":"\([^"]*core-[^"]*\)".*/\1/p' | tail -1)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# A copy: a build beside this must not pull the program away from under it.
cp "$binary" "$folder/core"
tests=(source::parse:: scene::fuzz:: sparkplug::wire::)
rounds=0
until [ "$SECONDS" -ge "$seconds" ]; do
    # A hang is a finding, too: a round takes less than a minute.
    (ulimit -v $((mib * 1024)) && PROPTEST_CASES=$cases timeout 300 "$folder/core" -q --test-threads 2 "${tests[@]}")
    rounds=$((rounds + 1))
done >"$folder/log" 2>&1 || { cat "$folder/log"; exit 1; }
echo "$rounds rounds of $cases cases for each property in $SECONDS s, within $mib MiB: no panic, no hang"
