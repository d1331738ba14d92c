/* drip: fuzz_hook.c, level 4. Scripts: the input is a Lua script with the function f, called for each event. */
#include "fuzz.h"

#include <string.h>

static const char POLICY[] =
    "drip 1\npolicy p version \"1\" by date of visit.start\n"
    "entity Visit\n  id : text key\n  start : instant\n"
    "entity Item in Visit as \"mar\"\n  drug : text?\n  at : instant\n"
    "result Line as \"lines\"\n  code : text name\n  units : int count\n  ordered by code\n"
    "hook f(drug: text, n: int, x: number) -> int from \"x.lua\"\n"
    "line hooked for i in Item when (f(i.drug else \"\", i.number, 1.5) else 0) over 0\n"
    "  code = \"a\"\n  units = f(i.drug else \"\", i.number, 0.25) else 1\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const fuzz_source sources[] = {
        {"policy.drip", POLICY, sizeof POLICY - 1},
        {"x.lua", (const char *)data, size},
    };
    fuzz_live(sources, 2);
    return 0;
}
