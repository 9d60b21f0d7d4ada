/* Calls sse-proto, built without std, and compares what it says with what the standard says. */

#include <stdio.h>
#include <stdint.h>
#include <string.h>

size_t sse_proof_fields(const uint8_t *stream, size_t length, size_t chunk_size, uint8_t *out, size_t capacity);
size_t sse_proof_encode(uint8_t *out, size_t capacity);
size_t sse_proof_is_event_stream(const uint8_t *content_type, size_t length);
size_t sse_proof_decode(const uint8_t *stream, size_t length, size_t chunk_size, uint8_t *out, size_t capacity);

/* A byte order mark, all three line ends, invalid UTF-8, and an end without its blank line. */
static const char STREAM[] =
    "\xEF\xBB\xBF: hello\r\n"
    "retry: 1500\n"
    "event: tick\rdata: one\ndata: t\xFFwo\r\nid: 7\r\n\r\n"
    "Data: x\ndata\n\n"
    "id: 8\n\n"
    "data: never dispatched\n";

static const char FIELDS[] =
    "comment hello\nretry 1500\n"
    "event tick\ndata one\ndata t\\xffwo\nid 7\ndispatch\n"
    "ignored\ndata \ndispatch\n"
    "id 8\ndispatch\n"
    "data never dispatched\n";

static const char ENCODED[] =
    "retry: 1500\n"
    ": hello\n"
    ":\n"
    "event: tick\ndata: one\ndata: two\nid: 7\n\n"
    "data:  indented\n\n"
    "id: 8\n\n";

static const char DECODED[] =
    "comment hello\nretry 1500\n"
    "tick \"one\\nt\xEF\xBF\xBDwo\" 7\n"
    "message \"\" 7\n"
    "last event ID 8\n";

static const char DECODED_AGAIN[] =
    "retry 1500\ncomment hello\ncomment \n"
    "tick \"one\\ntwo\" 7\n"
    "message \" indented\" 7\n"
    "last event ID 8\n";

static int passed = 0;
static int failed = 0;

static void verdict(const char *name, int ok) {
    printf("%s: %s\n", ok ? "ok" : "FAILED", name);
    ok ? passed++ : failed++;
}

static int same(const uint8_t *seen, size_t length, const char *expected) {
    if (length == strlen(expected) && memcmp(seen, expected, length) == 0) {
        return 1;
    }
    if (length == SIZE_MAX) {
        printf("did not fit\n");
    } else {
        printf("expected:\n%s\nseen:\n%.*s\n", expected, (int)length, (const char *)seen);
    }
    return 0;
}

typedef size_t reader(const uint8_t *, size_t, size_t, uint8_t *, size_t);

/* Whole, by the byte, and in chunks of every size between. */
static int reads_as(reader *read, const uint8_t *stream, size_t length, const char *expected) {
    uint8_t out[512];
    for (size_t chunk_size = 1; chunk_size <= length; chunk_size++) {
        size_t written = read(stream, length, chunk_size, out, sizeof out);
        if (!same(out, written, expected)) {
            printf("in chunks of %zu bytes\n", chunk_size);
            return 0;
        }
    }
    return 1;
}

static int is_event_stream(const char *content_type) {
    return sse_proof_is_event_stream((const uint8_t *)content_type, strlen(content_type)) == 1;
}

int main(void) {
    const uint8_t *stream = (const uint8_t *)STREAM;
    uint8_t encoded[512];
    uint8_t small[8];

    verdict("lines and fields", reads_as(sse_proof_fields, stream, strlen(STREAM), FIELDS));
    size_t length = sse_proof_encode(encoded, sizeof encoded);
    verdict("encoder", same(encoded, length, ENCODED));
    verdict("encoder, memory too small", sse_proof_encode(small, sizeof small) == SIZE_MAX);
    verdict("media type", is_event_stream("Text/Event-Stream; charset=utf-8") && !is_event_stream("text/plain"));
    verdict("decoder", reads_as(sse_proof_decode, stream, strlen(STREAM), DECODED));
    verdict("decoder reads what the encoder wrote", reads_as(sse_proof_decode, encoded, length, DECODED_AGAIN));

    printf("proof: %d passed, %d failed\n", passed, failed);
    return failed != 0;
}
