#!/bin/bash
# tests/soak.sh: memory and speed of `drip run` over 10 thousand, 1 million and 10 million encounters, in one thread and in as
# many as there are cores, from a pipe and from a file; how soon an interrupt from another thread is obeyed;
# a hundred thousand evaluations by 8 threads under the thread sanitizer, while policies are swapped; whether what
# `drip diff --witness` says of fifty random edits of the national rules is so, over a hundred thousand random encounters;
# and whether the oracle answers 200,000 random encounters as `drip run` does. Fails where memory grows by more than 1 MiB,
# an answer is missing or another, or a witness is none. Wants build/drip and build/libdrip.a. TIMES (100 1000: of ten
# thousand) may be set; MOST_DISK (2000000 KB) is what the file may take.
set -eu
cd "$(dirname "$0")/.."
export DRIP_PATH=$PWD LC_ALL=C PYTHONDONTWRITEBYTECODE=1
times=${TIMES:-100 1000} most_disk=${MOST_DISK:-2000000} cores=$(nproc)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

repeat() { for _ in $(seq "$1"); do cat "$work/block"; done; }

# measured JOBS COUNT FILE: one run; sets rss (KB) and took (seconds).
measured() {
    local jobs=$1 count=$2 answers
    /usr/bin/time -f '%M %e' -o "$work/time" build/drip run -p national --json --quiet -j "$jobs" "$3" | wc -l >"$work/answers"
    read -r rss took <"$work/time"
    answers=$(cat "$work/answers")
    awk -v n="$count" -v j="$jobs" -v t="$took" -v m="$rss" -v from="$3" 'BEGIN {
        printf "%9d encounters  -j %-2d %s  %8.1f s  %8.0f a second  %6d KB\n", n, j, from == "-" ? "pipe" : "file", t, n / t, m }'
    [ "$answers" = "$count" ] || { echo "  only $answers were answered" && failed=1; }
}

python3 tests/oracle/gen.py --seed 61 --count 10000 >"$work/block"
for jobs in 1 "$cores"; do
    measured "$jobs" 10000 - <"$work/block"
    few=$rss
    for n in $times; do
        measured "$jobs" $((n * 10000)) - < <(repeat "$n")
        [ $((rss - few)) -le 1024 ] || { echo "  memory has grown by $((rss - few)) KB" && failed=1; }
    done
done
if [ $(($(wc -c <"$work/block") / 10)) -le "$most_disk" ]; then
    repeat 100 >"$work/file"
    for jobs in 1 "$cores"; do measured "$jobs" 1000000 "$work/file"; done
    rm "$work/file"
fi
gcc -std=gnu11 -O2 -Wall -Wextra -pthread -Iruntime tests/interrupt.c build/libdrip.a -o "$work/interrupt"
{ head -1 "$work/block" && python3 tests/oracle/gen.py --seed 62 --count 1 --admins 3000; } >"$work/two"
"$work/interrupt" national "$PWD" "$work/two" 1000 || failed=1
env -u MAKEFLAGS -u MAKELEVEL make --no-print-directory TSAN=1 build/tsan/libdrip.a
gcc -std=gnu11 -O1 -g -Wall -Wextra -fsanitize=thread -pthread -Iruntime tests/swap.c build/tsan/libdrip.a -o "$work/swap"
head -50 "$work/block" >"$work/fifty"
"$work/swap" national "$PWD" "$work/fifty" 8 100000 push_limit "20 min" || failed=1
python3 tests/witness.py --edits 50 --encounters 100000 build/drip || failed=1
python3 tests/oracle/agree.py --count 10000 --fewer 5000 build/drip || failed=1
exit $failed
