/* stored_text.c - see stored_text.h. */
// SPDX-License-Identifier: Apache-2.0
#include "engine/sqlite/query/stored_text.h"
#include "binlog/value_number.h"

/* The letters of a negative DECIMAL or TIME as digits; the mark of long times goes. */
static size_t plain_digits(struct bytes stored, char *room, size_t size)
{
    bool negative = stored.len > 0 && stored.data[0] == '-';
    size_t len = 0;
    for (size_t i = 0; i < stored.len && len < size; i++) {
        uint8_t c = stored.data[i];
        if (c != '~')
            room[len++] = (char)(negative && c >= 'A' && c <= 'J' ? '0' + ('J' - c) : c);
    }
    return len;
}

struct bytes stored_decimal(struct bytes stored, char *room, size_t size)
{
    size_t len = plain_digits(stored, room, size);
    size_t sign = len > 0 && room[0] == '-', zeros = 0;
    while (sign + zeros + 1 < len && room[sign + zeros] == '0' && room[sign + zeros + 1] != '.')
        zeros++;
    memmove(room + sign, room + sign + zeros, len - sign - zeros);
    return bytes_of(room, len - zeros);
}

struct bytes stored_time(struct bytes stored, char *room, size_t size)
{
    size_t len = plain_digits(stored, room, size);
    if (len > 1 && room[0] == '-' && room[1] == '0') {
        memmove(room + 1, room + 2, len - 2);
        len--;
    }
    return bytes_of(room, len);
}

struct bytes real_text(double number, struct arena *arena)
{
    char text[NUMBER_TEXT_MAX];
    return arena_copy(arena, bytes_of(text, double_text(number, text)));
}
