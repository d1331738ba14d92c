#!/bin/bash
# tests/check_includes.sh: a file includes only what stands at its level or below, and front end (2a) and engine (2b)
# never each other. Each file declares its level on its first lines. Ends with "N passed, N failed".
set -u
cd "$(dirname "$0")/.." || exit 2
declare -A level
passed=0 failed=0

fail() { echo "$1"; failed=$((failed + 1)); }

files=(dsl/*.[chly] runtime/*.[ch] runtime/*.def runtime/cli/*.[ch])
for f in "${files[@]}"; do
    name=${f##*/}
    declared=$(head -3 "$f" | grep -m1 -oE "(drip: |/\* )${name//./\\.}, level (0|1|2a|2b|3|4)\b" | grep -oE '[^ ]+$')
    [ -f "$f" ] && level[$f]=$declared
    [ -n "$declared" ] || fail "$f: its first line does not say its level"
    case $f in
        runtime/cli/*) want=4 ;;
        dsl/*) want=2a ;;
        runtime/drip.h | runtime/api*) want=3 ;;
        runtime/mem.* | runtime/diag.* | runtime/sha256.*) want=0 ;;
        runtime/num.* | runtime/clock.* | runtime/sym.* | runtime/order.* | runtime/words.* | runtime/csv_scan.* | runtime/program.* | runtime/*.def | runtime/bound.* | runtime/cost.* | runtime/cost_code.* | runtime/cost_ops.* | runtime/dump.* | runtime/hooks.* | runtime/hooks_*) want=1 ;;
        *) want=2b ;;
    esac
    [ "$declared" = "$want" ] || fail "$f: says level '$declared', stands at $want"
done

# The file that an include names: beside the includer, then along the include folders.
find_header() {
    local from=$1 name=$2 dir
    for dir in "$(dirname "$from")" runtime dsl; do
        if [ -f "$dir/$name" ]; then
            realpath --relative-to=. "$dir/$name"
            return
        fi
    done
}

for f in "${files[@]}"; do
    bad=0 mine=${level[$f]}
    for name in $(sed -n 's/^[ \t]*#[ \t]*include[ \t]*"\([^"]*\)".*/\1/p' "$f"); do
        case $name in
            grammar.tab.h) continue ;; # made from dsl/grammar.y
        esac
        header=$(find_header "$f" "$name")
        if [ -z "$header" ]; then
            fail "$f: includes $name, which is nowhere"
            bad=1
            continue
        fi
        theirs=${level[$header]:-}
        allowed=no
        case $mine in
            4) [ "$header" = runtime/drip.h ] || [ "$header" = runtime/cli/cli.h ] && allowed=yes ;;
            *) [ "${theirs%[ab]}" -lt "${mine%[ab]}" ] 2>/dev/null || [ "$theirs" = "$mine" ] && allowed=yes ;;
        esac
        if [ $allowed = no ]; then
            fail "$f (level $mine) includes $header (level $theirs)"
            bad=1
        fi
    done
    [ $bad = 0 ] && passed=$((passed + 1))
done

# Lua is behind one header, and that is for the sandbox alone.
lua=$(grep -lE '^[ \t]*#[ \t]*include[ \t]*[<"](lua|lauxlib|lualib|luaconf)' "${files[@]}")
users=$(grep -l '#include "hooks_lua.h"' "${files[@]}" | grep -v '^runtime/hooks_')
if [ "$lua$users" = runtime/hooks_lua.h ]; then passed=$((passed + 1)); else fail "Lua is included by: $lua $users"; fi

# Programs that use the library see nothing but its header.
for f in examples/*.c; do
    [ -f "$f" ] || continue
    others=$(sed -n 's/^[ \t]*#[ \t]*include[ \t]*"\([^"]*\)".*/\1/p' "$f" | grep -v '^drip\.h$')
    if [ -n "$others" ]; then fail "$f includes $others"; else passed=$((passed + 1)); fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
