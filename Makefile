# Drip: `make` builds build/drip and libdrip beside it.
#   make demo     install what is needed, build, and code an example visit
#   make check    everything, under sanitizers too; ends with "N passed, N failed"
#   make mutate   which small changes of the national rules no scenario would notice
#   make bench    encounters a second, by phase, and how it grows
#   make docs     the pages about diagnostics, from dsl/codes.txt
#   make install  PREFIX=/usr/local DESTDIR=; make uninstall takes it away again
#   make abi      records the binary interface of libdrip.so, tests/abi/drip.symbols
#   make SAN=1    with address and undefined-behaviour sanitizers, in build/san; TSAN=1: threads, in build/tsan
#   make fuzz     FUZZ_SECONDS=60: each fuzz target for so long, by clang's libFuzzer; tests/fuzz
#   make threads  what several threads share, under the thread sanitizer (2 min)
#   make faults   FAULT_STEP=97: allocations that fail through the life of the national policy
#   make soak     memory and speed of runs up to ten million encounters, how soon an interrupt is obeyed, policies swapped, witnesses, the oracle (50 min)
#   make check-web  opens the report of drip diff in headless Chromium; pictures in build/web
#   make deps lint accept clean

CC = gcc
OBJCOPY = objcopy
PREFIX = /usr/local
DESTDIR =
LIBDIR = $(PREFIX)/lib
DATA = $(PREFIX)/share/drip
MANDIR = $(PREFIX)/share/man
MAN = drip.1 libdrip.3 drip-language.7
VERSION := $(shell sed -n 's/^.define DRIP_VERSION_TEXT *"\(.*\)"/\1/p' runtime/drip.h)
SOVERSION = 0

ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 2)
endif

ifdef FUZZ
CC = clang
BUILD = build/fuzz
CFLAGS = -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
LDFLAGS = -fsanitize=address,undefined
else ifdef SAN
BUILD = build/san
CFLAGS = -Og -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
LDFLAGS = -fsanitize=address,undefined
else ifdef TSAN
BUILD = build/tsan
CFLAGS = -O1 -g -fno-omit-frame-pointer -fsanitize=thread
LDFLAGS = -fsanitize=thread
else
BUILD = build
CFLAGS = -O2 -g
CPPFLAGS = -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
# A host may call from a thread with a small stack: frames stay small (bison's own one is larger, and alone).
HARDEN = -Wframe-larger-than=4096 -fstack-protector-strong -fstack-clash-protection $(if $(filter x86_64,$(shell uname -m)),-fcf-protection)
LDFLAGS = -Wl,-z,relro,-z,now,-z,noexecstack
SOFLAGS = -Wl,-z,defs
endif
GEN = build/gen

WARN = -Wall -Wextra -Wshadow -Wconversion -Wvla -Wimplicit-fallthrough -Werror
# What flex and bison write themselves does not keep to all of these.
GENWARN = -Wno-conversion -Wno-sign-conversion -Wno-shadow -Wno-sign-compare -Wno-unused-function \
          -Wframe-larger-than=8192 -Wno-implicit-fallthrough -Wno-unused-but-set-variable -Wno-null-pointer-arithmetic -Wno-unused-parameter
FLAGS = -std=gnu11 -pthread $(WARN) -fPIC -fvisibility=hidden -ffile-prefix-map=$(CURDIR)=. -MMD -MP $(HARDEN) $(CPPFLAGS) $(CFLAGS)

# The sandbox of the hooks and the Lua in it become one object of which only dr_hook* is seen from outside: a
# host may have a Lua of its own, and who links libdrip.a needs none. In the place of some functions
# that Lua calls come ours (hooks_lua.c): texts are ordered by their bytes, and tables have no random seed.
HOOK_SRC = runtime/hooks_lua.c runtime/hooks_lib.c runtime/hooks_num.c
HOOK_OBJ = $(HOOK_SRC:%.c=$(BUILD)/obj/%.o)
LUA_A = $(shell $(CC) -print-file-name=liblua5.4.a)
LUA_H = /usr/include/lua5.4/lua.h
LUA_INCLUDE = -I$(dir $(LUA_H))

