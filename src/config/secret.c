/* secret.c - reads one line, without echo where it is typed. Nothing of it is ever logged. */
// SPDX-License-Identifier: Apache-2.0
#include "config/secret.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>
#include "base/files.h"

enum { SECRET_MAX = 4096 };

static bool read_open_file(int fd, char text[SECRET_MAX + 1], bool *readable_by_all,
                           struct err *err)
{
    struct stat st;
    size_t got = 0;
    if (fstat(fd, &st) != 0)
        return err_sys(err, "cannot look at it");
    *readable_by_all = (st.st_mode & S_IROTH) != 0;
    while (got < SECRET_MAX) { /* a pipe is welcome: no offsets */
        ssize_t n = read(fd, text + got, SECRET_MAX - got);
        if (n < 0 && errno != EINTR)
            return err_sys(err, "cannot read it");
        if (n == 0)
            break;
        got += n > 0 ? (size_t)n : 0;
    }
    text[got] = 0;
    size_t line = strcspn(text, "\r\n");
    if (line == SECRET_MAX)
        return err_set(err, ERR_CONFIG, "its first line is longer than %d bytes", SECRET_MAX - 1);
    text[line] = 0;
    return true;
}

bool secret_read_file(const char *path, struct arena *arena, const char **out,
                      bool *readable_by_all, struct err *err)
{
    char text[SECRET_MAX + 1];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        err_sys(err, "password file %s", path);
        err->code = ERR_CONFIG;
        return false;
    }
    bool ok =
        read_open_file(fd, text, readable_by_all, err) || err_wrap(err, "password file %s", path);
    close(fd);
    if (ok)
        *out = arena_str(arena, text);
    explicit_bzero(text, sizeof text);
    return ok;
}

/* One line from the terminal. False at its end or on an error. */
static bool read_line(int fd, char text[SECRET_MAX + 1])
{
    size_t got = 0;
    while (got < SECRET_MAX) {
        ssize_t n = read(fd, text + got, 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0 || text[got] == '\n')
            break;
        got++;
    }
    bool ended = got < SECRET_MAX && text[got] == '\n';
    text[got] = 0;
    return ended;
}

bool secret_prompt(const char *question, struct arena *arena, const char **out, struct err *err)
{
    char text[SECRET_MAX + 1] = { 0 };
    struct termios before;
    if (tcgetattr(STDIN_FILENO, &before) != 0)
        return err_set(err, ERR_CONFIG,
                       "a password is asked for, but standard input is no terminal: use "
                       "--source-password-file or BINLOGD_SOURCE_PASSWORD");
    struct termios silent = before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    silent.c_lflag |= ECHONL;
    ssize_t written = write(STDERR_FILENO, question, strlen(question));
    (void)written;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    bool ok = read_line(STDIN_FILENO, text);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    if (ok)
        *out = arena_str(arena, text);
    explicit_bzero(text, sizeof text);
    return ok || err_set(err, ERR_CONFIG, "no password was typed");
}
