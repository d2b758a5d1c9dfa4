/* ddl_column.c - one column: its name, its type, and its attributes in any order. */
// SPDX-License-Identifier: Apache-2.0
#include "sql/ddl_grammar.h"

struct attribute_context {
    struct column_spec *spec;
    struct ddl_step *step;
};

/* Behind the attribute's first word. */
typedef bool attribute_fn(struct parser *p, struct attribute_context *c);

struct column_spec *column_spec_new(struct parser *p, const char *name)
{
    struct column_spec *spec = arena_alloc(p->arena, sizeof *spec);
    spec->def.name = arena_str(p->arena, name);
    spec->def.nullable = true;
    return spec;
}

static bool attr_unsigned(struct parser *p, struct attribute_context *c)
{
    (void)p;
    c->spec->def.is_unsigned = true;
    return true;
}

static bool attr_signed(struct parser *p, struct attribute_context *c)
{
    (void)p;
    (void)c;
    return true;
}

static bool attr_zerofill(struct parser *p, struct attribute_context *c)
{
    (void)p;
    c->spec->def.zerofill = true;
    c->spec->def.is_unsigned = true;
    return true;
}

static bool set_charset(struct parser *p, struct attribute_context *c, const char *charset)
{
    c->spec->def.charset = arena_str(p->arena, charset);
    return true;
}

static bool attr_charset(struct parser *p, struct attribute_context *c)
{
    const char *name = parse_charset_name(p);
    return name != NULL && set_charset(p, c, name);
}

static bool attr_character(struct parser *p, struct attribute_context *c)
{
    return expect_word(p, KW_SET) && attr_charset(p, c);
}

static bool attr_ascii(struct parser *p, struct attribute_context *c)
{
    return set_charset(p, c, "latin1");
}

static bool attr_unicode(struct parser *p, struct attribute_context *c)
{
    return set_charset(p, c, "ucs2");
}

static bool attr_byte(struct parser *p, struct attribute_context *c)
{
    return set_charset(p, c, "binary");
}

static bool attr_binary(struct parser *p, struct attribute_context *c)
{
    (void)p;
    c->spec->binary_collation = true;
    return true;
}

static bool attr_collate(struct parser *p, struct attribute_context *c)
{
    const char *name = parse_charset_name(p);
    c->spec->def.collation = name == NULL ? NULL : arena_str(p->arena, name);
    return name != NULL;
}

/* COMPRESSED, COMPRESSED=zlib */
static bool attr_compressed(struct parser *p, struct attribute_context *c)
{
    c->spec->def.compressed = true;
    return !accept_punct(p, '=') || expect_word_or_string(p) != NULL;
}

static bool attr_not(struct parser *p, struct attribute_context *c)
{
    if (accept_word(p, KW_SECONDARY))
        return true;
    c->spec->not_null_said = true;
    return expect_word(p, KW_NULL);
}

static bool attr_null(struct parser *p, struct attribute_context *c)
{
    (void)p;
    c->spec->null_said = true;
    return true;
}

static bool attr_default(struct parser *p, struct attribute_context *c)
{
    return parse_default(p, c->spec);
}

static bool attr_on(struct parser *p, struct attribute_context *c)
{
    uint64_t digits;
    c->spec->def.on_update_now = true;
    return expect_word(p, KW_UPDATE) && parse_now(p, &digits);
}

static bool attr_auto_increment(struct parser *p, struct attribute_context *c)
{
    (void)p;
    c->spec->def.auto_increment = true;
    c->spec->not_null_said = true;
    return true;
}

/* SERIAL DEFAULT VALUE */
static bool attr_serial(struct parser *p, struct attribute_context *c)
{
    c->spec->is_unique = true;
    return expect_word(p, KW_DEFAULT) && expect_word(p, KW_VALUE) && attr_auto_increment(p, c);
}

static bool attr_as(struct parser *p, struct attribute_context *c)
{
    if (accept_word(p, KW_ROW)) {
        c->spec->def.row_edge = ROW_EDGE_START;
        if (accept_word(p, KW_START))
            return true;
        c->spec->def.row_edge = ROW_EDGE_END;
        return expect_word(p, KW_END);
    }
    const char *text = expect_parenthesised(p);
    c->spec->def.generated_text = arena_str(p->arena, text);
    c->spec->def.generated = GENERATED_VIRTUAL;
    return text != NULL;
}

static bool attr_generated(struct parser *p, struct attribute_context *c)
{
    return expect_word(p, KW_ALWAYS) && expect_word(p, KW_AS) && attr_as(p, c);
}

