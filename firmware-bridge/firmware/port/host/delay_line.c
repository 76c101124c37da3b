#include "delay_line.h"

uint64_t splitmix64(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

size_t delay_room(const struct delay_line *line)
{
    return line->chunk_count < DELAY_CHUNKS ? DELAY_BYTES - line->used : 0;
}

size_t delay_put(struct delay_line *line, const uint8_t *bytes, size_t length, int64_t now)
{
    int64_t due = now + line->latency_ns;
    size_t i;
    if (length > delay_room(line)) {
        return 0;
    }
    if (line->jitter_ns > 0) {
        due += (int64_t)(splitmix64(&line->random) % (uint64_t)line->jitter_ns);
    }
    if (due < line->last_due) {
        due = line->last_due;
    }
    line->last_due = due;
    for (i = 0; i < length; i++) {
        line->bytes[(line->head + line->used++) % DELAY_BYTES] = bytes[i];
    }
    line->chunks[(line->chunk_head + line->chunk_count) % DELAY_CHUNKS].due = due;
    line->chunks[(line->chunk_head + line->chunk_count) % DELAY_CHUNKS].length = length;
    line->chunk_count++;
    return length;
}

size_t delay_due(const struct delay_line *line, int64_t now, const uint8_t **bytes)
{
    size_t length;
    if (line->chunk_count == 0 || line->chunks[line->chunk_head].due > now) {
        return 0;
    }
    length = line->chunks[line->chunk_head].length;
    if (length > DELAY_BYTES - line->head) {
        length = DELAY_BYTES - line->head;
    }
    *bytes = line->bytes + line->head;
    return length;
}

void delay_drop(struct delay_line *line, size_t length)
{
    line->head = (line->head + length) % DELAY_BYTES;
    line->used -= length;
    line->chunks[line->chunk_head].length -= length;
    if (line->chunks[line->chunk_head].length == 0) {
        line->chunk_head = (line->chunk_head + 1) % DELAY_CHUNKS;
        line->chunk_count--;
    }
}

int64_t delay_next(const struct delay_line *line)
{
    return line->chunk_count == 0 ? INT64_MAX : line->chunks[line->chunk_head].due;
}

void delay_clear(struct delay_line *line)
{
    line->head = line->used = line->chunk_head = line->chunk_count = 0;
}
