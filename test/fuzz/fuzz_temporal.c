/* fuzz_temporal.c - bytes as text and as a packed number: what is accepted prints, and what is
 * printed is accepted as the same value. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "binlog/temporal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_datetime(const struct time_parts *parts)
{
    char text[TEMPORAL_TEXT_MAX];
    struct time_parts again;
    struct err err;
    size_t len = temporal_datetime_text(parts, 6, text);
    if (!temporal_parse_datetime(bytes_of(text, len), &again, &err))
        abort();
    if (temporal_pack_datetime(parts) != temporal_pack_datetime(&again))
        abort();
    if (!temporal_unpack_datetime(temporal_pack_datetime(parts), &again))
        abort();
}

static void check_time(const struct time_parts *parts)
{
    char text[TEMPORAL_TEXT_MAX];
    struct time_parts again;
    struct err err;
    size_t len = temporal_time_text(parts, 6, text);
    if (!temporal_parse_time(bytes_of(text, len), &again, &err))
        abort();
    if (temporal_pack_time(parts) != temporal_pack_time(&again))
        abort();
}

static void check_timestamp(uint64_t micros)
{
    char text[TEMPORAL_TEXT_MAX];
    uint64_t again;
    struct err err;
    size_t len = temporal_timestamp_text(micros, 6, text);
    if (!temporal_parse_timestamp(bytes_of(text, len), &again, &err) || again != micros)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes text = bytes_of(data, size);
    struct time_parts parts;
    uint64_t micros;
    int64_t packed = 0;
    struct err err;
    if (temporal_parse_datetime(text, &parts, &err))
        check_datetime(&parts);
    if (temporal_parse_time(text, &parts, &err))
        check_time(&parts);
    if (temporal_parse_timestamp(text, &micros, &err))
        check_timestamp(micros);
    if (temporal_parse_date(text, &parts, &err))
        check_datetime(&parts);
    memcpy(&packed, data, size < sizeof packed ? size : sizeof packed);
    if (temporal_unpack_datetime(packed, &parts))
        check_datetime(&parts);
    if (temporal_unpack_time(packed, &parts))
        check_time(&parts);
    check_timestamp((uint64_t)packed % (TIMESTAMP_SECONDS_MAX * 1000000));
    return 0;
}
