/* end.c - the end that a MariaDB replica names: START SLAVE UNTIL master_gtid_pos, which is the
 * source's to carry out.
 *
 * Each domain of the position ends with its GTID, or where a later one of that server comes in its
 * place; what is of another domain is passed over. Behind the last of them comes a list of GTIDs
 * with a flag, by which the replica knows why it is left, and the stream's end. */
// SPDX-License-Identifier: Apache-2.0
#include "base/memory.h"
#include "serve/feed_internal.h"

static void look_whether_it_is_last(struct feed *feed)
{
    feed->is_last = true;
    for (size_t i = 0; i < feed->end_count; i++)
        feed->is_last = feed->is_last && feed->ends[i].reached;
}

void end_prepare(struct feed *feed)
{
    struct gtid at;
    if (feed->until == NULL)
        return;
    for (size_t i = 0; gtid_set_last_at(feed->until, i, &at); i++) {
        feed->ends = memory_resize(feed->ends, (i + 1) * sizeof *feed->ends);
        feed->ends[i] = (struct domain_wait){ at, gtid_set_contains(feed->state, &at) };
        feed->end_count = i + 1;
    }
    look_whether_it_is_last(feed);
}

static struct domain_wait *find_end(struct feed *feed, const struct gtid *gtid)
{
    for (size_t i = 0; i < feed->end_count; i++)
        if (feed->ends[i].at.domain == gtid->domain && !feed->ends[i].reached)
            return &feed->ends[i];
    return NULL;
}

static bool is_at(const struct domain_wait *end, const struct gtid *gtid)
{
    return end->at.server == gtid->server && gtid->seq >= end->at.seq;
}

bool end_leaves_out(struct feed *feed, const struct gtid *gtid)
{
    const struct domain_wait *end = find_end(feed, gtid);
    return end == NULL ||
           (is_at(end, gtid) && (gtid->seq > end->at.seq || feed->request.until_before));
}

void end_come_to(struct feed *feed, const struct gtid *gtid)
{
    struct domain_wait *end = find_end(feed, gtid);
    if (end == NULL || !is_at(end, gtid))
        return;
    end->reached = true;
    look_whether_it_is_last(feed);
}

bool end_stream(struct feed *feed)
{
    if (!feed->is_last)
        return false;
    made_gtid_list(feed, GTID_LIST_UNTIL_REACHED);
    made_end(feed);
    return true;
}