static bool attr_virtual(struct parser *p, struct attribute_context *c)
{
    return c->spec->def.generated != GENERATED_NO || parser_stuck(p);
}

static bool attr_stored(struct parser *p, struct attribute_context *c)
{
    if (c->spec->def.generated == GENERATED_NO)
        return parser_stuck(p);
    c->spec->def.generated = GENERATED_STORED;
    return true;
}

static bool attr_visible(struct parser *p, struct attribute_context *c)
{
    (void)p;
    c->spec->def.invisible = false;
    return true;
}

static bool attr_invisible(struct parser *p, struct attribute_context *c)
{
    (void)p;
    c->spec->def.invisible = true;
    return true;
}

static bool attr_comment(struct parser *p, struct attribute_context *c)
{
    (void)accept_punct(p, '=');
    const char *text = expect_string(p);
    c->spec->def.comment = text == NULL || text[0] == 0 ? NULL : arena_str(p->arena, text);
    return text != NULL;
}

static bool attr_check(struct parser *p, struct attribute_context *c)
{
    return parse_check(p, c->step, NULL, c->spec->def.name);
}

static bool attr_constraint(struct parser *p, struct attribute_context *c)
{
    const char *name = at_word(p, KW_CHECK) ? NULL : expect_name(p);
    return !p->failed && expect_word(p, KW_CHECK) &&
           parse_check(p, c->step, name, c->spec->def.name);
}

enum { INLINE_REFERENCES_SINCE = 90000 }; /* MySQL before it reads and forgets them */

static bool attr_references(struct parser *p, struct attribute_context *c)
{
    struct fk_def *fk = arena_alloc(p->arena, sizeof *fk);
    fk->columns = arena_alloc(p->arena, sizeof *fk->columns);
    fk->columns[0] = c->spec->def.name;
    fk->column_count = 1;
    if (!parse_references(p, fk))
        return false;
    const struct ddl_session *s = &p->ddl->session;
    if (s->flavour == FLAVOUR_MYSQL && s->server_version != 0 &&
        s->server_version < INLINE_REFERENCES_SINCE)
        return true;
    struct ddl_item *item = parser_item(p, c->step, ITEM_ADD_FK);
    if (item != NULL)
        item->fk = fk;
    return item != NULL;
}

static bool attr_word(struct parser *p, struct attribute_context *c)
{
    (void)c;
    (void)accept_punct(p, '=');
    return expect_word_or_string(p) != NULL;
}

static bool attr_key(struct parser *p, struct attribute_context *c)
{
    (void)p;
    c->spec->is_primary = true;
    return true;
}

static bool attr_primary(struct parser *p, struct attribute_context *c)
{
    c->spec->is_primary = true;
    return expect_word(p, KW_KEY);
}

static bool attr_unique(struct parser *p, struct attribute_context *c)
{
    c->spec->is_unique = true;
    (void)accept_word(p, KW_KEY);
    return true;
}

static bool attr_srid(struct parser *p, struct attribute_context *c)
{
    uint64_t srid;
    (void)accept_punct(p, '=');
    if (!expect_number(p, &srid))
        return false;
    if (p->ddl->session.flavour == FLAVOUR_MYSQL) { /* MariaDB keeps it nowhere that it shows */
        c->spec->def.geometry_has_srid = true;
        c->spec->def.srid = (uint32_t)srid;
    }
    return srid <= UINT32_MAX || parser_stuck(p);
}

static bool attr_with(struct parser *p, struct attribute_context *c)
{
    (void)c;
    return expect_word(p, KW_SYSTEM) && expect_word(p, KW_VERSIONING);
}

static bool attr_without(struct parser *p, struct attribute_context *c)
{
    c->spec->def.unversioned = true;
    return attr_with(p, c);
}

