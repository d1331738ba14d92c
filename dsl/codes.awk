# dsl/codes.awk: the table of diagnostic codes, dsl/codes.txt, as what is made of it.
#
#   awk -v make=c        -f dsl/codes.awk dsl/codes.txt    C: what drip_code_page looks up
#   awk -v make=FOLDER/  -f dsl/codes.awk dsl/codes.txt    FOLDER/E0207.md … and FOLDER/README.md
#   awk -v make=table    -f dsl/codes.awk dsl/codes.txt    the rows of the table in LANGUAGE.md
#
# A line that begins with @ says what follows: @world, @code CODE KIND MESSAGE, @do WHAT, @wrong, @right, @example
# (how it comes about where no text shows it). Within an example, @file NAME begins another file beside the policy.

function capital(text) { return toupper(substr(text, 1, 1)) substr(text, 2) }
function add(line) { body = body line "\n" }

function close_fence() {
    while (substr(body, length(body) - 1) == "\n\n")
        body = substr(body, 1, length(body) - 1)
    if (fenced)
        add("```\n")
    fenced = 0
}
function begin_example(title) {
    finish_text()
    add("## " title "\n")
    add("```drip")
    fenced = 1
    first = 1
}
# What stands before an example ends without an empty line too many.
function finish_text() {
    if (fenced)
        close_fence()
    else if (substr(body, length(body) - 1) != "\n\n")
        add("")
}

function finish_code() {
    if (code == "")
        return
    finish_text()
    add("## What to do\n")
    add(capital(todo) ".")
    if (over_world)
        add("\nThe examples lie over [the little world](README.md#the-little-world).")
    page[++n] = "# " code "\n\n**" capital(kind) ":** " message "\n\n" body
    codes[n] = code; messages[n] = message; todos[n] = todo; kinds[n] = kind
    code = ""
}

/^##/ { next }
/^@world$/ { in_world = 1; next }
/^@code / {
    in_world = 0
    finish_code()
    code = $2; kind = $3
    message = $0
    sub(/^@code [^ ]+ [^ ]+ /, "", message)
    body = ""; todo = ""; over_world = 0; fenced = 0
    next
}
/^@do / { todo = substr($0, 5); next }
/^@wrong$/ { begin_example("Wrong"); next }
/^@right$/ { begin_example("Right"); next }
/^@example / { finish_text(); add("## An example\n\n" substr($0, 10)); next }
/^@file / {
    close_fence()
    add("The file `" $2 "`:\n\n```" ($2 ~ /\.csv$/ ? "text" : "drip"))
    fenced = 1
    next
}
in_world { world = world $0 "\n"; next }
code != "" {
    if (fenced && first && $0 !~ /^drip 1/)
        over_world = 1
    first = 0
    if (body != "" || $0 != "")
        add($0)
}

# One by one: what a backslash means in a replacement differs from awk to awk.
function escaped(text,    i, c, out) {
    out = ""
    for (i = 1; i <= length(text); i++) {
        c = substr(text, i, 1)
        out = out (c == "\\" || c == "\"" ? "\\" c : c)
    }
    return out
}

function put_c(    i, k, lines, count) {
    print "/* Made from dsl/codes.txt by dsl/codes.awk. */"
    print "#include \"codes.h\"\n#include <string.h>\n"
    print "static const struct {\n    const char *code, *page;\n} pages[] = {"
    for (i = 1; i <= n; i++) {
        print "    {\"" codes[i] "\","
        count = split(page[i], lines, "\n")
        for (k = 1; k < count; k++) {
            print "     \"" escaped(lines[k]) "\\n\""
        }
        print "    },"
    }
    print "};\n\nconst char *dr_code_page(const char *code)\n{"
    print "    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)"
    print "        if (strcmp(pages[i].code, code) == 0)\n            return pages[i].page;"
    print "    return (void *)0;\n}"
}

function put_rows(linked,    i) {
    print "| code | message | what to do |\n|---|---|---|"
    for (i = 1; i <= n; i++)
        print "| " (linked ? "[" codes[i] "](" codes[i] ".md)" : codes[i]) " | " messages[i] " | " todos[i] " |"
}

function put_pages(    i, file) {
    for (i = 1; i <= n; i++) {
        file = make codes[i] ".md"
        printf "%s", page[i] > file
        close(file)
    }
}

END {
    finish_code()
    if (make == "c") {
        put_c()
    } else if (make == "table") {
        put_rows(0)
    } else {
        put_pages()
        # The index goes to standard output.
        print "# What drip says\n"
        print "A page for each code of an error (`E`), a warning (`W`) or a note (`N`, with `drip check -v`): what it means, a wrong"
        print "and a right example, what to do. `drip check --explain E0207` shows the same in the terminal. `…` stands for"
        print "what is filled in.\n"
        put_rows(1)
        print "\n## The little world\n"
        print "Where an example does not begin with `drip 1`, it is part of this policy:\n"
        printf "```drip\n%s```\n", world
    }
}
