/* typing.c - which type results have: MySQL's rules for numbers, texts and mixtures of both. */
// SPDX-License-Identifier: Apache-2.0
#include <strings.h>
#include "engine/sqlite/query/call.h"
#include "sql/charset.h"

enum { REAL_WIDTH = 23, INT_DIGITS_MAX = 20 };

struct typed typed_int(unsigned digits, bool is_nullable)
{
    return (struct typed){ .rep = REP_INT, .digits = (uint8_t)digits, .is_nullable = is_nullable };
}

struct typed typed_real(void)
{
    return (struct typed){ .rep = REP_REAL, .is_nullable = true };
}

struct typed typed_bool(void)
{
    struct typed typed = typed_int(1, true);
    typed.is_boolean = true;
    return typed;
}

struct typed typed_decimal(unsigned digits, unsigned scale)
{
    if (digits > NUMBER_DIGITS_MAX)
        digits = NUMBER_DIGITS_MAX;
    return (struct typed){
        .rep = REP_DECIMAL, .is_nullable = true, .digits = (uint8_t)digits, .scale = (uint8_t)scale
    };
}

size_t text_characters(struct bytes text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++)
        n += (text.data[i] & 0xc0) != 0x80;
    return n;
}

void number_shape(const struct typed *typed, unsigned *digits, unsigned *scale)
{
    *digits = typed->digits > 0 ? typed->digits : NUMBER_DIGITS_MAX;
    *scale = typed->rep == REP_INT ? 0 : typed->scale;
    if (typed->rep == REP_DECIMAL && typed->column != NULL)
        *digits = typed->column->precision;
    if (typed->rep == REP_DATE)
        *digits = 8;
    if (typed->rep == REP_TIME || typed->rep == REP_DATETIME)
        *digits = (typed->rep == REP_TIME ? 7u : 14u) + typed->scale;
}

uint32_t text_length(const struct typed *typed)
{
    unsigned digits, scale;
    switch (typed->rep) {
    case REP_TEXT:
    case REP_BYTES:
        if (typed->column != NULL &&
            (typed->column->type == SQL_ENUM || typed->column->type == SQL_SET))
            return 255;
        return typed->column != NULL && typed->length == 0 ? 65535 : typed->length;
    case REP_REAL:
        return REAL_WIDTH;
    case REP_DATE:
        return 10;
    case REP_TIME:
        return 10 + (typed->scale > 0 ? typed->scale + 1u : 0);
    case REP_DATETIME:
        return 19 + (typed->scale > 0 ? typed->scale + 1u : 0);
    case REP_INT:
    case REP_DECIMAL:
        number_shape(typed, &digits, &scale);
        return digits + 1 + (scale > 0);
    case REP_NULL:
    case REP_COUNT:
        break;
    }
    return 0;
}

bool check_printable(struct compiler *c, const struct typed *typed)
{
    const struct column_def *column = typed->column;
    bool is_special = column != NULL &&
                      (column->type == SQL_BIT || (column->type != SQL_FLOAT && column->zerofill &&
                                                   storage_form_of(column) != FORM_INTEGER &&
                                                   storage_form_of(column) != FORM_BIG_UNSIGNED));
    return !is_special ||
           compile_refuse(c, "BIT columns, and DECIMAL and DOUBLE with ZEROFILL, among texts");
}

static bool is_mariadb(const struct compiler *c)
{
    return c->connection->engine->flavour == FLAVOUR_MARIADB;
}

void bit_as_number(struct compiler *c, struct typed *typed)
{
    if (typed->column != NULL && typed->column->type == SQL_BIT && is_mariadb(c))
        typed->column = NULL;
}

/* Among others a column is shown as their common type is: YEAR and ZEROFILL without zeros in front.
 * In MySQL that depends on the function. */
static bool check_plain(struct compiler *c, const struct typed *typed)
{
    const struct column_def *column = typed->column;
    if (column == NULL)
        return true;
    bool is_filled = column->zerofill && (!is_mariadb(c) || typed->rep == REP_REAL);
    if (is_filled || (column->type == SQL_BIT && !is_mariadb(c)))
        return compile_refuse(c, "BIT and ZEROFILL columns in CASE");
    bool is_shaped = typed->rep == REP_REAL && column->precision > 0;
    return !is_shaped || compile_refuse(c, "FLOAT(m,d) and DOUBLE(m,d) in CASE");
}

