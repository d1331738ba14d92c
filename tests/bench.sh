#!/bin/bash
# tests/bench.sh: encounters a second, JSON to JSON, of the command; of the library by phase; and how cost grows with the
# length of a record. Wants build/drip and build/libdrip.a. ROUNDS (5) and COUNT (20000) may be set.
set -eu
cd "$(dirname "$0")/.."
export DRIP_PATH=$PWD LC_ALL=C PYTHONDONTWRITEBYTECODE=1
rounds=${ROUNDS:-5} count=${COUNT:-20000} dir=build/bench
mkdir -p $dir

# corpus NAME GEN-ARGUMENTS…: made once, and again when the generator changes.
corpus() {
    local file=$dir/$1.ndjson
    shift
    if [ ! -s "$file" ] || [ tests/oracle/gen.py -nt "$file" ]; then
        python3 tests/oracle/gen.py "$@" >"$file.new"
        mv "$file.new" "$file"
    fi
    echo "$file"
}

# seconds COMMAND…: the best of the rounds.
seconds() {
    local best=999999999999 start took
    for _ in $(seq "$rounds"); do
        start=$(date +%s%N)
        "$@" >/dev/null
        took=$(($(date +%s%N) - start))
        [ $took -lt $best ] && best=$took
    done
    awk -v ns=$best 'BEGIN { printf "%.6f", ns / 1e9 }'
}

gcc -std=gnu11 -O2 -Wall -Wextra -Iruntime -Idsl tests/bench_phases.c build/libdrip.a -o $dir/phases
file=$(corpus tidy-$count --seed 1 --count "$count")
messy=$(corpus messy-$count --seed 1 --count "$count" --messy)
events=$(grep -o '"action": ' "$file" | wc -l)

echo "$count encounters, $(wc -c <"$file") bytes, $((events / count)).$((events * 10 / count % 10)) events each; best of $rounds rounds; one core"
echo
base=$(seconds wc -l "$file")
took=$(seconds build/drip run --json "$file")
awk -v n="$count" -v t="$took" -v b="$base" -v size="$(wc -c <"$file")" 'BEGIN {
    printf "drip run --json        %10.0f encounters/s  %6.0f MB/s\n", n / t, size / t / 1e6
    printf "wc -l                  %10.0f encounters/s  %6.0f MB/s   (%.0f times as fast: what reading alone costs)\n", n / b, size / b / 1e6, t / b }'
echo
echo "inside one process, tidy records:"
$dir/phases national . "$file" "$rounds"
echo
echo "messy records:"
$dir/phases national . "$messy" "$rounds"
echo
echo "how it grows with administrations:"
for admins in 2 4 8 16 32 64 128 256 512; do
    n=$((16384 / admins))
    [ $n -gt 4000 ] && n=4000
    grown=$(corpus admins-$admins --seed 5 --count $n --admins $admins)
    $dir/phases national . "$grown" "$rounds" | awk -v a=$admins '/JSON to JSON/ {
        printf "  %4d administrations  %12.1f us an encounter  %8.0f ns an administration\n", a, $(NF - 2) / 1e3, $(NF - 2) / a }'
done
