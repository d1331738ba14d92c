#!/bin/bash
# tests/run.sh: every test, under the sanitizers where it runs Drip on what no other group gives them. Ends with
# "N passed, N failed".
#
#   tests/run.sh [-j N] [GROUP…]   the groups are listed at the end; all of them but threads (make threads) where none is
#                                  named. N at a time: one more than there are cores, as some wait for signals and clocks
#
# Wants build/drip and build/san/drip, as `make check` builds them. Random tests repeat as often as what they look for
# has been found to need; `make soak` repeats them longer.
set -u
cd "$(dirname "$0")/.." || exit 2
export DRIP_PATH=$PWD NO_COLOR=1 PYTHONDONTWRITEBYTECODE=1
export ASAN_OPTIONS=abort_on_error=0 UBSAN_OPTIONS=print_stacktrace=1
san=$PWD/build/san/drip fast=$PWD/build/drip
jobs=$(nproc 2>/dev/null || echo 2)
lanes=$((jobs + 1))
all=$(mktemp -d)
work=$all # each group has a folder of its own within
trap 'rm -rf "$all"' EXIT
trap 'kill $(jobs -p) 2>/dev/null; exit 130' INT TERM
build() { env -u MAKEFLAGS -u MAKELEVEL make --no-print-directory "$@"; } # not as a part of the make that runs this