bool is_shown_otherwise(const struct typed *typed)
{
    const struct column_def *column = typed->column;
    return column != NULL &&
           (column->type == SQL_YEAR || column->type == SQL_BIT || column->zerofill);
}

bool number_rep(struct compiler *c, const struct typed *typed, enum rep *out)
{
    const struct column_def *column = typed->column;
    if (column != NULL &&
        (column->type == SQL_ENUM || column->type == SQL_SET || column->type == SQL_JSON ||
         column->type == SQL_UUID || column->type == SQL_INET4 || column->type == SQL_INET6))
        return compile_refuse(c, "arithmetic on ENUM, SET, JSON, UUID and INET");
    if (typed->rep == REP_BYTES || typed->is_json)
        return compile_refuse(c, "arithmetic on bytes and JSON");
    *out = typed->rep;
    if (typed->rep == REP_TEXT || typed->rep == REP_NULL)
        *out = REP_REAL;
    else if (typed->rep >= REP_DATE)
        *out = typed->scale > 0 ? REP_DECIMAL : REP_INT;
    return true;
}

/* ---- collations ---- */

static uint8_t coercion_of(const struct typed *t)
{
    if (t->coercion != COERCE_UNKNOWN)
        return t->coercion;
    if (t->rep != REP_TEXT)
        return COERCE_NUMBER;
    return t->column != NULL ? COERCE_COLUMN : COERCE_LITERAL;
}

static bool is_bin(const char *collation)
{
    size_t len = strlen(collation);
    return len > 4 && strcasecmp(collation + len - 4, "_bin") == 0;
}

static bool is_utf8(const char *collation)
{
    return strncasecmp(collation, "utf8", 4) == 0;
}

static bool is_utf8mb4(const char *collation)
{
    return strncasecmp(collation, "utf8mb4", 7) == 0;
}

/* utf8mb3 is a part of utf8mb4. */
static bool same_charset(const char *a, const char *b)
{
    return (is_utf8(a) && is_utf8(b)) || charset_by_collation(a) == charset_by_collation(b);
}

static bool is_ascii_constant(const struct typed *t)
{
    if (!t->is_constant || (t->value.kind != VALUE_TEXT && t->value.kind != VALUE_NULL))
        return t->rep != REP_TEXT;
    for (size_t i = 0; t->value.kind == VALUE_TEXT && i < t->value.bytes.len; i++)
        if (t->value.bytes.data[i] >= 0x80)
            return false;
    return true;
}

static bool mixed(struct compiler *c, const char *a, const char *b)
{
    return compile_fail(c, PROBLEM_COLLATION_MIX, "Illegal mix of collations (%s) and (%s)", a, b);
}

bool merge_collations(struct compiler *c, const struct typed *a, const struct typed *b,
                      const char **collation, uint8_t *coercion)
{
    uint8_t left = coercion_of(a), right = coercion_of(b);
    const struct typed *wins = left <= right ? a : b, *other = wins == a ? b : a;
    *coercion = left <= right ? left : right;
    *collation =
        wins->rep == REP_TEXT && wins->collation != NULL ? wins->collation : c->session->collation;
    if (other->rep != REP_TEXT || wins->rep != REP_TEXT || other->collation == NULL ||
        strcasecmp(*collation, other->collation) == 0)
        return true;
    if (left == right && !same_charset(*collation, other->collation))
        return compile_refuse(c, "mixing texts of different character sets");
    if (left == right && *coercion == COERCE_EXPLICIT)
        return mixed(c, *collation, other->collation);
    if (left == right && is_utf8mb4(*collation) != is_utf8mb4(other->collation)) {
        *collation = is_utf8mb4(*collation) ? *collation : other->collation;
        return true;
    }
    if (left == right && (is_bin(*collation) || is_bin(other->collation))) {
        *collation = is_bin(*collation) ? *collation : other->collation;
        return true;
    }
    if (left == right)
        return mixed(c, *collation, other->collation);
    if (same_charset(*collation, other->collation) || is_ascii_constant(other))
        return true;
    return compile_refuse(c, "mixing texts of different character sets");
}

/* ---- a type for both ---- */

