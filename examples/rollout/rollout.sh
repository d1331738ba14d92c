#!/bin/sh
# The path of a changed clause, from the editor to the merge. Stands in the project's folder: examples/rollout/rollout.sh
set -u
cd "$(dirname "$0")/../.." || exit 2
DRIP=${DRIP:-build/drip}
DRIP_PATH=examples/rollout/new:.
NO_COLOR=1
export DRIP_PATH NO_COLOR

here=examples/rollout
reports=${REPORTS:-$(mktemp -d)}
mkdir -p "$reports"

step() { # WANTED-STATUS WORDS…: shows the command and what it says, and stops if it ends otherwise
    wanted=$1
    shift
    echo
    echo "\$ drip $*" | sed "s|$reports/||g"
    "$DRIP" "$@" 2>&1
    got=$?
    if [ $got != "$wanted" ]; then
        echo "rollout.sh: that ended with $got, not $wanted"
        exit 1
    fi
}

echo "1. The new number stands in the policy. Is it a policy?"
step 0 check $here/hasty/payers/acme/acme.drip

echo
echo "2. What would it change? June moves, too: the bulletin says July."
step 1 diff -p $here/old/payers/acme/acme.drip -q $here/hasty/payers/acme/acme.drip $here/visits.ndjson

echo
echo "3. The days are written down, and what is meant is a scenario."
step 0 check $here/new/payers/acme/acme.drip
step 0 test $here/new

echo
echo "4. What does it change now? The page to show around is report.html."
step 1 diff -p $here/old/payers/acme/acme.drip -q $here/new/payers/acme/acme.drip --html "$reports/report.html" $here/visits.ndjson

echo
echo "5. That is what was meant: approved, and kept beside the policy."
step 0 diff -p $here/old/payers/acme/acme.drip -q $here/new/payers/acme/acme.drip --json --approve "$reports/approved.txt" $here/visits.ndjson >/dev/null
cat "$reports/approved.txt"

echo
echo "6. The gate of the merge: exactly this moves, over all 28 visits. The hasty version does not pass."
step 0 diff -p $here/old/payers/acme/acme.drip -q $here/new/payers/acme/acme.drip --csv --approved $here/approved.txt --expect 28 $here/visits.ndjson >/dev/null &&
    echo "passed"
step 1 diff -p $here/old/payers/acme/acme.drip -q $here/hasty/payers/acme/acme.drip --csv --approved $here/approved.txt --expect 28 $here/visits.ndjson |
    grep 'drip diff:'
