/* uri.c - splits at the characters that cannot be data, then decodes each part. */
// SPDX-License-Identifier: Apache-2.0
#include "config/uri.h"
#include <ctype.h>
#include <string.h>
#include <strings.h>
#include "config/value_text.h"

/* The parts as they stand in the text. */
struct parts {
    struct bytes account;    /* before the @; data NULL: none */
    struct bytes place;      /* host, port, socket */
    struct bytes database;   /* between / and ? */
    struct bytes parameters; /* after the ? */
};

static struct bytes slice(const char *start, const char *end)
{
    return bytes_of(start, (size_t)(end - start));
}

static const char *skip_scheme(const char *text)
{
    static const char *const schemes[] = { "mysql://", "mariadb://" };
    for (unsigned i = 0; i < ARRAY_COUNT(schemes); i++)
        if (strncasecmp(text, schemes[i], strlen(schemes[i])) == 0)
            return text + strlen(schemes[i]);
    return strstr(text, "://") != NULL ? NULL : text;
}

/* The @ that ends the account: the last one before the place's end. */
static const char *find_at(const char *text)
{
    size_t end = strcspn(text, "/?#");
    for (size_t i = end; i > 0; i--)
        if (text[i - 1] == '@')
            return text + i - 1;
    return NULL;
}

/* False: no scheme that we know. */
static bool split(const char *text, struct parts *out)
{
    const char *p = skip_scheme(text);
    if (p == NULL)
        return false;
    *out = (struct parts){ 0 };
    const char *at = find_at(p);
    if (at != NULL) {
        out->account = slice(p, at);
        p = at + 1;
    }
    const char *close = *p == '(' ? strchr(p, ')') : NULL;
    const char *end = close != NULL ? close + 1 : p + strcspn(p, "/?");
    out->place = slice(p, end);
    if (*end == '/') {
        p = end + 1;
        end = p + strcspn(p, "?");
        out->database = slice(p, end);
    }
    if (*end == '?')
        out->parameters = bytes_of_str(end + 1);
    return true;
}

/* Takes too much rather than too little where the text is not a URI: it is for hiding. */
struct bytes uri_password(const char *text)
{
    const char *scheme = strstr(text, "://");
    const char *account = scheme != NULL ? scheme + 3 : text;
    const char *at = strrchr(account, '@');
    const char *colon = strchr(account, ':');
    if (at == NULL || colon == NULL || colon > at)
        return (struct bytes){ NULL, 0 };
    return slice(colon + 1, at);
}

void uri_print_redacted(const char *text, struct buf *out)
{
    struct bytes password = uri_password(text);
    if (password.data == NULL) {
        buf_str(out, text);
        return;
    }
    const char *after = (const char *)password.data + password.len;
    buf_append(out, text, (size_t)((const char *)password.data - text));
    buf_printf(out, "***%s", after);
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    int lower = tolower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* The text with %XX decoded, in the arena; NULL when a % is not followed by two hex digits, or when
 * a zero byte is meant. */
static char *decode(struct arena *arena, struct bytes text)
{
    char *out = arena_alloc(arena, text.len + 1);
    char *end = out;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] != '%') {
            *end++ = (char)text.data[i];
            continue;
        }
        int high = i + 2 < text.len ? hex_digit(text.data[i + 1]) : -1;
        int low = i + 2 < text.len ? hex_digit(text.data[i + 2]) : -1;
        if (high < 0 || low < 0 || high + low == 0)
            return NULL;
        *end++ = (char)(high << 4 | low);
        i += 2;
    }
    return out;
}

static bool decode_account(struct bytes account, struct arena *arena, struct uri *out,
                           struct err *err)
{
    if (account.data == NULL)
        return true;
    const uint8_t *colon = memchr(account.data, ':', account.len);
    size_t user_len = colon != NULL ? (size_t)(colon - account.data) : account.len;
    out->user = decode(arena, bytes_of(account.data, user_len));
    if (colon != NULL)
        out->password = decode(arena, bytes_of(colon + 1, account.len - user_len - 1));
    if (out->user == NULL || (colon != NULL && out->password == NULL))
        return err_set(err, ERR_CONFIG,
                       "user or password: a %% must be written as %%25, other special characters "
                       "as %% and two hex digits");
    return true;
}

static bool decode_port(struct bytes text, struct arena *arena, struct uri *out, struct err *err)
{
    uint64_t port;
    const char *digits = arena_strn(arena, text.data, text.len);
    if (!number_parse(digits, &port) || port == 0 || port > UINT16_MAX)
        return err_set(err, ERR_CONFIG, "what follows the host's : is not a port (1 to 65535)");
    out->port = (uint16_t)port;
    return true;
}