static void merge_integers(const struct typed *a, const struct typed *b, struct typed *out)
{
    unsigned most = a->digits > b->digits ? a->digits : b->digits;
    bool is_large = (a->is_unsigned && a->digits >= INT_DIGITS_MAX - 1) ||
                    (b->is_unsigned && b->digits >= INT_DIGITS_MAX - 1);
    *out = typed_int(most, false);
    out->is_unsigned = a->is_unsigned && b->is_unsigned;
    if (a->is_unsigned != b->is_unsigned && is_large)
        *out = typed_decimal(INT_DIGITS_MAX, 0);
}

static bool merge_texts(struct compiler *c, const struct typed *a, const struct typed *b,
                        struct typed *out)
{
    *out = (struct typed){ .rep = REP_TEXT };
    if (a->rep == REP_BYTES || b->rep == REP_BYTES)
        out->rep = REP_BYTES;
    else if (!merge_collations(c, a, b, &out->collation, &out->coercion))
        return false;
    uint32_t left = text_length(a), right = text_length(b);
    out->length = left > right ? left : right;
    return true;
}

static bool is_number(const struct typed *t)
{
    return t->rep == REP_INT || t->rep == REP_DECIMAL || t->rep == REP_REAL;
}

/* Whether a FLOAT stays one depends on how wide the other's integers are. */
static bool merge_reals(struct compiler *c, const struct typed *a, const struct typed *b,
                        struct typed *out)
{
    enum { SMALL_DIGITS = 8 };
    *out = typed_real();
    if (!a->is_single && !b->is_single)
        return true;
    const struct typed *other = a->is_single ? b : a;
    bool is_column = other->column != NULL && other->column->type != SQL_BIT;
    bool is_wide = other->is_constant || (is_column && other->column->type == SQL_BIGINT) ||
                   (other->column != NULL && other->column->type == SQL_BIT);
    bool is_known = other->rep != REP_INT || (is_wide ? is_mariadb(c) : is_column);
    out->is_single =
        other->is_single || (other->rep == REP_INT && is_column && other->digits <= SMALL_DIGITS);
    return is_known || compile_refuse(c, "FLOAT and such an integer in CASE");
}

bool merge_types(struct compiler *c, const struct typed *a, const struct typed *b,
                 struct typed *result)
{
    struct typed made = { .rep = REP_NULL }, *out = &made; /* result may be a or b */
    bool is_nullable = a->is_nullable || b->is_nullable;
    bool is_json = (a->is_json || is_null(a)) && (b->is_json || is_null(b));
    unsigned a_digits, a_scale, b_digits, b_scale;
    if (!check_plain(c, a) || !check_plain(c, b))
        return false;
    if (a->rep == REP_NULL || b->rep == REP_NULL) {
        *out = a->rep == REP_NULL ? *b : *a;
        is_nullable = true;
    } else if (a->rep == REP_INT && b->rep == REP_INT) {
        merge_integers(a, b, out);
    } else if (is_number(a) && is_number(b) && (a->rep == REP_REAL || b->rep == REP_REAL)) {
        if (!merge_reals(c, a, b, out))
            return false;
    } else if (is_number(a) && is_number(b)) {
        number_shape(a, &a_digits, &a_scale);
        number_shape(b, &b_digits, &b_scale);
        unsigned scale = a_scale > b_scale ? a_scale : b_scale;
        unsigned whole =
            a_digits - a_scale > b_digits - b_scale ? a_digits - a_scale : b_digits - b_scale;
        *out = typed_decimal(whole + scale, scale);
    } else if (a->rep >= REP_DATE && b->rep >= REP_DATE) {
        if (a->rep != b->rep && (a->rep == REP_TIME || b->rep == REP_TIME))
            return compile_refuse(c, "a TIME where there is also a date");
        *out = (struct typed){ .rep = a->rep == b->rep ? a->rep : REP_DATETIME,
                               .scale = a->scale > b->scale ? a->scale : b->scale };
    } else if (!merge_texts(c, a, b, out)) {
        return false;
    }
    out->is_json = is_json;
    out->is_nullable = is_nullable;
    out->is_constant = false;
    if (out->rep == REP_TEXT && out->coercion == COERCE_UNKNOWN)
        out->coercion = coercion_of(out);
    out->column = NULL;
    out->storage = NULL;
    out->engine_table = NULL;
    *result = made;
    return true;
}
