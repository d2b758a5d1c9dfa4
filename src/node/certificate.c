/* certificate.c - see certificate.h. The key is published before the certificate: a certificate in
 * DATA always has its key beside it. */
// SPDX-License-Identifier: Apache-2.0
#define LOG_AREA "listen"
#include "node/certificate.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/files.h"
#include "base/log.h"
#include "net/self_signed.h"

static const char cert_name[] = "listen-cert.pem";
static const char key_name[] = "listen-key.pem";
static const char rsa_name[] = "listen-rsa.pem";

enum { PEM_MAX = 64 * 1024, HOST_MAX = 255 };

static bool make_own(const char *data_dir, struct err *err)
{
    struct buf cert;
    struct buf key;
    char host[HOST_MAX + 1] = "binlogd";
    buf_init(&cert, PEM_MAX);
    buf_init(&key, PEM_MAX);
    gethostname(host, sizeof host - 1);
    bool ok = self_signed_make(host, &cert, &key, err) &&
              files_replace(&files_os, data_dir, key_name, buf_bytes(&key), err) &&
              files_replace(&files_os, data_dir, cert_name, buf_bytes(&cert), err);
    if (key.data != NULL)
        explicit_bzero(key.data, key.len);
    buf_clear(&key);
    buf_clear(&cert);
    if (ok)
        log_info("made a self-signed certificate for the port: %s/%s", data_dir, cert_name);
    return ok;
}

bool certificate_load(const struct certificate_options *options, struct tls_server **out,
                      struct err *err)
{
    char cert[PATH_MAX];
    char key[PATH_MAX];
    if (options->cert_path != NULL && options->key_path != NULL)
        return tls_server_open(options->cert_path, options->key_path, out, err);
    if (options->cert_path != NULL || options->key_path != NULL)
        return err_set(err, ERR_CONFIG, "listen-cert and listen-key go together, one is missing");
    snprintf(cert, sizeof cert, "%s/%s", options->data_dir, cert_name);
    snprintf(key, sizeof key, "%s/%s", options->data_dir, key_name);
    if (access(cert, F_OK) != 0 && errno == ENOENT && !make_own(options->data_dir, err))
        return false;
    return tls_server_open(cert, key, out, err) ||
           err_wrap(err, "remove %s and %s to have new ones made", cert, key);
}

static bool make_rsa(const char *data_dir, struct rsa_key **out, struct err *err)
{
    AUTO(rsa_key) key = NULL;
    struct buf pem;
    buf_init(&pem, PEM_MAX);
    bool ok = rsa_key_make(&key, err) && rsa_key_print(key, &pem, err) &&
              files_replace(&files_os, data_dir, rsa_name, buf_bytes(&pem), err);
    if (pem.data != NULL)
        explicit_bzero(pem.data, pem.len);
    buf_clear(&pem);
    if (!ok)
        return false;
    *out = key;
    key = NULL;
    return true;
}

bool certificate_load_rsa(const char *data_dir, struct rsa_key **out, struct err *err)
{
    char path[PATH_MAX];
    uint8_t pem[PEM_MAX / 4];
    size_t got = 0;
    snprintf(path, sizeof path, "%s/%s", data_dir, rsa_name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? make_rsa(data_dir, out, err) : err_sys(err, "%s", path);
    bool ok = files_read_at(&files_os, fd, pem, sizeof pem, 0, &got, err) &&
              rsa_key_read(bytes_of(pem, got), out, err);
    close(fd);
    explicit_bzero(pem, sizeof pem);
    return ok || err_wrap(err, "%s: remove it to have a new one made", path);
}