LIB_SRC = $(filter-out $(HOOK_SRC),$(sort $(wildcard dsl/*.c runtime/*.c))) $(GEN)/grammar.tab.c $(GEN)/scan.c $(GEN)/codes.c
CLI_SRC = $(sort $(wildcard runtime/cli/*.c))
LIB_OBJ = $(patsubst %.c,$(BUILD)/obj/%.o,$(subst $(GEN)/,gen/,$(LIB_SRC))) $(BUILD)/obj/hooks.o
CLI_OBJ = $(CLI_SRC:%.c=$(BUILD)/obj/%.o)

all: $(BUILD)/drip $(BUILD)/libdrip.a $(BUILD)/libdrip.so

$(BUILD)/drip: $(CLI_OBJ) $(BUILD)/libdrip.a
	@$(CC) -pie -pthread $(CFLAGS) $(LDFLAGS) -o $@ $^
	@echo $@

$(BUILD)/libdrip.a: $(LIB_OBJ)
	@rm -f $@
	@$(AR) rcs $@ $^

$(BUILD)/libdrip.so: $(LIB_OBJ) runtime/drip.map
	@$(CC) -shared -pthread -Wl,-soname,libdrip.so.$(SOVERSION) -Wl,--version-script=runtime/drip.map \
	    $(CFLAGS) $(LDFLAGS) $(SOFLAGS) -o $@ $(LIB_OBJ)

$(BUILD)/obj/runtime/cli/%.o: runtime/cli/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	@$(CC) $(FLAGS) -Iruntime -DDRIP_DATA='"$(DATA)"' -c -o $@ $<

$(BUILD)/obj/gen/%.o: $(GEN)/%.c $(BUILD)/flags | $(GEN)/grammar.tab.h
	@mkdir -p $(@D)
	@$(CC) $(FLAGS) -Wno-unknown-warning-option $(GENWARN) -Iruntime -Idsl -I$(GEN) -c -o $@ $<

$(BUILD)/obj/%.o: %.c $(BUILD)/flags | $(GEN)/grammar.tab.h
	@mkdir -p $(@D)
	@$(CC) $(FLAGS) -Iruntime -Idsl -I$(GEN) -c -o $@ $<

$(LUA_H):
	$(call install_missing,$(LUA_H):liblua5.4-dev)
$(HOOK_OBJ): FLAGS += $(LUA_INCLUDE)
$(HOOK_OBJ): | $(LUA_H)
$(BUILD)/obj/hooks.o: $(HOOK_OBJ)
	@$(AR) p $(LUA_A) lstate.o > $@.state && $(OBJCOPY) --redefine-sym luaS_hash=dr_hook_seed $@.state
	@$(LD) -r -u lua_load -o $@.lua $@.state $(LUA_A)
	@$(OBJCOPY) --redefine-sym strcoll=dr_hook_order --redefine-sym pow=dr_hook_pow \
	    --redefine-sym fmod=dr_hook_fmod $@.lua
	@$(LD) -r -o $@.new $(HOOK_OBJ) $@.lua
	@$(OBJCOPY) --wildcard --keep-global-symbol='dr_hook*' $@.new && mv $@.new $@

$(BUILD)/obj/runtime/cli/policy.o: $(BUILD)/data

$(GEN)/grammar.tab.c: dsl/grammar.y
	@mkdir -p $(@D)
	@bison -d -o $@ $<
$(GEN)/grammar.tab.h: $(GEN)/grammar.tab.c ;
$(GEN)/scan.c: dsl/scan.l
	@mkdir -p $(@D)
	@flex -o $@ $<
$(GEN)/codes.c: dsl/codes.txt dsl/codes.awk
	@mkdir -p $(@D)
	@awk -v make=c -f dsl/codes.awk $< > $@.new && mv $@.new $@
.SECONDARY: $(GEN)/grammar.tab.c $(GEN)/scan.c $(GEN)/codes.c

# Rewritten where what they hold changes: another compiler rebuilds all, another PREFIX one file.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(FLAGS) $(LDFLAGS)' | cmp -s - $@ || echo '$(CC) $(FLAGS) $(LDFLAGS)' > $@
$(BUILD)/data: FORCE
	@mkdir -p $(@D)
	@echo '$(DATA)' | cmp -s - $@ || echo '$(DATA)' > $@
FORCE:

# ---- packages: COMMAND-or-FILE:PACKAGE

BUILD_NEEDS = gcc:gcc /usr/include/stdio.h:libc6-dev flex:flex bison:bison $(LUA_H):liblua5.4-dev
CHECK_NEEDS = $(BUILD_NEEDS) clang:clang clang-format:clang-format python3:python3 pkg-config:pkg-config \
              /usr/include/cmocka.h:libcmocka-dev /usr/bin/time:time \
              /usr/include/sqlite3ext.h:libsqlite3-dev sqlite3:sqlite3
define install_missing
	@missing=; for need in $(1); do have=$${need%%:*}; \
	case $$have in /*) test -e $$have ;; *) command -v $$have >/dev/null 2>&1 ;; esac || missing="$$missing $${need#*:}"; \
	done; test -z "$$missing" && exit 0; \
	echo "installing$$missing"; as=; test "$$(id -u)" = 0 || as=sudo; \
	$$as apt-get update -qq >/dev/null && $$as env DEBIAN_FRONTEND=noninteractive \
	apt-get install -y -qq --no-install-recommends $$missing >/dev/null
endef
deps-build:
	$(call install_missing,$(BUILD_NEEDS))
deps:
	$(call install_missing,$(CHECK_NEEDS))

# ---- what people ask for

demo: deps-build
	@$(MAKE) --no-print-directory all
	@echo; echo '$$ drip run -p national examples/visit.json'
	@DRIP_PATH=. $(BUILD)/drip run -p national examples/visit.json
	@echo; echo '$$ drip explain -p national --why 96415 examples/visit.json'
	@DRIP_PATH=. $(BUILD)/drip explain -p national --why 96415 examples/visit.json | sed -n 1,12p; echo '    …'

check: deps
	@$(MAKE) --no-print-directory all
	@$(MAKE) --no-print-directory SAN=1 build/san/drip
	@tests/run.sh

# ---- fuzzing: targets in tests/fuzz, begun with what tests/fuzz/seeds.py finds in the tree

FUZZ_TARGETS = policy tests encounter table hook claim stream
FUZZ_SECONDS = 60
FUZZ_KEPT = build/fuzz/kept
fuzz-build: deps
	$(call install_missing,/usr/lib/llvm-14/lib/clang/14.0.6/lib/linux/libclang_rt.fuzzer-x86_64.a:libclang-rt-14-dev)
	@$(MAKE) --no-print-directory FUZZ=1 build/fuzz/libdrip.a
	@for t in $(FUZZ_TARGETS); do clang -std=gnu11 $(WARN) -g -O1 -fsanitize=fuzzer,address,undefined -Iruntime \
	    tests/fuzz/fuzz_$$t.c tests/fuzz/fuzz.c build/fuzz/libdrip.a -o build/fuzz/fuzz_$$t || exit 1; done
	@python3 tests/fuzz/seeds.py build/fuzz/seeds
fuzz: fuzz-build
	@for t in $(FUZZ_TARGETS); do mkdir -p $(FUZZ_KEPT)/$$t tests/fuzz/found/$$t; echo "fuzz $$t, $(FUZZ_SECONDS) s"; \
	    build/fuzz/fuzz_$$t $(FUZZ_KEPT)/$$t build/fuzz/seeds/$$t tests/fuzz/found/$$t -dict=build/fuzz/seeds/words \
	    -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1 \
	    -artifact_prefix=tests/fuzz/found/$$t/ 2>build/fuzz/$$t.log || { tail -30 build/fuzz/$$t.log; exit 1; }; \
	    grep -a -E 'number_of_executed|stat::new' build/fuzz/$$t.log; done

# Allocations of the national policy's life that fail: every FAULT_STEP-th (tests/run.sh faults takes each of a small one).
FAULT_STEP = 97
faults: deps
	@$(MAKE) --no-print-directory all
	@gcc -std=gnu11 -O1 -g -Iruntime tests/faults/*.c $(BUILD)/libdrip.a -pthread -o $(BUILD)/faults
	@$(BUILD)/faults . national examples/visit.json $(FAULT_STEP)

threads: deps
	@$(MAKE) --no-print-directory all
	@$(MAKE) --no-print-directory SAN=1 all
	@tests/run.sh threads

# What drip diff --html writes, in a browser; pictures of it in build/web.
check-web: deps
	$(call install_missing,chromium:chromium chromedriver:chromium-driver)
	@$(MAKE) --no-print-directory all
	@python3 tests/web.py $(BUILD)/drip $(BUILD)/web

# Which changes of the national rules their scenarios notice: some 8,000, each compiled and tried.
mutate: deps-build
	@$(MAKE) --no-print-directory all
	@DRIP_PATH=. $(BUILD)/drip test --mutate --min 99 -j $(shell nproc 2>/dev/null || echo 2) rulesets

bench: deps
	@$(MAKE) --no-print-directory all
	@tests/bench.sh

soak: deps
	@$(MAKE) --no-print-directory all
	@tests/soak.sh

# The pages about diagnostics, and their table in the language's description, from the one table of codes.
docs:
	@mkdir -p docs/errors build
	@rm -f docs/errors/*.md
	@awk -v make=docs/errors/ -f dsl/codes.awk dsl/codes.txt > docs/errors/README.md
	@awk -v make=table -f dsl/codes.awk dsl/codes.txt > build/codes.table
	@awk 'FNR == NR { table = table $$0 "\n"; next } \
	      /^<!-- begin: codes -->/ { print; printf "%s", table; inside = 1 } /^<!-- end -->/ { inside = 0 } \
	      !inside' build/codes.table dsl/LANGUAGE.md > build/language.new
	@cmp -s build/language.new dsl/LANGUAGE.md || cp build/language.new dsl/LANGUAGE.md

accept: deps
	@$(MAKE) --no-print-directory SAN=1 all
	@python3 tests/cases.py --accept build/san/drip

lint: deps
	clang-format --dry-run --Werror $(wildcard dsl/*.[ch] runtime/*.[ch] runtime/cli/*.[ch] tests/*.c tests/unit/*.[ch] examples/*.c)
	tests/check_includes.sh
	tests/check_words.sh

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/include $(DESTDIR)$(LIBDIR)/pkgconfig
	install -m 755 $(BUILD)/drip $(DESTDIR)$(PREFIX)/bin/drip
	install -m 644 runtime/drip.h $(DESTDIR)$(PREFIX)/include/drip.h
	install -m 644 $(BUILD)/libdrip.a $(DESTDIR)$(LIBDIR)/libdrip.a
	install -m 755 $(BUILD)/libdrip.so $(DESTDIR)$(LIBDIR)/libdrip.so.$(VERSION)
	ln -sf libdrip.so.$(VERSION) $(DESTDIR)$(LIBDIR)/libdrip.so.$(SOVERSION)
	ln -sf libdrip.so.$(SOVERSION) $(DESTDIR)$(LIBDIR)/libdrip.so
	for m in $(MAN); do install -D -m 644 docs/man/$$m $(DESTDIR)$(MANDIR)/man$${m##*.}/$$m || exit 1; done
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' -e 's|@VERSION@|$(VERSION)|' \
	    -e 's|@DATA@|$(DATA)|' drip.pc.in \
	    > $(DESTDIR)$(LIBDIR)/pkgconfig/drip.pc
	find rulesets payers -type f -not -name '.*' | while read -r f; do \
	    install -D -m 644 "$$f" "$(DESTDIR)$(DATA)/$$f" || exit 1; done

# What install put there, and folders that are empty then.
uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/drip $(DESTDIR)$(PREFIX)/include/drip.h $(DESTDIR)$(LIBDIR)/libdrip.a \
	    $(DESTDIR)$(LIBDIR)/libdrip.so $(DESTDIR)$(LIBDIR)/libdrip.so.$(SOVERSION) \
	    $(DESTDIR)$(LIBDIR)/libdrip.so.$(VERSION) $(DESTDIR)$(LIBDIR)/pkgconfig/drip.pc
	for m in $(MAN); do rm -f $(DESTDIR)$(MANDIR)/man$${m##*.}/$$m; done
	find rulesets payers -type f -not -name '.*' | while read -r f; do rm -f "$(DESTDIR)$(DATA)/$$f"; done
	test ! -d $(DESTDIR)$(DATA) || find $(DESTDIR)$(DATA) -depth -type d -empty -delete

abi: $(BUILD)/libdrip.so
	@python3 tests/abi/dump.py $(BUILD)/libdrip.so > $(BUILD)/abi.new && mv $(BUILD)/abi.new tests/abi/drip.symbols

clean:
	rm -rf build

-include $(LIB_OBJ:.o=.d) $(HOOK_OBJ:.o=.d) $(CLI_OBJ:.o=.d)
.PHONY: all deps deps-build demo check threads check-web mutate fuzz fuzz-build faults bench soak docs accept lint install uninstall abi clean FORCE