# group NAME COMMAND…: the command's last line says "N passed, N failed"; the lines before it are shown if any failed.
group() {
    local name=$1 started=$SECONDS last passed failed
    shift
    "$@" >"$work/out" 2>&1
    local status=$?
    last=$(grep -a . "$work/out" | tail -1)
    if [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
        passed=${BASH_REMATCH[1]} failed=${BASH_REMATCH[2]}
    else
        passed=0 failed=1
    fi
    [ $status -ne 0 ] && [ "$failed" = 0 ] && failed=1
    [ $((passed + failed)) = 0 ] && failed=1
    [ "$failed" != 0 ] && sed 's/^/    /' "$work/out" | head -100
    printf '%-14s %6d passed, %d failed  (%d s)\n' "$name" "$passed" "$failed" $((SECONDS - started))
    echo "$passed $failed" >"$work/counts"
}

ok=0 not_ok=0
# is WHAT COMMAND…: one test, for groups that are functions here.
is() {
    local what=$1
    shift
    if "$@"; then ok=$((ok + 1)); else not_ok=$((not_ok + 1)); echo "$what: FAILED"; fi
}
counts() { echo "$ok passed, $not_ok failed"; }

# ---- unit tests: one program for each tests/unit/test_*.c

# What is tested is in the library; the tests themselves are not made faster than their compiling is slow.
unit_one() { # SOURCE TO: compiled and run there
    local to=$2/$(basename "$1" .c)
    gcc -std=gnu11 -Wall -Wextra -O0 -g -fsanitize=address,undefined -fno-sanitize-recover=all -Iruntime -Idsl -Ibuild/gen \
        -Itests/unit "$1" build/san/libdrip.a -lcmocka -o "$to" || return
    CMOCKA_MESSAGE_OUTPUT=TAP timeout 300 "$to" >"$to.tap" 2>&1
    echo $? >"$to.status"
}
export -f unit_one

unit() {
    printf '%s\n' tests/unit/test_*.c |
        ASAN_OPTIONS=$ASAN_OPTIONS:detect_stack_use_after_return=1 xargs -P "$jobs" -I{} bash -c "unit_one {} '$work'"
    for source in tests/unit/test_*.c; do
        local name good bad status
        name=$(basename "$source" .c)
        [ -s "$work/$name.status" ] || { is "$name: compiled" false; continue; }
        status=$(cat "$work/$name.status")
        good=$(grep -ac '^ok ' "$work/$name.tap") bad=$(grep -ac '^not ok ' "$work/$name.tap")
        [ "$status" -ne 0 ] && [ "$bad" = 0 ] && bad=1
        [ "$bad" != 0 ] && { echo "$name:"; grep -av '^ok ' "$work/$name.tap"; }
        ok=$((ok + good)) not_ok=$((not_ok + bad))
    done
    counts
}

# ---- the inputs that fuzzing begins with, and those it found something with, once more

build_fuzz() { # TARGET TO
    gcc -std=gnu11 -Wall -Wextra -O0 -g -fsanitize=address,undefined -fno-sanitize-recover=all \
        -Iruntime "tests/fuzz/fuzz_$1.c" tests/fuzz/fuzz.c tests/fuzz/replay.c build/san/libdrip.a -pthread -o "$2/fuzz_$1"
}
export -f build_fuzz

fuzz() {
    local targets="policy tests encounter table hook claim stream" t
    python3 tests/fuzz/seeds.py "$work/seeds"
    printf '%s\n' $targets | xargs -P "$jobs" -I{} bash -c "build_fuzz {} '$work'"
    for t in $targets; do
        local inputs=("$work/seeds/$t") last
        [ -d "tests/fuzz/found/$t" ] && inputs+=("tests/fuzz/found/$t")
        timeout 240 "$work/fuzz_$t" "${inputs[@]}" >"$work/fuzz.out" 2>"$work/fuzz.err"
        last=$(tail -1 "$work/fuzz.out")
        if [[ $last =~ ^([0-9]+)\ passed,\ 0\ failed$ ]]; then
            ok=$((ok + BASH_REMATCH[1]))
        else
            is "fuzz_$t: $(grep -a '^/\|^tests/' "$work/fuzz.err" | tail -1)" false
            tail -20 "$work/fuzz.err"
        fi
    done
    counts
}

# ---- an allocation fails at each point in turn, once and from then on

faults() {
    gcc -std=gnu11 -Wall -Wextra -O1 -g -fsanitize=address,undefined -Iruntime tests/faults/*.c build/san/libdrip.a -pthread \
        -o "$work/faults" && timeout 300 "$work/faults" tests/faults acme tests/faults/visit.json 2>&1
}

# ---- the same bytes: twice, from both compilers, with the rule files in another order under other names

shuffled_rules() {
    local to=$1 n=90 f
    mkdir -p "$to/rulesets"
    for f in rulesets/*.drip; do
        cp "$f" "$to/rulesets/z$n.drip"
        n=$((n - 7))
    done
    cp rulesets/*.csv "$to/rulesets/"
}

# What clang makes of the same sources, for two groups; the first that wants it builds it, in a way that is quick to build.
clang_build() {
    mkdir -p build/clang
    flock build/clang/lock env -u MAKEFLAGS -u MAKELEVEL make --no-print-directory BUILD=build/clang CC=clang CFLAGS=-O1 \
        build/clang/drip build/clang/libdrip.a >"$work/clang.log" 2>&1 || cat "$work/clang.log"
}

same() {
    local input=$work/same.ndjson
    for seed in 21 22; do
        python3 tests/oracle/gen.py --seed $seed --count 1500 --messy --drugs --papers
        python3 tests/oracle/gen.py --seed $seed --count 500
    done >"$input"
    clang_build
    shuffled_rules "$work/shuffled"
    "$fast" run --json "$input" >"$work/1"
    "$fast" run --json "$input" >"$work/2"
    "$san" run --json <"$input" >"$work/3"
    build/clang/drip run --json "$input" >"$work/4"
    DRIP_PATH=$work/shuffled "$fast" run --json "$input" >"$work/5"
    LC_ALL=tr_TR.UTF-8 TZ=Pacific/Chatham "$fast" run --json "$input" >"$work/6"
    is "4000 results" test "$(wc -l <"$work/1")" = 4000
    is "a second run" cmp "$work/1" "$work/2"
    is "under sanitizers, from a pipe" cmp "$work/1" "$work/3"
    is "built by clang" cmp "$work/1" "$work/4"
    is "rules in other files, in another order" cmp "$work/1" "$work/5"
    is "in another locale and time zone" cmp "$work/1" "$work/6"
    "$fast" run "$input" >"$work/7"
    build/clang/drip run "$input" >"$work/8"
    is "the table" cmp "$work/7" "$work/8"
    counts
}

# ---- fuel: never over the bound, and the same number everywhere; one step less is refused with the same words

build_cost() { # TO LIBRARY FLAGS…
    local to=$1 library=$2
    shift 2
    gcc -std=gnu11 -Wall -Wextra -O1 -g "$@" -Iruntime -Idsl tests/cost.c "$library" -o "$to"
}

cost() {
    local input=$work/cost.ndjson used
    for seed in 31 32; do
        python3 tests/oracle/gen.py --seed $seed --count 700 --messy --drugs --papers
        python3 tests/oracle/gen.py --seed $seed --count 300
        python3 tests/oracle/gen.py --seed $seed --count 10 --admins 40
    done >"$input"
    python3 tests/oracle/gen.py --seed 33 --count 2 --admins 500 >>"$input"
    for size in 1 2 10 60; do python3 tests/cost_worst.py --size $size; done >>"$input"
    clang_build
    shuffled_rules "$work/shuffled"
    is "built" build_cost "$work/cost-san" build/san/libdrip.a -fsanitize=address,undefined -fno-sanitize-recover=all
    is "built" build_cost "$work/cost-fast" build/libdrip.a
    is "built" build_cost "$work/cost-clang" build/clang/libdrip.a
    is "no evaluation is over its bound" "$work/cost-san" national "$PWD" "$input"
    python3 tests/cost_worst.py --wards 400 >"$work/wards.ndjson"
    is "nor under a policy with a walk along its groups" "$work/cost-san" ./tests/cases/check-cost/wards.drip "$PWD" "$work/wards.ndjson"
    "$work/cost-san" national "$PWD" "$input" -n >"$work/1"
    "$work/cost-fast" national "$PWD" "$input" -n >"$work/2"
    "$work/cost-clang" national "$PWD" "$input" -n >"$work/3"
    "$work/cost-fast" national "$work/shuffled" "$input" -n >"$work/4"
    is "the steps of 2050 encounters" test "$(wc -l <"$work/1")" = 2050
    is "the same in a fast build" cmp "$work/1" "$work/2"
    is "the same built by clang" cmp "$work/1" "$work/3"
    is "the same with rules in other files, in another order" cmp "$work/1" "$work/4"
    tr -d '\n' <examples/visit.json >"$work/one"
    used=$("$work/cost-fast" national "$PWD" "$work/one" -n)
    is "enough fuel" "$san" run --json --fuel "$used" "$work/one" >"$work/5"
    is "changes nothing" cmp "$work/5" <("$san" run --json "$work/one")
    is "and is enough to explain" "$san" explain --fuel "$used" "$work/one" >/dev/null
    for drip in "$fast" "$san" build/clang/drip; do "$drip" run --json --fuel $((used - 1)) "$work/one"; done >"$work/6" 2>/dev/null
    DRIP_PATH=$work/shuffled "$fast" run --json --fuel $((used - 1)) "$work/one" >>"$work/6" 2>/dev/null
    is "a step less is refused" grep -q "needs more than $((used - 1)) steps; the largest part of them" "$work/6"
    is "in the same words everywhere" test "$(sort -u "$work/6" | wc -l)-$(wc -l <"$work/6")" = 1-4
    counts
}

# ---- real records, and what ships

real() {
    local file=../shared/realdata/mimic3-demo/encounters.ndjson
    if [ -f "$file" ]; then
        is "the real hospital days are all evaluated" "$san" run -p national --json "$file" >"$work/real"
        is "with a result for each" test "$(grep -c '"format":"drip.result/1"' "$work/real")" = "$(grep -c . "$file")"
        is "the same from a pipe" cmp "$work/real" <("$san" run --json - <"$file")
    fi
    is "the example" "$san" run --strict examples/visit.json >"$work/visit"
    is "has lines" test "$(wc -l <"$work/visit")" -gt 10
    is "and is explained" "$san" explain examples/visit.json >/dev/null
    counts
}

shipped() {
    local to=$work/root own=$work/build f
    mkdir "$own" && cp -a build/obj build/flags build/data build/drip build/libdrip.* "$own" # PREFIX is another one there
    build install BUILD="$own" DESTDIR="$to" PREFIX=/usr >"$work/install.log" 2>&1 || cat "$work/install.log"
    for f in bin/drip include/drip.h lib/libdrip.a lib/libdrip.so lib/libdrip.so.0 lib/libdrip.so.0.1.0 \
        share/man/man1/drip.1 share/man/man3/libdrip.3 share/man/man7/drip-language.7 lib/pkgconfig/drip.pc share/drip/rulesets/drugs.drip share/drip/payers/medicare/medicare.drip \
        share/drip/rulesets/ptp_hospital.csv; do
        is "installed: $f" test -s "$to/usr/$f"
    done
    printf '#include <drip.h>\n#include <stdio.h>\nint main(void)\n{\n    return puts(drip_version()) < 0;\n}\n' >"$work/use.c"
    is "a program with pkg-config" env PKG_CONFIG_PATH="$to/usr/lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$to" bash -c \
        "gcc -o '$work/use' '$work/use.c' \$(pkg-config --define-variable=libdir='$to/usr/lib' --cflags --libs drip)"
    is "runs" env LD_LIBRARY_PATH="$to/usr/lib" "$work/use" >/dev/null
    is "and statically" env PKG_CONFIG_PATH="$to/usr/lib/pkgconfig" bash -c \
        "gcc -static -o '$work/use-static' '$work/use.c' \$(pkg-config --static --define-variable=prefix='$to/usr' --define-variable=libdir='$to/usr/lib' --cflags --libs drip)"
    is "runs" "$work/use-static" >/dev/null
    is "the embedding example" gcc -std=gnu11 -Wall -Wextra -Werror -o "$work/embed" examples/embed.c -I"$to/usr/include" \
        "$to/usr/lib/libdrip.a"
    tr -d '\n' <examples/visit.json | "$work/embed" "$to/usr/share/drip" >"$work/embedded"
    is "answers as the command does" cmp "$work/embedded" <("$san" run --json examples/visit.json)
    is "the header is C++" clang -fsyntax-only -Wall -Wextra -Werror -x c++ runtime/drip.h
    is "only drip_ is exported" test -z "$(nm -D --defined-only build/libdrip.so | awk '$2 != "A" && $3 !~ /^drip_/ { print $3 }')"
    build uninstall BUILD="$own" DESTDIR="$to" PREFIX=/usr >"$work/install.log" 2>&1 || cat "$work/install.log"
    is "nothing is left of it" test -z "$(find "$to" -not -type d)"
    counts
}

# ---- the library as a vendor meets it: other ways in and out than JSON, the header, the binary interface, the pages

api_program() { # NAME
    gcc -std=gnu11 -Wall -Wextra -Werror -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -Iruntime \
        "tests/api/$1.c" build/san/libdrip.a -pthread -o "$work/$1"
}

# Lines of `nm -u` are explained in tests/abi/undefined.txt, all of them, and nothing is explained that is not there.
undefined() {
    nm -D -u build/libdrip.so | awk '{ sub(/@.*/, "", $2); print $2 }' | sort -u >"$work/undefined"
    awk '!/^#/ && NF { print $1 }' tests/abi/undefined.txt | sort -u >"$work/explained"
    ! comm -23 "$work/undefined" "$work/explained" | grep .
}

