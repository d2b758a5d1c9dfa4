/* demo.c - `binlogd demo`: a primary, a replica of it, a replica of that one, and where MariaDB is
 * installed a stock replica; clients write orders through the primary's port while nodes are killed
 * and the schema changes; at the end every table is compared on every node, and every order that
 * was acknowledged is looked for. All of it in a folder of its own, on this machine's own address.
 */
// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "cli/cli.h"
#include "cli/demo_compare.h"
#include "cli/demo_load.h"
#include "cli/demo_node.h"
#include "cli/demo_screen.h"
#include "cli/demo_watch.h"

enum { PRIMARY, FIRST, SECOND, STOCK, NODES_MAX };
enum { FIRST_PORT = 3307, LOOK_US = 20000, CATCH_UP_US = 30000000 };

struct demo {
    struct demo_place place;
    struct demo_node nodes[NODES_MAX];
    struct demo_watch watches[NODES_MAX];
    unsigned count;
    struct demo_load *load;
    struct demo_screen screen;
    unsigned seconds;
    unsigned next_act;
    bool has_ended;
};

static volatile sig_atomic_t is_interrupted;

static void on_signal(int number)
{
    (void)number;
    is_interrupted = 1;
}

/* ---- what happens ---- */

static bool kill_replica(struct demo *demo, struct err *err)
{
    (void)err;
    demo_screen_say(&demo->screen, "kill -9 replica-1 (replica-2 follows it, and has to wait)");
    demo_node_kill(&demo->nodes[FIRST]);
    return true;
}

static bool start_replica(struct demo *demo, struct err *err)
{
    demo_screen_say(&demo->screen, "replica-1 starts again, and goes on where it was");
    return demo_node_start(&demo->nodes[FIRST], &demo->place, err);
}

static bool alter_table(struct demo *demo, struct err *err)
{
    static const char sql[] = "ALTER TABLE shop.item ADD COLUMN shelf VARCHAR(10) DEFAULT 'A-1'";
    AUTO(connection) connection = NULL;
    demo_screen_say(&demo->screen, "the schema changes: %s", sql);
    return demo_node_connect(&demo->nodes[PRIMARY], &demo->place, &connection, err) &&
           connection_execute(connection, sql, err);
}

static bool kill_primary(struct demo *demo, struct err *err)
{
    (void)err;
    demo_screen_say(&demo->screen, "kill -9 primary, while clients write");
    demo_node_kill(&demo->nodes[PRIMARY]);
    return true;
}

static bool start_primary(struct demo *demo, struct err *err)
{
    demo_screen_say(&demo->screen, "primary starts again; clients and replicas find it");
    return demo_node_start(&demo->nodes[PRIMARY], &demo->place, err);
}

/* At which part of the time. */
static const struct act {
    unsigned percent;
    bool (*run)(struct demo *demo, struct err *err);
} acts[] = { { 25, kill_replica },
             { 35, start_replica },
             { 50, alter_table },
             { 65, kill_primary },
             { 72, start_primary } };

static bool act(struct demo *demo, uint64_t elapsed_us, struct err *err)
{
    uint64_t percent = elapsed_us / (demo->seconds * UINT64_C(10000));
    while (demo->next_act < ARRAY_COUNT(acts) && acts[demo->next_act].percent <= percent)
        if (!acts[demo->next_act++].run(demo, err))
            return false;
    return true;
}

/* ---- looking ---- */

static void show(struct demo *demo)
{
    struct demo_line lines[NODES_MAX];
    for (unsigned i = 0; i < demo->count; i++)
        demo_watch_look(&demo->watches[i], demo->load, &lines[i]);
    demo_screen_show(&demo->screen, lines, demo->count);
}

static bool check_nodes(struct demo *demo, struct err *err)
{
    for (unsigned i = 0; i < demo->count; i++)
        if (!demo_node_check(&demo->nodes[i], err))
            return false;
    return true;
}

