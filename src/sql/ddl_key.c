/* ddl_key.c - keys, foreign keys and checks, as table elements and as CREATE INDEX writes them. */
// SPDX-License-Identifier: Apache-2.0
#include "sql/ddl_grammar.h"

struct key_def *key_new(struct parser *p, enum key_kind kind, const char *name)
{
    struct key_def *key = arena_alloc(p->arena, sizeof *key);
    key->kind = kind;
    key->name = arena_str(p->arena, name);
    return key;
}

/* The parts are gathered in a list first: their number is not known ahead. */
struct part_node {
    struct part_node *next;
    struct key_part part;
};

static bool parse_key_column(struct parser *p, struct key_part *part)
{
    uint64_t prefix = 0;
    const char *name = expect_name(p);
    if (name == NULL)
        return false;
    part->column = arena_str(p->arena, name);
    if (accept_punct(p, '(') && (!expect_number(p, &prefix) || !expect_punct(p, ')')))
        return false;
    part->prefix = (uint32_t)prefix;
    return prefix <= UINT32_MAX || parser_stuck(p);
}

static bool parse_key_part(struct parser *p, struct key_part *part)
{
    if (at_punct(p, '(')) {
        part->expression = arena_str(p->arena, expect_parenthesised(p));
        if (part->expression == NULL)
            return false;
    } else if (!parse_key_column(p, part)) {
        return false;
    }
    part->descending = at_word(p, KW_DESC);
    if (at_word(p, KW_DESC) || at_word(p, KW_ASC))
        parser_next(p);
    return true;
}

static void store_parts(struct parser *p, struct key_def *key, const struct part_node *first)
{
    key->parts = arena_alloc(p->arena, key->part_count * sizeof *key->parts);
    for (unsigned i = 0; i < key->part_count; i++, first = first->next)
        key->parts[i] = first->part;
}

bool parse_key_parts(struct parser *p, struct key_def *key)
{
    struct part_node *first = NULL;
    struct part_node **last = &first;
    key->part_count = 0;
    if (!expect_punct(p, '('))
        return false;
    do {
        struct part_node *node = arena_alloc(p->arena, sizeof *node);
        if (key->part_count >= DDL_COLUMN_MAX)
            return parser_refuse(p, "a key has more than %d parts", DDL_COLUMN_MAX);
        if (!parse_key_part(p, &node->part))
            return false;
        if (accept_words(p, KW_WITHOUT, KW_OVERLAPS)) {
            key->without_overlaps = true; /* the period, not a column */
            continue;
        }
        *last = node;
        last = &node->next;
        key->part_count++;
    } while (accept_punct(p, ','));
    if (key->part_count == 0)
        return parser_stuck(p);
    store_parts(p, key, first);
    return expect_punct(p, ')');
}

/* USING BTREE, TYPE BTREE */
static bool parse_key_type(struct parser *p, bool *found)
{
    *found = accept_word(p, KW_USING);
    if (!*found)
        return true;
    return expect_name(p) != NULL;
}

/* name = value, name value: storage details that change nothing here. */
static bool parse_key_detail(struct parser *p)
{
    parser_next(p);
    (void)accept_punct(p, '=');
    if (p->token.kind == TOKEN_STRING)
        return expect_string(p) != NULL;
    if (p->token.kind == TOKEN_END || p->token.kind == TOKEN_BAD || p->token.kind == TOKEN_PUNCT)
        return parser_stuck(p);
    parser_next(p);
    return true;
}

static bool at_key_detail(const struct parser *p)
{
    struct token next = parser_peek(p, 1);
    bool assigned = at_name(p) && next.kind == TOKEN_PUNCT && next.punct == '=';
    return assigned || at_word(p, KW_KEY_BLOCK_SIZE) || at_word(p, KW_COMMENT) ||
           at_word(p, KW_ENGINE_ATTRIBUTE) || at_word(p, KW_SECONDARY_ENGINE_ATTRIBUTE);
}

bool parse_key_options(struct parser *p, struct key_def *key)
{
    while (!p->failed) {
        bool using = false;
        if (!parse_key_type(p, &using))
            return false;
        if (using)
            continue;
        if (accept_word(p, KW_INVISIBLE) || accept_word(p, KW_IGNORED)) {
            key->invisible = true;
        } else if (accept_word(p, KW_VISIBLE) || accept_words(p, KW_NOT, KW_IGNORED)) {
            key->invisible = false;
        } else if (accept_words(p, KW_WITH, KW_PARSER)) {
            (void)expect_name(p);
        } else if (!at_key_detail(p)) {
            return true;
        } else if (!parse_key_detail(p)) {
            return false;
        }
    }
    return false;
}