built() { # OPTIONS…: the encounters as ops
    python3 tests/api/build.py "$@" <"$work/api.ndjson" | "$work/build" national "$PWD"
}

api() {
    for seed in 41 42; do python3 tests/oracle/gen.py --seed $seed --count 100 --messy --drugs --papers; done >"$work/api.ndjson"
    tr -d '\n' <examples/visit.json >>"$work/api.ndjson"
    is "the driver of builders compiles" api_program build
    is "the driver of views compiles" api_program views
    is "given value by value, as JSON" built
    is "given in columns, as JSON" built --columns
    for seed in 1 2 3; do
        is "refused as JSON, value by value" built --spoil $seed
        is "refused as JSON, in columns" built --columns --spoil $seed
    done
    is "results from views" "$work/views" national "$PWD" <"$work/api.ndjson"
    is "results from views under a payer" "$work/views" medicare "$PWD" <"$work/api.ndjson"
    is "what the answer shows of lines, from views" "$work/views" ./tests/cases/charge-answer/fees.drip "$PWD" \
        <tests/cases/charge-answer/visits.ndjson
    is "every function is documented" python3 tests/abi/documented.py
    is "the binary interface is as recorded" python3 tests/abi/dump.py build/libdrip.so tests/abi/drip.symbols
    is "what the library needs of the system is explained" undefined
    is "the examples of the manual pages" python3 tests/abi/man.py "$san" runtime build/libdrip.a
    printf '#include "drip.h"\nint main(void) { drip_limits l = DRIP_LIMITS_INIT; return (int)l.fuel; }\n' >"$work/h.c"
    for cc in "gcc -std=c11" "clang -std=c11" "g++ -std=c++17 -x c++" "clang++ -std=c++17 -x c++"; do
        is "drip.h: $cc" $cc -pedantic -Wall -Wextra -Wshadow -Wconversion -Werror -Iruntime -fsyntax-only "$work/h.c"
    done
    counts
}

