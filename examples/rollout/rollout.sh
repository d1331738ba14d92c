#!/bin/sh
# The path of a changed clause, from the bulletin to the merge, as README.md tells it. Any folder: examples/rollout/rollout.sh
set -u
DRIP=${DRIP:-../../build/drip}
case $DRIP in
/* | ../*) ;;
*/*) DRIP=$PWD/$DRIP ;;
esac
cd "$(dirname "$0")" || exit 2
reports=${REPORTS:-$(mktemp -d)}
mkdir -p "$reports"
said=$reports/said.txt
NO_COLOR=1
export NO_COLOR

old=old/payers/acme/acme.drip hasty=hasty/payers/acme/acme.drip
draft=draft/payers/acme/acme.drip new=new/payers/acme/acme.drip

tell() { # LINES…: what happens, and why
    echo
    printf '%s\n' "$@"
}

path() { # Where policies are looked for: "tests for acme" means the one in this folder
    DRIP_PATH=$1:../..
    export DRIP_PATH
    echo
    echo "\$ export DRIP_PATH=$DRIP_PATH"
}

run() { # WANTED-STATUS WORDS…: what drip says is in $said; stops where it ends otherwise
    wanted=$1
    shift
    echo
    echo "\$ drip $*" | sed "s|$reports/||g"
    "$DRIP" "$@" >"$said" 2>&1
    got=$?
    if [ $got != "$wanted" ]; then
        cat "$said"
        echo "rollout.sh: that ended with $got, not $wanted"
        exit 1
    fi
}

step() { # The same, shown
    run "$@"
    cat "$said"
}

glance() { # LINES WANTED-STATUS WORDS…: the same, of which the first lines are shown
    lines=$1
    shift
    run "$@"
    head -n "$lines" "$said"
    echo "[…]"
}

echo "Acme sends a bulletin: from July 1 on, an infusion of up to 20 minutes is paid as a push. Until now it was 15 minutes."

tell "1. The number 15 becomes 20 (hasty/). Is that still a policy?"
path hasty
step 0 check $hasty

tell "2. What would it change? The 28 visits of June and July are answered under both policies. 20 move, and those of June" \
    "   are among them: the smallest example is of June 12. The bulletin says July."
glance 20 1 diff -p $old -q $hasty visits.ndjson

tell "3. So the policy is written anew, with its days (draft/), and what the bulletin means becomes three scenarios: 20 minutes" \
    "   in July, 21 minutes in July, 20 minutes on the last of June. They pass."
path draft
step 0 check $draft
step 0 test draft

tell "4. Would these scenarios notice if a number in it were wrong? Each is changed a little, one at a time. Two of four changes" \
    "   go unnoticed: the 15 minutes that hold until June 30 could as well be 14 or 16. For both there is a scenario to paste."
step 0 test --mutate draft

tell "5. And the visits? 10 of 28 move now, all of July, as was meant. It looks done."
glance 5 1 diff -p $old -q $draft visits.ndjson

tell "6. One question is left: does it change something that none of these visits had? Without any visits, drip looks for the" \
    "   smallest record on which the two policies differ. There are two differences, and one is no sentence of the bulletin:" \
    "   when the file was begun anew, the 50 dollars that a member owes at most were lost, and the contract's 75 hold." \
    "   None of the 28 visits had a line so dear; no scenario could fail, as none was about it."
step 1 diff -p $old -q $draft --witness

tell "7. The lost line is back (new/). The scenarios that drip proposed in 4 and 6 are pasted in, the last one with what is" \
    "   meant: 50 dollars, not 75. Now each change is noticed, and the gate can demand that."
path new
step 0 check $new
step 0 test new
step 0 test --mutate --min 100 new

tell "8. Without visits: the sentence of the bulletin is all that differs."
step 1 diff -p $old -q $new --witness

tell "9. With the visits: the report to read. It also goes into report.html, the page to show around."
step 1 diff -p $old -q $new --html "$reports/report.html" visits.ndjson

tell "10. That is what was meant. It is approved, in a file that is kept beside the policy."
run 0 diff -p $old -q $new --approve "$reports/approved.txt" visits.ndjson
tell "    approved.txt:"
cat "$reports/approved.txt"

tell "11. The gate of the merge: exactly what is approved moves, over no fewer than 28 visits. The new policy passes."
run 0 diff -p $old -q $new --approved approved.txt --expect 28 visits.ndjson
echo "passed"

tell "12. The hasty one would not have."
run 1 diff -p $old -q $hasty --approved approved.txt --expect 28 visits.ndjson
grep '^drip diff:' "$said"
