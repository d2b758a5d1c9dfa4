/* The store's two own formats, the file list and the GTID index: what decodes must encode to the
 * same bytes again, and what a GTID index holds must fit its own bounds. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "store/gtid_index.h"
#include "store/index.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_list(struct bytes bytes)
{
    struct index list;
    struct buf again;
    struct err err;
    if (!index_decode(bytes, &list, &err))
        return;
    buf_init(&again, INDEX_SIZE_MAX);
    index_encode(&list, &again);
    if (!bytes_equal(bytes, buf_bytes(&again)))
        abort();
    buf_clear(&again);
    index_clear(&list);
}

static void check_points(struct bytes bytes)
{
    struct gtid_index index;
    struct buf again;
    struct err err;
    if (!gtid_index_decode(bytes, &index, &err))
        return;
    buf_init(&again, GTID_INDEX_SIZE_MAX);
    uint32_t crc = gtid_index_encode_head(&again, index.file, index.name, index.before);
    for (size_t i = 0; i < index.count; i++) {
        if (index.points[i].runs.transactions > GTID_POINT_TRANSACTIONS)
            abort();
        crc = gtid_index_encode_point(&again, &index.points[i], crc);
    }
    if (crc != index.crc || index.good_bytes > bytes.len ||
        !bytes_equal(bytes_of(bytes.data, index.good_bytes), buf_bytes(&again)))
        abort();
    buf_clear(&again);
    gtid_index_clear(&index);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_list(bytes_of(data, size));
    check_points(bytes_of(data, size));
    return 0;
}