# One program for many threads, and policies changed meanwhile. A hundred thousand evaluations are for `make soak`.
shared() {
    python3 tests/oracle/gen.py --seed 81 --count 50 --messy --drugs --papers >"$work/fifty"
    is "swap.c is compiled" gcc -std=gnu11 -Wall -Wextra -Wshadow -Wconversion -O1 -g -fsanitize=thread -pthread -Iruntime \
        tests/swap.c build/tsan/libdrip.a -o "$work/swap"
    is "8 threads, while policies are swapped" "$work/swap" national "$PWD" "$work/fifty" 8 "${EVALUATIONS:-10000}" push_limit "20 min"
    is "64 threads" "$work/swap" national "$PWD" "$work/fifty" 64 1000
    is "hooks in 16 threads" "$work/swap" tests/cases/hook-lines/policy.drip "$PWD" tests/cases/hook-lines/visits.ndjson 16 1000
    is "scenarios in 8 threads" env DRIP_PATH="$PWD" build/tsan/drip test -j 8 --coverage --only hydration rulesets
}

# What has several threads at work, under the thread sanitizer.
threads() {
    build TSAN=1 >"$work/tsan.log" 2>&1 || cat "$work/tsan.log"
    local TSAN_OPTIONS=halt_on_error=1:exitcode=66
    export TSAN_OPTIONS
    { python3 tests/oracle/gen.py --seed 71 --count 1 && python3 tests/oracle/gen.py --seed 72 --count 1 --admins 800; } >"$work/two"
    is "interrupt.c is compiled" gcc -std=gnu11 -Wall -Wextra -O1 -g -fsanitize=thread -pthread -Iruntime tests/interrupt.c \
        build/tsan/libdrip.a -o "$work/interrupt"
    is "a session answers after an interrupt" "$work/interrupt" national "$PWD" "$work/two" 40
    is "the same bytes, and a clean stop" python3 tests/batch.py build/tsan/drip threads
    is "the server answers, changes its policy, and stops" python3 tests/examples.py threads
    shared
    counts
}

