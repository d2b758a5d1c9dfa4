/* fuzz_query.c - the first byte picks the type (query, compressed, load), the rest is its body. The
 * text lies in the event or in the scratch, and a look at the text alone agrees with decoding all.
 */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "binlog/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

static bool lies_inside(struct bytes part, struct bytes whole)
{
    return part.len == 0 ||
           (part.data >= whole.data && part.data + part.len <= whole.data + whole.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t types[] = { EVENT_QUERY, EVENT_QUERY_COMPRESSED,
                                     EVENT_EXECUTE_LOAD_QUERY };
    struct query_event query;
    struct err err;
    struct buf scratch;
    enum query_bound bound;
    if (size == 0)
        return 0;
    struct event event = { .header.type = types[data[0] % ARRAY_COUNT(types)],
                           .body = bytes_of(data + 1, size - 1) };
    buf_init(&scratch, 16 << 20);
    bool peeked = query_peek(&event, &bound);
    if (query_decode(&event, &scratch, &query, &err)) {
        must(lies_inside(query.text, event.body) || lies_inside(query.text, buf_bytes(&scratch)));
        must(lies_inside(query.db, event.body) && lies_inside(query.time_zone, event.body));
        must(lies_inside(query.updated_dbs, event.body));
        must(lies_inside(query.collations, event.body));
        must(peeked);
        if (event.header.type == EVENT_QUERY)
            must(bound == query_bound_of(query.text));
    }
    buf_clear(&scratch);
    return 0;
}
