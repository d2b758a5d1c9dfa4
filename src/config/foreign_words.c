/* foreign_words.c - see foreign_words.h and foreign_words.def. */
// SPDX-License-Identifier: Apache-2.0
#include "config/foreign_words.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define NO_VALUE NULL
#define VALUE    ""

struct foreign {
    char letter;
    const char *name;
    const char *value; /* NO_VALUE, VALUE, or the only one */
    const char *option, *form, *sentence;
};

static const struct foreign rows[] = {
#define FOREIGN(letter, name, value, option, form, sentence)                                       \
    { letter, name, value, option, form, sentence },
#include "config/foreign_words.def"
#undef FOREIGN
};

/* The row, and the value that stands in the word itself (NULL: none). */
static const struct foreign *find(const char *word, const char **value)
{
    bool is_long = word[1] == '-';
    size_t len = strcspn(word + 2, "=");
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        const struct foreign *row = &rows[i];
        bool same_name =
            is_long && strlen(row->name) == len && strncmp(word + 2, row->name, len) == 0;
        bool same_letter = !is_long && row->letter != 0 && word[1] == row->letter;
        if (!same_name && !same_letter)
            continue;
        const char *rest = is_long ? word + 2 + len + (word[2 + len] == '=') : word + 2;
        *value = *rest != 0 ? rest : NULL;
        return row;
    }
    return NULL;
}

static bool apply(struct options *options, const struct foreign *row, const char *value,
                  struct err *err)
{
    struct origin origin = { .rank = ORIGIN_ARGUMENT };
    char text[1024];
    if (row->sentence != NULL)
        return err_set(err, ERR_CONFIG, "--%s is not done here: %s", row->name, row->sentence);
    if (row->value != NULL && value == NULL)
        return err_set(err, ERR_CONFIG, "--%s wants a value", row->name);
    if (row->value != NULL && row->value[0] != 0 && strcasecmp(row->value, value) != 0)
        return err_set(err, ERR_CONFIG,
                       "--%s=%s is not done here: rows are shown in words, as with %s; BINLOG "
                       "statements are --format=sql",
                       row->name, value, row->value);
    if (row->option == NULL)
        return true;
    bool takes_value = strstr(row->form, "%s") != NULL;
    snprintf(text, sizeof text, "%s%s", takes_value && value != NULL ? value : "",
             takes_value ? strstr(row->form, "%s") + 2 : row->form);
    return option_set(options, option_find(row->option), text, origin, err) ||
           err_wrap(err, "--%s", row->name);
}

bool foreign_word_read(struct options *options, const struct foreign_request *request,
                       bool *takes_next, bool *ok, struct err *err)
{
    const char *value = NULL;
    const struct foreign *row =
        strcmp(request->command, "cat") == 0 ? find(request->word, &value) : NULL;
    if (row == NULL)
        return false;
    *takes_next = row->value != NULL && value == NULL && request->next != NULL;
    *ok = apply(options, row, *takes_next ? request->next : value, err);
    return true;
}