static bool play(struct demo *demo, struct err *err)
{
    uint64_t start = clock_monotonic_us();
    uint64_t next = start;
    for (;;) {
        uint64_t now = clock_monotonic_us();
        if (is_interrupted)
            return err_set(err, ERR_CANCELLED, "interrupted");
        if (now - start > demo->seconds * UINT64_C(1000000))
            return true;
        if (!act(demo, now - start, err) || !check_nodes(demo, err))
            return false;
        if (now >= next) {
            show(demo);
            next += 1000000;
        }
        usleep(LOOK_US);
    }
}

/* ---- the end ---- */

static bool catch_up(struct demo *demo, struct err *err)
{
    uint64_t newest = demo_load_newest(demo->load);
    uint64_t until = clock_monotonic_us() + CATCH_UP_US;
    for (unsigned i = 0; i < demo->count;) {
        struct demo_line line;
        demo_watch_look(&demo->watches[i], demo->load, &line);
        if (line.answers && demo->watches[i].seen >= newest) {
            i++;
            continue;
        }
        if (is_interrupted || clock_monotonic_us() > until)
            return err_set(err, ERR_TIMEOUT, "%s does not catch up: see %s", demo->nodes[i].name,
                           demo->nodes[i].folder);
        usleep(LOOK_US);
    }
    return true;
}

static bool compare_table(struct demo *demo, const char *table, struct err *err)
{
    struct demo_digest first = { 0 }, other = { 0 };
    char names[256] = "";
    for (unsigned i = 0; i < demo->count; i++) {
        struct demo_digest *into = i == PRIMARY ? &first : &other;
        const struct demo_node *node = &demo->nodes[i];
        size_t len = strlen(names);
        if (!demo_digest_table(node, &demo->place, table, into, err))
            return err_wrap(err, "reading %s on %s", table, node->name);
        if (i != PRIMARY && (other.rows != first.rows || other.sum != first.sum))
            return err_set(err, ERR_CONFLICT, "table %s differs: %s has other rows than primary",
                           table, node->name);
        snprintf(names + len, sizeof names - len, "%s%s", i > 0 ? " = " : "", node->name);
    }
    demo_screen_say(&demo->screen, "%-8s %8" PRIu64 " rows   %s", table, first.rows, names);
    return true;
}

static bool compare(struct demo *demo, struct err *err)
{
    uint64_t missing;
    for (unsigned i = 0; demo_tables[i] != NULL; i++)
        if (!compare_table(demo, demo_tables[i], err))
            return false;
    if (!demo_find_missing(&demo->nodes[PRIMARY], &demo->place, demo->load, &missing, err))
        return false;
    if (missing > 0)
        return err_set(err, ERR_CONFLICT, "%" PRIu64 " orders were acknowledged and are not there",
                       missing);
    demo_screen_say(&demo->screen,
                    "%" PRIu64 " orders were acknowledged to clients: none of them is lost",
                    demo_load_acknowledged(demo->load));
    return true;
}

static void tell_ports(const struct demo *demo)
{
    static const char *const words[] = { "write here", "read here", "read here",
                                         "read here: a MariaDB" };
    printf("\nThe nodes go on; everything is in %s\n\n", demo->place.folder);
    for (unsigned i = 0; i < demo->count; i++)
        printf("  mariadb --defaults-extra-file=%s -P%u shop    # %s, %s\n",
               demo->place.client_file, demo->nodes[i].port, demo->nodes[i].name, words[i]);
    printf("\nTo end them: kill");
    for (unsigned i = 0; i < demo->count; i++)
        printf(" %d", (int)demo->nodes[i].pid);
    printf("\n");
}

/* ---- the beginning ---- */

static void cast(struct demo *demo)
{
    static const struct {
        const char *name;
        enum demo_kind kind;
        int source;
    } roles[] = { { "primary", DEMO_PRIMARY, -1 },
                  { "replica-1", DEMO_REPLICA, PRIMARY },
                  { "replica-2", DEMO_REPLICA, FIRST },
                  { "mariadb", DEMO_MARIADB, PRIMARY } };
    demo->count = demo_has_mariadb() ? NODES_MAX : STOCK;
    for (unsigned i = 0; i < demo->count; i++) {
        demo->nodes[i] =
            (struct demo_node){ .name = roles[i].name,
                                .kind = roles[i].kind,
                                .source =
                                    roles[i].source < 0 ? NULL : &demo->nodes[roles[i].source] };
        demo->watches[i] = (struct demo_watch){ .node = &demo->nodes[i], .place = &demo->place };
    }
}