/* [name] [USING type] (parts) options */
static bool parse_key_body(struct parser *p, struct key_def *key, bool keep_name)
{
    if (!at_punct(p, '(') && !at_word(p, KW_USING)) {
        const char *name = expect_name(p);
        if (keep_name)
            key->name = arena_str(p->arena, name);
    }
    bool using;
    return !p->failed && parse_key_type(p, &using) && parse_key_parts(p, key) &&
           parse_key_options(p, key);
}

static bool parse_key(struct parser *p, struct ddl_step *step, enum key_kind kind, const char *name)
{
    struct ddl_item *item = parser_item(p, step, ITEM_ADD_KEY);
    if (item == NULL)
        return false;
    item->if_exists = parse_if_not_exists(p);
    item->key = key_new(p, kind, kind == KEY_PRIMARY ? "PRIMARY" : name);
    return parse_key_body(p, item->key, kind != KEY_PRIMARY);
}

/* (a, b): names only. */
static bool parse_names(struct parser *p, char ***names, unsigned *count)
{
    struct key_def list = { .part_count = 0 };
    if (!parse_key_parts(p, &list))
        return false;
    char **out = arena_alloc(p->arena, list.part_count * sizeof *out);
    for (unsigned i = 0; i < list.part_count; i++) {
        if (list.parts[i].column == NULL)
            return parser_stuck(p);
        out[i] = list.parts[i].column;
    }
    *names = out;
    *count = list.part_count;
    return true;
}

static bool parse_fk_action(struct parser *p, enum fk_action *action)
{
    if (accept_word(p, KW_RESTRICT))
        *action = FK_RESTRICT;
    else if (accept_word(p, KW_CASCADE))
        *action = FK_CASCADE;
    else if (accept_words(p, KW_SET, KW_NULL))
        *action = FK_SET_NULL;
    else if (accept_words(p, KW_SET, KW_DEFAULT))
        *action = FK_SET_DEFAULT;
    else if (accept_words(p, KW_NO, KW_ACTION))
        *action = FK_NO_ACTION;
    else
        return parser_stuck(p);
    return true;
}

/* Each server shows its own default as nothing: MySQL NO ACTION, MariaDB RESTRICT. */
bool parse_references(struct parser *p, struct fk_def *fk)
{
    const char *db;
    const char *table;
    fk->on_delete = p->ddl->session.flavour == FLAVOUR_MYSQL ? FK_NO_ACTION : FK_RESTRICT;
    fk->on_update = fk->on_delete;
    if (!expect_table(p, &db, &table))
        return false;
    fk->parent_db = arena_str(p->arena, db);
    fk->parent_table = arena_str(p->arena, table);
    if (at_punct(p, '(') && !parse_names(p, &fk->parent_columns, &fk->parent_column_count))
        return false;
    if (accept_word(p, KW_MATCH))
        parser_next(p); /* FULL, PARTIAL, SIMPLE: no server acts on it */
    while (accept_word(p, KW_ON)) {
        bool deletes = accept_word(p, KW_DELETE);
        if (!deletes && !expect_word(p, KW_UPDATE))
            return false;
        if (!parse_fk_action(p, deletes ? &fk->on_delete : &fk->on_update))
            return false;
    }
    return true;
}

/* Behind FOREIGN KEY. */
static bool parse_fk(struct parser *p, struct ddl_step *step, const char *name)
{
    struct ddl_item *item = parser_item(p, step, ITEM_ADD_FK);
    if (item == NULL)
        return false;
    item->if_exists = parse_if_not_exists(p);
    item->fk = arena_alloc(p->arena, sizeof *item->fk);
    item->fk->name = arena_str(p->arena, name);
    if (!at_punct(p, '('))
        item->name = expect_name(p);
    return !p->failed && parse_names(p, &item->fk->columns, &item->fk->column_count) &&
           expect_word(p, KW_REFERENCES) && parse_references(p, item->fk);
}

bool parse_check(struct parser *p, struct ddl_step *step, const char *name, const char *column)
{
    const char *text = expect_parenthesised(p);
    struct ddl_item *item = text == NULL ? NULL : parser_item(p, step, ITEM_ADD_CHECK);
    if (item == NULL)
        return false;
    item->name = column;
    item->check = arena_alloc(p->arena, sizeof *item->check);
    item->check->name = arena_str(p->arena, name);
    item->check->expression = arena_str(p->arena, text);
    item->check->enforced = !accept_words(p, KW_NOT, KW_ENFORCED);
    if (item->check->enforced)
        (void)accept_word(p, KW_ENFORCED);
    return true;
}

