/* drip: csv_scan.c, level 1. Cells of comma-separated text; see csv_scan.h. */
#include "csv_scan.h"

#include <string.h>

void dr_csv_open(dr_csv *csv, const dr_alloc *alloc, const char *bytes, uint32_t len, char separator)
{
    *csv = (dr_csv){.bytes = bytes, .len = len, .separator = separator};
    dr_buf_init(&csv->cell, alloc, DR_CSV_CELL);
}

static void quoted(dr_csv *csv)
{
    const char *bytes = csv->bytes;
    csv->at++;
    while (csv->at < csv->len) {
        if (bytes[csv->at] != '"') {
            dr_buf_char(&csv->cell, bytes[csv->at++]);
        } else if (csv->at + 1 < csv->len && bytes[csv->at + 1] == '"') {
            dr_buf_char(&csv->cell, '"');
            csv->at += 2;
        } else {
            csv->at++;
            return;
        }
    }
    csv->open_quote = true;
}

void dr_csv_cell(dr_csv *csv)
{
    const char *bytes = csv->bytes;
    dr_buf_clear(&csv->cell);
    csv->start = csv->at;
    if (csv->at < csv->len && bytes[csv->at] == '"')
        quoted(csv);
    uint32_t plain = csv->at;
    while (csv->at < csv->len && bytes[csv->at] != csv->separator && bytes[csv->at] != '\r' &&
           bytes[csv->at] != '\n')
        csv->at++;
    dr_buf_bytes(&csv->cell, bytes + plain, csv->at - plain);
    csv->end = csv->at;
    csv->ended_row = csv->at >= csv->len || bytes[csv->at] != csv->separator;
    if (!csv->ended_row) {
        csv->at++;
        return;
    }
    while (csv->at < csv->len && (bytes[csv->at] == '\r' || bytes[csv->at] == '\n'))
        csv->at++;
}

const char *dr_csv_text(const dr_csv *csv, size_t *len)
{
    const char *text = csv->cell.data == NULL ? "" : csv->cell.data;
    size_t n = csv->cell.data == NULL ? 0 : csv->cell.len;
    for (; n > 0 && (*text == ' ' || *text == '\t'); n--)
        text++;
    while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'))
        n--;
    *len = n;
    return text;
}

bool dr_csv_blank_row(const dr_csv *csv)
{
    for (uint32_t i = csv->at; i < csv->len; i++) {
        char byte = csv->bytes[i];
        if (byte == '\n' || byte == '\r')
            return true;
        if (byte != csv->separator && byte != ' ' && byte != '\t' && byte != '"')
            return false;
    }
    return true;
}

void dr_csv_skip_line(dr_csv *csv)
{
    const char *end = memchr(csv->bytes + csv->at, '\n', csv->len - csv->at);
    csv->at = end == NULL ? csv->len : (uint32_t)(end - csv->bytes) + 1;
}
