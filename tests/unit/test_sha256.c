/* drip: test_sha256.c, tests. SHA-256: the standard's examples, block boundaries, any way of cutting. */
#include "sha256.h"
#include "unit.h"

static void check(const char *text, size_t len, const char *expected)
{
    char hex[DR_SHA256_TEXT];
    dr_sha256 sha;
    dr_sha256_init(&sha);
    dr_sha256_add(&sha, text, len);
    dr_sha256_end(&sha, hex);
    assert_string_equal(hex, expected);
}

static void test_examples(void **state)
{
    (void)state;
    check(NULL, 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    check("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    const char *two = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    check(two, 56, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void test_million(void **state)
{
    (void)state;
    char block[1000], hex[DR_SHA256_TEXT];
    memset(block, 'a', sizeof block);
    dr_sha256 sha;
    dr_sha256_init(&sha);
    for (int i = 0; i < 1000; i++)
        dr_sha256_add(&sha, block, sizeof block);
    dr_sha256_end(&sha, hex);
    assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* From Python's hashlib: around the places where the padding needs another block. */
static void test_boundaries(void **state)
{
    (void)state;
    static const struct {
        size_t len;
        const char *hex;
    } cases[] = {
        {1, "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"},
        {55, "d5e285683cd4efc02d021a5c62014694958901005d6f71e89e0989fac77e4072"},
        {56, "04c26261370ee7541549d16dee320c723e3fd14671e66a099afe0a377c16888e"},
        {57, "ae14a2563ccf969d99aca69ce6bb74981f734bbf9f655f73b8f06db68cab5217"},
        {63, "75220b47218278e656f2013bb8f0c455a25eaf01e86c64924e9d48d89776d6f2"},
        {64, "7ce100971f64e7001e8fe5a51973ecdfe1ced42befe7ee8d5fd6219506b5393c"},
        {65, "9537c5fdf120482f7d58d25e9ed583f52c02b4e304ea814db1633ad565aed7e9"},
        {119, "000b48d4edf0fa7bee3c6236ecd2785baa5db4eeb8bb54341b029e0d9fa5fb0c"},
        {120, "13f05a0b594787f5ecd315edc96141bd3243203d1b7d4f0836f37308b276ba98"},
        {128, "24da1b81d0b16df6428eee73c69fcb2a93c76bc6df706f0c6670fe6bfe800464"},
    };
    char text[200];
    memset(text, 'x', sizeof text);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(text, cases[i].len, cases[i].hex);
}

static void test_pieces(void **state)
{
    (void)state;
    uint64_t dice = 1;
    char text[300], whole[DR_SHA256_TEXT], parts[DR_SHA256_TEXT];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)roll(&dice);
    for (size_t len = 0; len <= sizeof text; len++) {
        dr_sha256 sha;
        dr_sha256_init(&sha);
        dr_sha256_add(&sha, text, len);
        dr_sha256_end(&sha, whole);
        dr_sha256_init(&sha);
        for (size_t at = 0; at < len;) {
            size_t n = (size_t)roll_in(&dice, 0, (int64_t)(len - at));
            dr_sha256_add(&sha, text + at, n);
            at += n;
        }
        dr_sha256_end(&sha, parts);
        assert_string_equal(whole, parts);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_million),
        cmocka_unit_test(test_boundaries),
        cmocka_unit_test(test_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
