/* login_probe.c - logs in with the real client and says what came of it, for test_login.py.
 *
 *   login_probe host=127.0.0.1 port=3306 user=app password=x ssl-mode=REQUIRED ssl-ca=ca.pem ...
 *
 * Prints "ok flavour=... version=... encrypted=yes|no" and exits 0, or prints
 * "error CODE: sentence" and exits 1. sql=STATEMENT runs one more and prints its rows, a value a
 * line; bulk=1 reads sql's rows and prints only their number and bytes. */
// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/macros.h"
#include "net/connection.h"

struct probe {
    struct source_address address;
    const char *sql;
    bool bulk;
};

static const char *const ssl_modes[] = {
    [SSL_MODE_DISABLED] = "DISABLED",
    [SSL_MODE_PREFERRED] = "PREFERRED",
    [SSL_MODE_REQUIRED] = "REQUIRED",
    [SSL_MODE_VERIFY_CA] = "VERIFY_CA",
    [SSL_MODE_VERIFY_IDENTITY] = "VERIFY_IDENTITY",
};

static bool take_text(struct probe *p, const char *key, const char *value)
{
    struct {
        const char *key;
        const char **to;
    } texts[] = {
        { "host", &p->address.host },
        { "socket", &p->address.socket_path },
        { "user", &p->address.user },
        { "password", &p->address.password },
        { "ssl-ca", &p->address.ssl_ca },
        { "ssl-cert", &p->address.ssl_cert },
        { "ssl-key", &p->address.ssl_key },
        { "ssl-cipher", &p->address.ssl_cipher },
        { "tls-version", &p->address.tls_version },
        { "server-public-key-path", &p->address.server_public_key_path },
        { "sql", &p->sql },
    };
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        if (strcmp(texts[i].key, key) == 0) {
            *texts[i].to = value;
            return true;
        }
    }
    return false;
}

static bool take_number(struct probe *p, const char *key, const char *value)
{
    unsigned long number = strtoul(value, NULL, 10);
    if (strcmp(key, "port") == 0)
        p->address.port = (uint16_t)number;
    else if (strcmp(key, "connect-timeout-ms") == 0)
        p->address.connect_timeout_ms = (unsigned)number;
    else if (strcmp(key, "get-server-public-key") == 0)
        p->address.get_server_public_key = number != 0;
    else if (strcmp(key, "bulk") == 0)
        p->bulk = number != 0;
    else
        return false;
    return true;
}

static bool take_ssl_mode(struct probe *p, const char *key, const char *value)
{
    if (strcmp(key, "ssl-mode") != 0)
        return false;
    for (unsigned i = 0; i < ARRAY_COUNT(ssl_modes); i++) {
        if (strcmp(ssl_modes[i], value) == 0) {
            p->address.ssl_mode = (enum ssl_mode)i;
            return true;
        }
    }
    return false;
}

static bool take_argument(struct probe *p, char *argument)
{
    char *equals = strchr(argument, '=');
    if (equals == NULL)
        return false;
    *equals = 0;
    return take_text(p, argument, equals + 1) || take_number(p, argument, equals + 1) ||
           take_ssl_mode(p, argument, equals + 1);
}

static void print_row(const struct bytes *values, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (values[i].data == NULL)
            puts("NULL");
        else
            printf("%.*s\n", (int)values[i].len, (const char *)values[i].data);
    }
}

static bool run_sql(struct connection *c, const struct probe *p, struct err *err)
{
    const struct bytes *values;
    unsigned long long rows = 0;
    unsigned long long size = 0;
    if (!connection_query(c, p->sql, err))
        return false;
    for (;;) {
        bool row;
        if (!connection_next_row(c, &row, &values, err))
            return false;
        if (!row)
            break;
        rows++;
        for (unsigned i = 0; i < connection_column_count(c); i++)
            size += values[i].len;
        if (!p->bulk)
            print_row(values, connection_column_count(c));
    }
    if (p->bulk)
        printf("rows=%llu bytes=%llu\n", rows, size);
    return true;
}

int main(int argc, char **argv)
{
    struct probe p = { .address = { .host = "127.0.0.1", .user = "root", .password = "" } };
    struct err err;
    p.address.ssl_mode = SSL_MODE_PREFERRED;
    for (int i = 1; i < argc; i++) {
        if (!take_argument(&p, argv[i])) {
            fprintf(stderr, "login_probe: argument %d is not understood\n", i);
            return 2;
        }
    }
    AUTO(connection) c = NULL;
    if (!connection_open(&p.address, NULL, &c, &err)) {
        printf("error %s: %s\n", err_code_name(err.code), err.text);
        return 1;
    }
    printf("ok flavour=%s version=%u (%s) encrypted=%s\n",
           connection_flavour(c) == FLAVOUR_MARIADB ? "mariadb" : "mysql",
           connection_version_number(c), connection_server_version(c),
           connection_is_encrypted(c) ? "yes" : "no");
    if (p.sql != NULL && !run_sql(c, &p, &err)) {
        printf("error %s: %s\n", err_code_name(err.code), err.text);
        return 1;
    }
    return 0;
}
