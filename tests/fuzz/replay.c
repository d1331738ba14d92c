/* drip: replay.c, level 4. Runs a fuzz target over files and folders of inputs, without a fuzzer. Ends with
 * "N passed, N failed"; a target that finds something ends the process. */
#define _POSIX_C_SOURCE 200809L
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int replay_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return perror(path), 1;
    uint8_t *data = NULL;
    size_t len = 0, size = 0, got = 0;
    do {
        if (size - len < 4096)
            data = realloc(data, size = size * 2 + 65536);
        got = data == NULL ? 0 : fread(data + len, 1, size - len, f);
        len += got;
    } while (got > 0);
    fclose(f);
    fprintf(stderr, "%s\n", path);              /* the last one named is the one that broke it */
    uint8_t *exact = malloc(len > 0 ? len : 1); /* so that reading past the end is seen */
    if (exact != NULL) {
        if (len > 0)
            memcpy(exact, data, len);
        LLVMFuzzerTestOneInput(exact, len);
    }
    free(exact);
    free(data);
    return exact == NULL;
}

int main(int argc, char **argv)
{
    unsigned passed = 0, failed = 0;
    for (int i = 1; i < argc; i++) {
        DIR *folder = opendir(argv[i]);
        struct dirent *entry = NULL;
        char path[4096];
        if (folder == NULL) {
            replay_file(argv[i]) == 0 ? passed++ : failed++;
            continue;
        }
        while ((entry = readdir(folder)) != NULL) {
            if (entry->d_name[0] == '.')
                continue;
            snprintf(path, sizeof path, "%s/%s", argv[i], entry->d_name);
            replay_file(path) == 0 ? passed++ : failed++;
        }
        closedir(folder);
    }
    printf("%u passed, %u failed\n", passed, failed);
    return failed > 0;
}
