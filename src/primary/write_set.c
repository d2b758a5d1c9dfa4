/* write_set.c - see write_set.h. */
// SPDX-License-Identifier: Apache-2.0
#include "primary/write_set.h"
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"

/* The newest transactions that met in a number; 0: none. */
struct write_met {
    uint64_t number; /* 0: the slot is free */
    int64_t written_by;
    int64_t referred_by;
};

/* KEY_BYTES: InnoDB's keys have 3072; a weight takes more than a character did. */
enum { OWN_FIRST = 64, KEY_BYTES = 1 << 20 };

void write_set_init(struct write_set *set, unsigned max)
{
    *set = (struct write_set){ .max = max, .slots = 1 };
    while (set->slots < 2 * max)
        set->slots *= 2;
    buf_init(&set->scratch, KEY_BYTES);
    buf_init(&set->text, KEY_BYTES);
}

void write_set_clear(struct write_set *set)
{
    free(set->own);
    free(set->met);
    buf_clear(&set->scratch);
    buf_clear(&set->text);
    *set = (struct write_set){ .max = 0 };
}

void write_set_begin(struct write_set *set)
{
    set->own_count = 0;
    set->is_alone = false;
}

void write_set_alone(struct write_set *set)
{
    set->own_count = 0;
    set->is_alone = true;
}

void write_set_add(struct write_set *set, uint64_t number, bool is_reference)
{
    if (set->is_alone)
        return;
    if (set->own_count == set->max) {
        write_set_alone(set); /* the history could not hold it */
        return;
    }
    if (set->own_count == set->own_room) {
        set->own_room = set->own_room == 0 ? OWN_FIRST : 2 * set->own_room;
        set->own = memory_resize(set->own, set->own_room * sizeof *set->own);
    }
    set->own[set->own_count++] = (struct write_use){ number != 0 ? number : 1, is_reference };
}

static void forget(struct write_set *set, int64_t start)
{
    if (set->met_count > 0)
        memset(set->met, 0, set->slots * sizeof *set->met);
    set->met_count = 0;
    set->start = start;
}

void write_set_restart(struct write_set *set)
{
    forget(set, 0);
}

/* Its slot, or the one that it would get. There is always a free one. */
static struct write_met *find(struct write_set *set, uint64_t number)
{
    if (set->met == NULL)
        set->met = memory_new(set->slots * sizeof *set->met);
    unsigned at = (unsigned)(number >> 32) & (set->slots - 1);
    while (set->met[at].number != 0 && set->met[at].number != number)
        at = (at + 1) & (set->slots - 1);
    return &set->met[at];
}

static int64_t latest(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t last_met(struct write_set *set)
{
    int64_t last = set->start;
    for (unsigned i = 0; i < set->own_count; i++) {
        const struct write_met *met = find(set, set->own[i].number);
        last = latest(last, met->written_by);
        if (!set->own[i].is_reference)
            last = latest(last, met->referred_by);
    }
    return last;
}

static void remember(struct write_set *set, int64_t sequence_number)
{
    for (unsigned i = 0; i < set->own_count; i++) {
        struct write_met *met = find(set, set->own[i].number);
        set->met_count += met->number == 0;
        met->number = set->own[i].number;
        *(set->own[i].is_reference ? &met->referred_by : &met->written_by) = sequence_number;
    }
}

int64_t write_set_place(struct write_set *set, int64_t sequence_number)
{
    if (set->is_alone) {
        forget(set, sequence_number);
        return sequence_number - 1;
    }
    int64_t last = last_met(set);
    if (set->met_count + set->own_count > set->max)
        forget(set, sequence_number);
    else
        remember(set, sequence_number);
    return last;
}