static bool decode_place(struct bytes place, struct arena *arena, struct uri *out, struct err *err)
{
    const uint8_t *end = place.data + place.len;
    if (place.len >= 2 && place.data[0] == '(' && end[-1] == ')')
        place = bytes_of(place.data + 1, place.len - 2);
    else if (place.len >= 1 && place.data[0] == '[') {
        const uint8_t *close = memchr(place.data, ']', place.len);
        if (close == NULL || (close + 1 < end && close[1] != ':'))
            return err_set(err, ERR_CONFIG, "an IPv6 address is written [::1] or [::1]:3306");
        out->host = decode(arena, bytes_of(place.data + 1, (size_t)(close - place.data - 1)));
        return close + 1 == end ||
               decode_port(bytes_of(close + 2, (size_t)(end - close - 2)), arena, out, err);
    }
    const uint8_t *colon = place.len > 0 ? memchr(place.data, ':', place.len) : NULL;
    size_t host_len = colon != NULL ? (size_t)(colon - place.data) : place.len;
    const char *host = decode(arena, bytes_of(place.data, host_len));
    if (host == NULL)
        return err_set(err, ERR_CONFIG, "host: %% must be followed by two hex digits");
    if (host[0] == '/') {
        out->socket = host;
        return colon == NULL || err_set(err, ERR_CONFIG, "a socket has no port");
    }
    out->host = host[0] != 0 ? host : NULL;
    return colon == NULL ||
           decode_port(bytes_of(colon + 1, (size_t)(end - colon - 1)), arena, out, err);
}

static bool add_parameter(struct bytes text, struct arena *arena, struct uri *out, struct err *err)
{
    const uint8_t *equals = text.len > 0 ? memchr(text.data, '=', text.len) : NULL;
    if (equals == NULL || equals == text.data)
        return err_set(err, ERR_CONFIG, "a parameter is written key=value, not \"%.*s\"",
                       (int)text.len, (const char *)text.data);
    size_t key_len = (size_t)(equals - text.data);
    char *key = decode(arena, bytes_of(text.data, key_len));
    const char *value = decode(arena, bytes_of(equals + 1, text.len - key_len - 1));
    if (key == NULL || value == NULL)
        return err_set(err, ERR_CONFIG, "parameter %.*s: %% must be followed by two hex digits",
                       (int)key_len, (const char *)text.data);
    for (char *p = key; *p != 0; p++)
        *p = *p == '_' ? '-' : (char)tolower((unsigned char)*p);
    for (unsigned i = 0; i < out->parameter_count; i++)
        if (strcmp(out->parameters[i].key, key) == 0)
            return err_set(err, ERR_CONFIG, "parameter %s stands twice", key);
    if (out->parameter_count == URI_PARAMETERS_MAX)
        return err_set(err, ERR_CONFIG, "more than %d parameters", URI_PARAMETERS_MAX);
    out->parameters[out->parameter_count++] = (struct uri_parameter){ key, value };
    return true;
}

static bool decode_parameters(struct bytes text, struct arena *arena, struct uri *out,
                              struct err *err)
{
    while (text.len > 0) {
        const uint8_t *ampersand = memchr(text.data, '&', text.len);
        size_t len = ampersand != NULL ? (size_t)(ampersand - text.data) : text.len;
        if (!add_parameter(bytes_of(text.data, len), arena, out, err))
            return false;
        size_t used = ampersand != NULL ? len + 1 : len;
        text = bytes_of(text.data + used, text.len - used);
    }
    return true;
}

/* An @ left over shows that a password was cut in the wrong place: nothing of it may be printed. */
static bool has_at(struct bytes text)
{
    return text.len > 0 && memchr(text.data, '@', text.len) != NULL;
}

bool uri_parse(const char *text, struct arena *arena, struct uri *out, struct err *err)
{
    struct parts parts;
    struct uri uri = { 0 };
    if (strlen(text) > URI_MAX_BYTES)
        return err_set(err, ERR_CONFIG, "a URI has at most %d bytes", URI_MAX_BYTES);
    if (!split(text, &parts))
        return err_set(err, ERR_CONFIG,
                       "a source is written mysql://USER@HOST:PORT/ (or "
                       "mariadb://…)");
    if (has_at(parts.place) || has_at(parts.database) || has_at(parts.parameters))
        return err_set(err, ERR_CONFIG,
                       "an @ / ? or # in user, password or parameters must be written as %%40 "
                       "%%2F %%3F %%23");
    if (!decode_account(parts.account, arena, &uri, err) ||
        !decode_place(parts.place, arena, &uri, err) ||
        !decode_parameters(parts.parameters, arena, &uri, err))
        return false;
    if (parts.database.len > 0)
        return err_set(err, ERR_CONFIG,
                       "\"%.*s\": a source has no database; a replica follows the whole server, "
                       "--include=%.*s.* chooses from it",
                       (int)parts.database.len, (const char *)parts.database.data,
                       (int)parts.database.len, (const char *)parts.database.data);
    *out = uri;
    return true;
}