/* Until every node has the tables. */
static bool wait_for_all(struct demo *demo, struct err *err)
{
    uint64_t until = clock_monotonic_us() + CATCH_UP_US;
    for (unsigned i = 0; i < demo->count;) {
        struct demo_line line;
        demo_watch_look(&demo->watches[i], demo->load, &line);
        i += line.answers;
        if (is_interrupted)
            return err_set(err, ERR_CANCELLED, "interrupted");
        if (clock_monotonic_us() > until)
            return err_set(err, ERR_TIMEOUT, "%s does not show the tables: see %s",
                           demo->nodes[i].name, demo->nodes[i].folder);
        if (!line.answers)
            usleep(LOOK_US);
    }
    return true;
}

static bool begin(struct demo *demo, struct err *err)
{
    if (!demo_place_make(&demo->place, err))
        return false;
    demo_screen_say(&demo->screen, "everything is in %s", demo->place.folder);
    cast(demo);
    for (unsigned i = 0; i < demo->count; i++) {
        struct demo_node *node = &demo->nodes[i];
        if (is_interrupted)
            return err_set(err, ERR_CANCELLED, "interrupted");
        if (!demo_node_make(node, &demo->place, (uint16_t)(FIRST_PORT + i), err) ||
            !demo_node_start(node, &demo->place, err))
            return false;
        demo_screen_say(&demo->screen, "%s at 127.0.0.1:%u%s%s", node->name, node->port,
                        node->source == NULL ? ", empty" : " follows ",
                        node->source == NULL ? "" : node->source->name);
        if (i == PRIMARY && !demo_load_schema(node, &demo->place, err))
            return false;
    }
    if (demo->count == STOCK)
        demo_screen_say(&demo->screen, "no MariaDB is installed here: no stock replica");
    demo->load = demo_load_start(&demo->nodes[PRIMARY], &demo->place);
    demo_screen_say(&demo->screen, "%d clients write orders through the primary's port",
                    DEMO_WRITERS);
    return wait_for_all(demo, err);
}

static bool run(struct demo *demo, struct err *err)
{
    bool ok = begin(demo, err) && play(demo, err);
    struct err stopped;
    demo_screen_end(&demo->screen);
    if (demo->load == NULL)
        return false;
    if (!demo_load_stop(demo->load, &stopped) && ok) {
        *err = stopped;
        ok = false;
    }
    ok = ok && catch_up(demo, err);
    if (!ok)
        return false;
    show(demo);
    demo_screen_end(&demo->screen);
    return compare(demo, err);
}

static void end(struct demo *demo, bool keeps)
{
    for (unsigned i = 0; i < demo->count; i++)
        demo_watch_clear(&demo->watches[i]);
    for (unsigned i = demo->count; i > 0 && !keeps; i--)
        demo_node_stop(&demo->nodes[i - 1]);
    demo_load_free(demo->load);
}

static void install_signals(void)
{
    struct sigaction stop = { .sa_handler = on_signal };
    struct sigaction ignore = { .sa_handler = SIG_IGN };
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
}

int command_demo(struct options *options)
{
    struct demo demo = { .seconds = (unsigned)options->seconds };
    struct err err = { 0 };
    demo.place.keeps = options->keep;
    install_signals();
    demo_screen_start(&demo.screen);
    bool ok = run(&demo, &err);
    end(&demo, ok && options->keep);
    if (ok && options->keep)
        tell_ports(&demo);
    else if (ok || err.code == ERR_CANCELLED)
        demo_place_remove(&demo.place);
    if (ok)
        return CLI_EXIT_OK;
    return cli_fail(&err);
}