static bool accept_key_word(struct parser *p)
{
    return accept_word(p, KW_KEY) || accept_word(p, KW_INDEX);
}

static bool at_vector_key(const struct parser *p)
{
    struct token next = parser_peek(p, 1);
    return at_word(p, KW_VECTOR) && next.kind == TOKEN_WORD &&
           (next.keyword == KW_KEY || next.keyword == KW_INDEX);
}

bool at_key_or_constraint(const struct parser *p)
{
    static const enum keyword heads[] = { KW_CONSTRAINT, KW_PRIMARY, KW_UNIQUE,  KW_KEY,  KW_INDEX,
                                          KW_FULLTEXT,   KW_SPATIAL, KW_FOREIGN, KW_CHECK };
    for (size_t i = 0; i < ARRAY_COUNT(heads); i++)
        if (at_word(p, heads[i]))
            return true;
    return at_vector_key(p);
}

bool parse_key_or_constraint(struct parser *p, struct ddl_step *step)
{
    const char *name = NULL;
    if (accept_word(p, KW_CONSTRAINT)) {
        (void)parse_if_not_exists(p);
        if (at_name(p))
            name = expect_name(p);
    }
    if (accept_words(p, KW_PRIMARY, KW_KEY))
        return parse_key(p, step, KEY_PRIMARY, NULL);
    if (accept_words(p, KW_FOREIGN, KW_KEY))
        return parse_fk(p, step, name);
    if (accept_word(p, KW_CHECK))
        return parse_check(p, step, name, NULL);
    enum key_kind kind = KEY_PLAIN;
    if (accept_word(p, KW_UNIQUE))
        kind = KEY_UNIQUE;
    else if (accept_word(p, KW_FULLTEXT))
        kind = KEY_FULLTEXT;
    else if (accept_word(p, KW_SPATIAL))
        kind = KEY_SPATIAL;
    else if (accept_word(p, KW_VECTOR))
        kind = KEY_VECTOR;
    if (!accept_key_word(p) && kind == KEY_PLAIN)
        return parser_stuck(p);
    return parse_key(p, step, kind, name);
}

/* CREATE [ONLINE] [UNIQUE|FULLTEXT|SPATIAL|VECTOR] INDEX: behind the word before INDEX. */
static enum key_kind parse_index_kind(struct parser *p)
{
    if (accept_word(p, KW_UNIQUE))
        return KEY_UNIQUE;
    if (accept_word(p, KW_FULLTEXT))
        return KEY_FULLTEXT;
    if (accept_word(p, KW_SPATIAL))
        return KEY_SPATIAL;
    return accept_word(p, KW_VECTOR) ? KEY_VECTOR : KEY_PLAIN;
}

/* ALGORITHM=…, LOCK=…, WAIT n, NOWAIT: how the source did it. */
static bool parse_index_how(struct parser *p)
{
    while (!p->failed && !parser_at_end(p)) {
        if (accept_word(p, KW_NOWAIT))
            continue;
        if (!accept_word(p, KW_ALGORITHM) && !accept_word(p, KW_LOCK) && !accept_word(p, KW_WAIT))
            return parser_stuck(p);
        (void)accept_punct(p, '=');
        parser_next(p);
    }
    return !p->failed;
}

bool parse_create_index(struct parser *p)
{
    struct ddl_step *step = parser_step(p, STEP_ALTER_TABLE);
    struct ddl_item *item = step == NULL ? NULL : parser_item(p, step, ITEM_ADD_KEY);
    if (item == NULL)
        return false;
    enum key_kind kind = parse_index_kind(p);
    if (!expect_word(p, KW_INDEX))
        return false;
    item->if_exists = parse_if_not_exists(p);
    item->key = key_new(p, kind, expect_name(p));
    bool using;
    return !p->failed && parse_key_type(p, &using) && expect_word(p, KW_ON) &&
           expect_table(p, &step->db, &step->table) && parse_key_parts(p, item->key) &&
           parse_key_options(p, item->key) && parse_index_how(p);
}

bool parse_drop_index(struct parser *p)
{
    struct ddl_step *step = parser_step(p, STEP_ALTER_TABLE);
    struct ddl_item *item = step == NULL ? NULL : parser_item(p, step, ITEM_DROP_KEY);
    if (item == NULL)
        return false;
    item->if_exists = parse_if_exists(p);
    item->name = expect_name(p);
    return item->name != NULL && expect_word(p, KW_ON) &&
           expect_table(p, &step->db, &step->table) && parse_index_how(p);
}
