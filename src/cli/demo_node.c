/* demo_node.c - see demo_node.h. Programs are started by fork and exec; what they say goes into
 * their folder's file `output`. */
// SPDX-License-Identifier: Apache-2.0
#include "cli/demo_node.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"
#include "node/accounts.h"

enum {
    ARGUMENTS_MAX = 16,
    ARGUMENT_MAX = PATH_MAX + 64,
    START_MS = 30000,
    STOP_MS = 15000,
    LOOK_MS = 20,
    FOLDERS_OPEN_MAX = 16,
    MARIADB_SERVER_ID = 4,
};

static const char mariadb_program[] = "/usr/sbin/mariadbd";
static const char mariadb_install[] = "/usr/bin/mariadb-install-db";

/* ---- files ---- */

static bool write_file(const char *path, const char *text, struct err *err)
{
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    size_t len = strlen(text);
    bool ok = fd >= 0 && write(fd, text, len) == (ssize_t)len;
    if (!ok)
        err_sys(err, "%s cannot be written", path);
    if (fd >= 0)
        close(fd);
    return ok;
}

bool demo_place_make(struct demo_place *place, struct err *err)
{
    uint8_t random[DEMO_PASSWORD_MAX / 2];
    char text[256];
    const char *base = getenv("TMPDIR");
    snprintf(place->folder, sizeof place->folder, "%s/binlogd-demo-XXXXXX",
             base == NULL || base[0] == 0 ? "/tmp" : base);
    if (mkdtemp(place->folder) == NULL)
        return err_sys(err, "the folder %s cannot be made", place->folder);
    randombytes_buf(random, sizeof random);
    sodium_bin2hex(place->password, sizeof place->password, random, sizeof random);
    snprintf(place->password_file, sizeof place->password_file, "%s/password", place->folder);
    snprintf(place->client_file, sizeof place->client_file, "%s/client.cnf", place->folder);
    snprintf(text, sizeof text, "[client]\nhost=127.0.0.1\nuser=%s\npassword=%s\n", DEMO_USER,
             place->password);
    return write_file(place->password_file, place->password, err) &&
           write_file(place->client_file, text, err);
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

void demo_place_remove(const struct demo_place *place)
{
    nftw(place->folder, remove_one, FOLDERS_OPEN_MAX, FTW_DEPTH | FTW_PHYS);
}

/* ---- ports ---- */

/* port 0: any free one. */
static uint16_t bind_port(uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int yes = 1;
    bool ok = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
              bind(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
              getsockname(fd, (struct sockaddr *)&address, &len) == 0;
    if (fd >= 0)
        close(fd);
    return ok ? ntohs(address.sin_port) : 0;
}

static bool choose_port(uint16_t wish, uint16_t *out, struct err *err)
{
    *out = bind_port(wish);
    if (*out == 0)
        *out = bind_port(0);
    return *out != 0 || err_sys(err, "no port of 127.0.0.1 is free");
}

/* ---- programs ---- */

struct argv {
    const char *program;
    bool is_kept; /* it outlives the demo */
    char texts[ARGUMENTS_MAX][ARGUMENT_MAX];
    char *list[ARGUMENTS_MAX + 1];
    unsigned count;
};

static PRINTF_LIKE(2, 3) void add(struct argv *argv, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(argv->texts[argv->count], ARGUMENT_MAX, format, args);
    va_end(args);
    argv->list[argv->count] = argv->texts[argv->count];
    argv->count++;
}

/* In the child. It ends with the demo, however that ends, unless it is to be kept. */
static void become(const struct argv *argv, const char *log)
{
    int out = open(log, O_CREAT | O_APPEND | O_WRONLY, 0600);
    int in = open("/dev/null", O_RDONLY);
    if (out < 0 || in < 0)
        _exit(127);
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    setsid(); /* an interrupt of the terminal is for the demo */
    if (!argv->is_kept)
        prctl(PR_SET_PDEATHSIG, SIGTERM);
    execv(argv->program, argv->list);
    _exit(127);
}

static bool start_program(const struct argv *argv, const char *folder, pid_t *pid, struct err *err)
{
    char log[ARGUMENT_MAX];
    snprintf(log, sizeof log, "%s/output", folder);
    *pid = fork();
    if (*pid == 0)
        become(argv, log);
    return *pid > 0 || err_sys(err, "%s cannot be started", argv->program);
}

static bool run_program(const struct argv *argv, const char *folder, struct err *err)
{
    pid_t pid;
    int status = 0;
    if (!start_program(argv, folder, &pid, err))
        return false;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return (WIFEXITED(status) && WEXITSTATUS(status) == 0) ||
           err_set(err, ERR_CONFIG, "%s failed: see %s/output", argv->program, folder);
}

/* ---- making a node ---- */

static bool make_account(const struct demo_node *node, const struct demo_place *place,
                         struct err *err)
{
    AUTO(accounts) accounts = NULL;
    struct account account = { .role = ROLE_admin };
    uint8_t salt[ACCOUNT_SALT_SIZE];
    randombytes_buf(salt, sizeof salt);
    snprintf(account.name, sizeof account.name, "%s", DEMO_USER);
    return account_secret_make(bytes_of_str(place->password), salt, &account.secret, err) &&
           accounts_open(node->folder, &accounts, err) && accounts_add(accounts, &account, err) &&
           accounts_save(accounts, err);
}

static bool make_mariadb(const struct demo_node *node, struct err *err)
{
    struct argv argv = { .program = mariadb_install };
    add(&argv, "%s", mariadb_install);
    add(&argv, "--no-defaults");
    add(&argv, "--datadir=%s/data", node->folder);
    add(&argv, "--auth-root-authentication-method=normal");
    add(&argv, "--skip-test-db");
    add(&argv, "--force"); /* also where the machine's own name leads nowhere */
    if (geteuid() == 0)
        add(&argv, "--user=root");
    return run_program(&argv, node->folder, err);
}

bool demo_node_make(struct demo_node *node, const struct demo_place *place, uint16_t wish,
                    struct err *err)
{
    snprintf(node->folder, sizeof node->folder, "%s/%s", place->folder, node->name);
    if (!choose_port(wish, &node->port, err))
        return false;
    if (mkdir(node->folder, 0700) != 0)
        return err_sys(err, "the folder %s cannot be made", node->folder);
    return node->kind == DEMO_MARIADB ? make_mariadb(node, err) : make_account(node, place, err);
}

bool demo_has_mariadb(void)
{
    return access(mariadb_program, X_OK) == 0 && access(mariadb_install, X_OK) == 0;
}

/* ---- running it ---- */

static void node_words(const struct demo_node *node, const struct demo_place *place,
                       struct argv *argv)
{
    argv->program = "/proc/self/exe";
    add(argv, "binlogd");
    add(argv, "run");
    add(argv, "--data=%s", node->folder);
    add(argv, "--listen=127.0.0.1:%u", node->port);
    if (node->source == NULL)
        return;
    add(argv, "--source=mysql://%s@127.0.0.1:%u/", DEMO_USER, node->source->port);
    add(argv, "--source-password-file=%s", place->password_file);
    add(argv, "--reconnect-max-delay=1s");
}

static void mariadb_words(const struct demo_node *node, struct argv *argv)
{
    argv->program = mariadb_program;
    add(argv, "%s", mariadb_program);
    add(argv, "--no-defaults");
    add(argv, "--datadir=%s/data", node->folder);
    add(argv, "--socket=%s/socket", node->folder);
    add(argv, "--pid-file=%s/pid", node->folder);
    add(argv, "--bind-address=127.0.0.1");
    add(argv, "--port=%u", node->port);
    add(argv, "--server-id=%d", MARIADB_SERVER_ID);
    add(argv, "--innodb-buffer-pool-size=64M");
    add(argv, "--innodb-flush-log-at-trx-commit=2");
    add(argv, "--read-only");
    if (geteuid() == 0)
        add(argv, "--user=root");
}

/* Opens a connection, as soon as the program that was started answers. */
static bool reach(const struct source_address *address, struct demo_node *node,
                  struct connection **out, struct err *err)
{
    uint64_t until = clock_monotonic_ms() + START_MS;
    while (!connection_open(address, NULL, out, err)) {
        struct err ended;
        if (!demo_node_check(node, &ended)) {
            *err = ended;
            return false;
        }
        if (clock_monotonic_ms() > until)
            return err_wrap(err, "%s does not answer (it says: %s/output)", node->name,
                            node->folder);
        usleep(LOOK_MS * 1000);
    }
    return true;
}

/* Root has no password yet, and is reached by the socket alone. */
static bool instruct_mariadb(struct demo_node *node, const struct demo_place *place,
                             struct err *err)
{
    AUTO(connection) connection = NULL;
    char socket[ARGUMENT_MAX], text[1024];
    snprintf(socket, sizeof socket, "%s/socket", node->folder);
    struct source_address address = { .socket_path = socket,
                                      .user = "root",
                                      .password = "",
                                      .ssl_mode = SSL_MODE_DISABLED,
                                      .connect_timeout_ms = START_MS };
    if (!reach(&address, node, &connection, err))
        return false;
    snprintf(text, sizeof text, "CREATE USER %s@'127.0.0.1' IDENTIFIED BY '%s'", DEMO_USER,
             place->password);
    if (!connection_execute(connection, text, err))
        return false;
    snprintf(text, sizeof text, "SET PASSWORD FOR root@localhost = PASSWORD('%s')",
             place->password);
    if (!connection_execute(connection, "GRANT ALL ON *.* TO " DEMO_USER "@'127.0.0.1'", err) ||
        !connection_execute(connection, text, err))
        return false;
    snprintf(text, sizeof text,
             "CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT=%u, MASTER_USER='%s', "
             "MASTER_PASSWORD='%s', MASTER_LOG_FILE='binlog.000001', MASTER_LOG_POS=4, "
             "MASTER_CONNECT_RETRY=1",
             node->source->port, DEMO_USER, place->password);
    return connection_execute(connection, text, err) &&
           connection_execute(connection, "START SLAVE", err);
}

static struct source_address address_of(const struct demo_node *node,
                                        const struct demo_place *place)
{
    return (struct source_address){ .host = "127.0.0.1",
                                    .port = node->port,
                                    .user = DEMO_USER,
                                    .password = place->password,
                                    .ssl_mode = SSL_MODE_DISABLED,
                                    .get_server_public_key = true,
                                    .connect_timeout_ms = START_MS };
}

bool demo_node_connect(const struct demo_node *node, const struct demo_place *place,
                       struct connection **out, struct err *err)
{
    struct source_address address = address_of(node, place);
    return connection_open(&address, NULL, out, err);
}

bool demo_node_start(struct demo_node *node, const struct demo_place *place, struct err *err)
{
    struct argv argv = { .is_kept = place->keeps };
    char told[ARGUMENT_MAX];
    if (node->kind == DEMO_MARIADB)
        mariadb_words(node, &argv);
    else
        node_words(node, place, &argv);
    if (!start_program(&argv, node->folder, &node->pid, err))
        return false;
    snprintf(told, sizeof told, "%s/told", node->folder);
    if (node->kind == DEMO_MARIADB && access(told, F_OK) != 0 &&
        (!instruct_mariadb(node, place, err) || !write_file(told, "", err)))
        return false;
    AUTO(connection) connection = NULL;
    struct source_address address = address_of(node, place);
    return reach(&address, node, &connection, err);
}

static void reap(struct demo_node *node)
{
    while (waitpid(node->pid, NULL, 0) < 0 && errno == EINTR) {
    }
    node->pid = 0;
}

void demo_node_kill(struct demo_node *node)
{
    if (node->pid == 0)
        return;
    kill(node->pid, SIGKILL);
    reap(node);
}

void demo_node_stop(struct demo_node *node)
{
    if (node->pid == 0)
        return;
    uint64_t until = clock_monotonic_ms() + STOP_MS;
    kill(node->pid, SIGTERM);
    while (waitpid(node->pid, NULL, WNOHANG) == 0) {
        if (clock_monotonic_ms() > until) {
            demo_node_kill(node);
            return;
        }
        usleep(LOOK_MS * 1000);
    }
    node->pid = 0;
}

bool demo_node_check(struct demo_node *node, struct err *err)
{
    if (node->pid == 0 || waitpid(node->pid, NULL, WNOHANG) == 0)
        return true;
    node->pid = 0;
    return err_set(err, ERR_CONFIG, "%s has ended: see %s/output", node->name, node->folder);
}
