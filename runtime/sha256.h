/* drip: sha256.h, level 0. SHA-256 (FIPS 180-4), for naming programs and rule sets by their content. */
#ifndef DR_SHA256_H
#define DR_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { DR_SHA256_TEXT = 65 }; /* 64 hex digits and a NUL */

typedef struct dr_sha256 {
    uint32_t state[8];
    uint64_t total; /* bytes added */
    unsigned char block[64];
} dr_sha256;

void dr_sha256_init(dr_sha256 *sha);
void dr_sha256_add(dr_sha256 *sha, const void *bytes, size_t len);
/* Lower case. Init before using it again. */
void dr_sha256_end(dr_sha256 *sha, char text[DR_SHA256_TEXT]);

#endif