meaning() {
    gcc -std=gnu11 -Wall -Wextra -O1 -g -Iruntime -Idsl tests/dump.c build/libdrip.a -o "$work/dump" &&
        python3 tests/meaning.py "$san" "$work/dump"
}

# The longest first, so that in the end no lane has much to do alone; one that needs what another builds is far from it.
every="unit same cases scenarios oracle meaning batch robust api reports changes inputs language why-not fuzz claims faults witness proposals \
    examples bounded includes codes money guide cost shipped edits published real words oracle-tests keys"

run_group() { # NAME
    case $1 in
        scenarios) group scenarios "$san" test -j "$jobs" ;;
        reports) group reports python3 tests/reports.py "$fast" ;;
        language) group language env DRIP="$san" python3 tests/language.py ;;
        guide) group guide python3 tests/guide.py "$san" ;;
        cases) group cases python3 tests/cases.py --large "$fast" "$san" ;;
        codes) group codes python3 tests/codes.py "$fast" ;; # each code has a golden case, which is run under sanitizers
        inputs) group inputs python3 tests/inputs.py "$san" ;;
        bounded) group bounded python3 tests/inputs.py --memory "$fast" ;;
        includes) group includes tests/check_includes.sh ;;
        words) group words tests/check_words.sh ;;
        oracle-tests) group oracle-tests python3 tests/oracle/test_oracle.py ;;
        edits) group edits python3 tests/edit_files.py "$fast" ;;
        published) group published python3 tests/published.py "$fast" ;;
        money) group money python3 tests/money.py "$fast" ;;
        why-not) group why-not python3 tests/why_not.py "$fast" ;;
        examples) group examples python3 tests/examples.py ;;
        changes) group changes python3 tests/changes.py "$fast" build ;;
        claims) group claims python3 tests/claims.py "$fast" ;;
        witness) group witness python3 tests/witness.py "$fast" --edits 3 --encounters 2000 --budget 30000 ;;
        proposals) group proposals python3 tests/proposals.py "$fast" tests/cases/mutate-{values,text,weak}/policy.drip ;;
        keys) group keys python3 tests/oracle/keys.py ;;
        batch) group batch python3 tests/batch.py "$fast" ;;
        oracle) group oracle python3 tests/oracle/agree.py "$fast" ;;
        robust) group robust python3 tests/robust/robust.py build ;;
        *) group "$1" "$1" ;; # a function here
    esac
}

