/* The command line as a whole: what it prints and how it ends, without any server. */
// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"
#include <stdlib.h>
#include <unistd.h>
#include "unit.h"

static char out_text[200000];
static char err_text[20000];

static void slurp(FILE *file, char *text, size_t size)
{
    rewind(file);
    text[fread(text, 1, size - 1, file)] = 0;
    fclose(file);
}

/* Runs binlogd with these words; its exit code. What it printed is in out_text and err_text. */
static int run_words(char **words, char **environment)
{
    char copies[8][256];
    char *argv[9] = { "binlogd" };
    int argc = 1;
    for (; *words != NULL; words++, argc++) {
        snprintf(copies[argc - 1], sizeof copies[0], "%s", *words);
        argv[argc] = copies[argc - 1];
    }
    FILE *out = tmpfile();
    FILE *err = tmpfile();
    fflush(stdout);
    fflush(stderr);
    int saved_out = dup(STDOUT_FILENO);
    int saved_err = dup(STDERR_FILENO);
    dup2(fileno(out), STDOUT_FILENO);
    dup2(fileno(err), STDERR_FILENO);
    int code = cli_main(argc, argv, environment);
    fflush(stdout);
    fflush(stderr);
    dup2(saved_out, STDOUT_FILENO);
    dup2(saved_err, STDERR_FILENO);
    close(saved_out);
    close(saved_err);
    slurp(out, out_text, sizeof out_text);
    slurp(err, err_text, sizeof err_text);
    return code;
}
#define RUN_WORDS(...) run_words((char *[]){ __VA_ARGS__, NULL }, NULL)

static void check_says(const char *text, const char *words)
{
    if (strstr(text, words) == NULL)
        fail_msg("\"%s\" is not in:\n%s", words, text);
}

TEST(cli, without_words_shows_what_there_is)
{
    CHECK(run_words((char *[]){ NULL }, NULL) == CLI_EXIT_USAGE);
    for (unsigned i = 0; i < command_count; i++)
        check_says(err_text, commands[i].name);
    CHECK(RUN_WORDS("--help") == CLI_EXIT_OK);
    check_says(out_text, "binlogd doctor mysql://");
    CHECK(RUN_WORDS("-V") == CLI_EXIT_OK);
    check_says(out_text, "binlogd  Ver ");
}

TEST(cli, an_unknown_command_names_the_nearest)
{
    CHECK(RUN_WORDS("stauts") == CLI_EXIT_USAGE);
    check_says(err_text, "did you mean status?");
    CHECK(RUN_WORDS("help", "stauts") == CLI_EXIT_USAGE);
    CHECK(out_text[0] == 0);
}

TEST(help, of_each_command_starts_with_examples_and_ends_with_values)
{
    for (unsigned i = 0; i < command_count; i++) {
        char name[32];
        snprintf(name, sizeof name, "%s", commands[i].name);
        CHECK(RUN_WORDS(name, "--no-defaults", "--help") == CLI_EXIT_OK);
        const char *example = strstr(out_text, "\n    binlogd ");
        const char *usage = strstr(out_text, "\nUsage: binlogd ");
        CHECK(example != NULL && usage != NULL && example < usage);
        check_says(usage, "\nExit codes");
        if (commands[i].options != 0)
            check_says(strstr(usage, "\nExit codes"), "\nVariables (--name=value)");
    }
}

TEST(help, lines_have_at_most_79_columns_but_examples)
{
    CHECK(RUN_WORDS("run", "--no-defaults", "--help") == CLI_EXIT_OK);
    for (const char *line = strstr(out_text, "\nUsage"); line != NULL && line[1] != 0;
         line = strchr(line + 1, '\n'))
        if (strcspn(line + 1, "\n") > 79)
            fail_msg("%.*s", (int)strcspn(line + 1, "\n"), line + 1);
    CHECK(out_text[0] != 0);
}

TEST(help, shows_values_in_force_but_no_password)
{
    char *environment[] = { "BINLOGD_SOURCE_PASSWORD=hush", "BINLOGD_PAGE_CACHE=2M", NULL };
    char *words[] = {
        "run", "--no-defaults", "--server-id=77", "--source=mysql://u:hush@h/", "--help", NULL
    };
    CHECK(run_words(words, environment) == CLI_EXIT_OK);
    check_says(out_text, "server-id                 77\n");
    check_says(out_text, "page-cache                2M\n");
    check_says(out_text, "source                    mysql://u:***@h/\n");
    check_says(out_text, "source-password           ***\n");
    CHECK(strstr(out_text, "hush") == NULL);
}

TEST(help, comes_also_where_an_option_file_is_broken)
{
    CHECK(RUN_WORDS("run", "--defaults-file=/nowhere.cnf", "--help") == CLI_EXIT_USAGE);
    check_says(out_text, "Usage: binlogd run");
    check_says(err_text, "/nowhere.cnf");
}

TEST(documents, name_every_option_and_command)
{
    char name[OPTION_NAME_MAX];
    char row[64];
    CHECK(RUN_WORDS("help", "markdown") == CLI_EXIT_OK);
    for (unsigned i = 0; i < OPTION_COUNT; i++) {
        snprintf(row, sizeof row, "| `--%s", option_name(&option_rows[i], name));
        check_says(out_text, row);
    }
    CHECK(RUN_WORDS("help", "man") == CLI_EXIT_OK);
    for (unsigned i = 0; i < command_count; i++) {
        snprintf(row, sizeof row, ".SS binlogd %s", commands[i].name);
        check_says(out_text, row);
    }
}

TEST(options, of_the_table_are_well_formed)
{
    char name[OPTION_NAME_MAX];
    for (unsigned i = 0; i < OPTION_COUNT; i++) {
        const struct option *row = &option_rows[i];
        CHECK(option_find(row->name) == row);
        CHECK(strlen(row->name) < OPTION_NAME_MAX && row->commands != 0);
        CHECK(row->help[0] != 0 && row->help[strlen(row->help) - 1] != '.');
        CHECK((row->type == OPTION_TYPE_choice) == (row->choices != NULL));
        CHECK(strchr(option_name(row, name), '_') == NULL);
    }
}

UNIT_MAIN(RUN(cli, without_words_shows_what_there_is),
          RUN(cli, an_unknown_command_names_the_nearest),
          RUN(help, of_each_command_starts_with_examples_and_ends_with_values),
          RUN(help, lines_have_at_most_79_columns_but_examples),
          RUN(help, shows_values_in_force_but_no_password),
          RUN(help, comes_also_where_an_option_file_is_broken),
          RUN(documents, name_every_option_and_command), RUN(options, of_the_table_are_well_formed))
