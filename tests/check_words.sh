#!/bin/bash
# tests/check_words.sh: no C file names a billing code, a drug, a threshold or a word of the medical record, in a comment
# or anywhere. The words come from the rules themselves. Ends with "N passed, N failed".
set -u
cd "$(dirname "$0")/.." || exit 2
passed=0 failed=0
files=(dsl/*.[chly] runtime/*.[ch] runtime/*.def runtime/cli/*.[ch])
words=$(mktemp)
trap 'rm -f "$words"' EXIT

# expect_none WHAT GREP-OPTIONS…: passes if no line of a C file matches.
expect_none() {
    local what=$1 found
    shift
    found=$(grep -nH "$@" "${files[@]}" | cut -c1-160)
    if [ -z "$found" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$what:"
        sed 's/^/    /' <<<"$found"
    fi
}

# enough NAME: a list that came out short was not read rightly.
enough() {
    [ "$(wc -l <"$words")" -ge "$2" ] && return
    failed=$((failed + 1))
    echo "only $(wc -l <"$words") $1 were found in rulesets/"
}

expect_none "a billing code" -E '\b9[0-9]{4}\b|\b[ABCGJQS][0-9]{4}\b'
expect_none "a threshold" -E '\b(15|16|30|31|90|91) ?min|\b(900|960|1800|1860|5400|5460)\b'

# Every drug of the catalogue and every other name of one, longer than three letters.
sed -n 's/^ *| *"\([^"]*\)" *|.*/\1/p' rulesets/drugs.drip | grep -E '[[:alpha:]]{4}' |
    grep -vE '^[A-Z][0-9]{4}$' | sort -u >"$words"
enough drugs 100
expect_none "a drug" -iwF -f "$words"

# Fields and enum values of the record's declaration. The allowed ones are plain English or this program's own matter.
allowed='id at as is name kind code date rank day start end stop from to text value unit units late source status action
    event notes void held home lines push reason order entered settings volume rate minutes setting encounter weight mar
    signed claim port verify format history set missed it evaluation since copied patient ip on purpose ordering given'
{
    tr '\n' ' ' <rulesets/encounter.drip | grep -oE 'enum +[A-Za-z]+ +\{[^}]*\}' | sed 's/.*{//' | grep -oE '[a-z][a-z_]+'
    sed -nE 's/^  [a-z_]+ *: .* as "([^"]*)".*/\1/p' rulesets/encounter.drip | tr '.' '\n'
    sed -nE 's/^  ([a-z_]+) *: .*/\1/p' rulesets/encounter.drip
    printf '%s\n' hydration chemotherapy infusion infusions inject injection therapeutic hcpcs modifier modifiers \
        administration administrations payer catheter bag dose route drug drugs medicare medicaid patient
} | sort -u | grep -vxF "$(printf '%s\n' $allowed)" >"$words"
enough words 50
expect_none "a word of the record" -wF -f "$words"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
