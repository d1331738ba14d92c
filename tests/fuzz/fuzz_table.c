/* drip: fuzz_table.c, level 4. Files of data tables: the first byte chooses how the file is said to be written. */
#include "fuzz.h"

#include <stdio.h>
#include <string.h>

static const char *const WAYS[] = {
    "",
    " skip 1 lines",
    " heading \"code\"",
    " heading \"code\" until \"Note\" date \"M/D/YYYY\"",
    " date \"YYYYMMDD\" missing \"*\", \"NA\"",
    " number \"$1,234.56\" separator \"tab\"",
    " separator \";\" letters \"windows-1252\"",
    " letters \"latin-1\" date \"DD.MM.YYYY\"",
};
enum { N_WAYS = sizeof WAYS / sizeof *WAYS };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char policy[2048];
    if (size == 0)
        return 0;
    snprintf(policy, sizeof policy,
             "drip 1\npolicy p version \"1\" by date of visit.start\nenum Kind { one, two }\n"
             "entity Visit\n  id : text key\n  start : instant\n"
             "entity Item in Visit as \"mar\"\n  drug : text?\n"
             "result Line as \"lines\"\n  code : text name\n  units : int count\n  ordered by code\n"
             "table t (code: text key, first_day: date starts as \"from\", price: number?, many: int? as "
             "\"n\", kind: Kind?,\n"
             "  good: bool?) from \"t.csv\"%s\n"
             "line priced for i in Item when t[i.drug else \"\"] is known and (t[i.drug else \"\"].price "
             "else 0) over 1\n"
             "  code = i.drug else \"none\"\n  units = t[i.drug else \"\"].many else 1\n",
             WAYS[data[0] % N_WAYS]);
    const fuzz_source sources[] = {
        {"policy.drip", policy, strlen(policy)},
        {"t.csv", (const char *)data + 1, size - 1},
    };
    fuzz_live(sources, 2);
    return 0;
}