one() { # NAME: in a lane of its own; what it says is there once it has ended
    work=$all/$1
    mkdir "$work"
    run_group "$1" >"$work/said.new"
    mv "$work/said.new" "$work/said"
}

shown=0 all_passed=0 all_failed=0
show() { # what has ended, in the order in which it began
    local passed failed
    while [ $shown -lt ${#names[@]} ] && [ -f "$all/${names[shown]}/said" ]; do
        cat "$all/${names[shown]}/said"
        read -r passed failed <"$all/${names[shown]}/counts"
        all_passed=$((all_passed + passed)) all_failed=$((all_failed + failed)) shown=$((shown + 1))
    done
}

if [ "${1:-}" = -j ]; then
    lanes=$2
    shift 2
fi
read -ra names <<<"${*:-$every}"
for name in "${names[@]}"; do
    [[ " $every threads " == *" $name "* ]] || { echo "tests/run.sh: no group $name"; exit 2; }
done
busy=0
for name in "${names[@]}"; do
    if [ $busy -ge "$lanes" ]; then
        wait -n
        busy=$((busy - 1))
        show
    fi
    one "$name" &
    busy=$((busy + 1))
done
while [ $busy -gt 0 ]; do
    wait -n
    busy=$((busy - 1))
    show
done
for name in "${names[@]:shown}"; do
    [ -f "$all/$name/said" ] && continue
    echo "0 1" >"$all/$name/counts"
    echo "$name: did not end as it should" >"$all/$name/said"
done
show
echo "$all_passed passed, $all_failed failed"
[ "$all_failed" = 0 ]