static const struct attribute {
    enum keyword first;
    attribute_fn *parse;
} attributes[] = {
    { KW_UNSIGNED, attr_unsigned },
    { KW_SIGNED, attr_signed },
    { KW_ZEROFILL, attr_zerofill },
    { KW_CHARACTER, attr_character },
    { KW_CHAR, attr_character },
    { KW_CHARSET, attr_charset },
    { KW_ASCII, attr_ascii },
    { KW_UNICODE, attr_unicode },
    { KW_BYTE, attr_byte },
    { KW_BINARY, attr_binary },
    { KW_COLLATE, attr_collate },
    { KW_COMPRESSED, attr_compressed },
    { KW_NOT, attr_not },
    { KW_NULL, attr_null },
    { KW_DEFAULT, attr_default },
    { KW_ON, attr_on },
    { KW_AUTO_INCREMENT, attr_auto_increment },
    { KW_SERIAL, attr_serial },
    { KW_GENERATED, attr_generated },
    { KW_AS, attr_as },
    { KW_VIRTUAL, attr_virtual },
    { KW_STORED, attr_stored },
    { KW_PERSISTENT, attr_stored },
    { KW_VISIBLE, attr_visible },
    { KW_INVISIBLE, attr_invisible },
    { KW_COMMENT, attr_comment },
    { KW_CHECK, attr_check },
    { KW_CONSTRAINT, attr_constraint },
    { KW_REFERENCES, attr_references },
    { KW_COLUMN_FORMAT, attr_word },
    { KW_STORAGE, attr_word },
    { KW_ENGINE_ATTRIBUTE, attr_word },
    { KW_SECONDARY_ENGINE_ATTRIBUTE, attr_word },
    { KW_KEY, attr_key },
    { KW_PRIMARY, attr_primary },
    { KW_UNIQUE, attr_unique },
    { KW_SRID, attr_srid },
    { KW_REF_SYSTEM_ID, attr_srid },
    { KW_WITH, attr_with },
    { KW_WITHOUT, attr_without },
};

static attribute_fn *find_attribute(const struct parser *p)
{
    for (size_t i = 0; i < ARRAY_COUNT(attributes); i++)
        if (at_word(p, attributes[i].first))
            return attributes[i].parse;
    return NULL;
}

/* An attribute of a storage engine, in MariaDB: name = value. */
static bool at_engine_attribute(const struct parser *p)
{
    struct token next = parser_peek(p, 1);
    return at_name(p) && next.kind == TOKEN_PUNCT && next.punct == '=';
}

static bool parse_engine_attribute(struct parser *p)
{
    parser_next(p);
    parser_next(p);
    if (p->token.kind == TOKEN_END || p->token.kind == TOKEN_BAD || p->token.kind == TOKEN_PUNCT)
        return parser_stuck(p);
    parser_next(p);
    return true;
}

static bool parse_attributes(struct parser *p, struct attribute_context *c)
{
    while (!p->failed) {
        attribute_fn *parse = find_attribute(p);
        if (parse != NULL) {
            parser_next(p);
            if (!parse(p, c))
                return false;
        } else if (!at_engine_attribute(p)) {
            return true;
        } else if (!parse_engine_attribute(p)) {
            return false;
        }
    }
    return false;
}

static bool add_inline_key(struct parser *p, struct attribute_context *c, enum key_kind kind)
{
    struct ddl_item *item = parser_item(p, c->step, ITEM_ADD_KEY);
    if (item == NULL)
        return false;
    item->key = key_new(p, kind, kind == KEY_PRIMARY ? "PRIMARY" : NULL);
    item->key->parts = arena_alloc(p->arena, sizeof *item->key->parts);
    item->key->parts[0].column = c->spec->def.name;
    item->key->part_count = 1;
    return true;
}

/* MariaDB's JSON is a text with a check, unless the column has a check of its own. */
static bool add_json_check(struct parser *p, struct ddl_step *step, const struct ddl_item *item)
{
    if (!item->column->is_json_alias)
        return true;
    for (const struct ddl_item *inner = item->next; inner != NULL; inner = inner->next)
        if (inner->kind == ITEM_ADD_CHECK)
            return true;
    struct ddl_item *check = parser_item(p, step, ITEM_ADD_CHECK);
    if (check == NULL)
        return false;
    buf_reset(&p->text);
    buf_str(&p->text, "json_valid(");
    sql_quote_name(item->column->def.name, &p->text);
    buf_u8(&p->text, ')');
    check->name = item->column->def.name;
    check->check = arena_alloc(p->arena, sizeof *check->check);
    check->check->expression = arena_strn(p->arena, p->text.data, p->text.len);
    check->check->enforced = true;
    return true;
}

struct ddl_item *parse_column(struct parser *p, struct ddl_step *step, enum item_kind kind)
{
    const char *name = expect_name(p);
    struct ddl_item *item = name == NULL ? NULL : parser_item(p, step, kind);
    if (item == NULL)
        return NULL;
    item->column = column_spec_new(p, name);
    struct attribute_context c = { item->column, step };
    if (!parse_type(p, item->column) || !parse_attributes(p, &c) || !add_json_check(p, step, item))
        return NULL;
    if (item->column->is_primary && !add_inline_key(p, &c, KEY_PRIMARY))
        return NULL;
    if (item->column->is_unique && !add_inline_key(p, &c, KEY_UNIQUE))
        return NULL;
    for (struct ddl_item *inner = item->next; inner != NULL; inner = inner->next)
        inner->within = item;
    return item;
}
