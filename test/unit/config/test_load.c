/* Options out of files, environment and command line: precedence, spelling, refusals, secrets. */
// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "config/options.h"
#include "config/source_settings.h"
#include "unit.h"

static struct options options;
static struct err err;
static char folder[] = "/tmp/binlogd-options-XXXXXX";

static const char *path_of(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void put(const char *name, mode_t mode, const char *text)
{
    FILE *file = fopen(path_of(name), "w");
    fputs(text, file);
    fclose(file);
    chmod(path_of(name), mode);
}

static const char *command = "run";
static unsigned command_bit = OPTION_RUN;

/* Loads for `command` with words of at most 15, after --defaults-file=FOLDER/cnf where that is
 * there.
 */
static bool load_words(char **words, char **environment)
{
    static char first[300];
    static char copies[16][200];
    char *argv[17] = { first };
    int argc = 1;
    snprintf(first, sizeof first, "--no-defaults");
    if (access(path_of("cnf"), F_OK) == 0)
        snprintf(first, sizeof first, "--defaults-file=%s", path_of("cnf"));
    for (; *words != NULL; words++, argc++) {
        snprintf(copies[argc], sizeof copies[argc], "%s", *words);
        argv[argc] = copies[argc];
    }
    struct options_request request = { command, command_bit, argc, argv, environment };
    options_clear(&options);
    options_init(&options);
    memset(&err, 0, sizeof err);
    return options_load(&options, &request, &err);
}
#define WORDS(...) ((char *[]){ __VA_ARGS__, NULL })
#define LOAD(...)  load_words(WORDS(__VA_ARGS__), NULL)

static bool load_file(const char *text)
{
    put("cnf", 0600, text);
    return LOAD("--loose-none");
}

static int start(void **state)
{
    (void)state;
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int forget(void **state)
{
    (void)state;
    unlink(path_of("cnf"));
    options_clear(&options);
    command = "run";
    command_bit = OPTION_RUN;
    return 0;
}

static int end(void **state)
{
    (void)state;
    return rmdir(folder);
}

TEST(defaults, are_what_the_table_says)
{
    CHECK_OK(LOAD("--loose-none"), err);
    CHECK(options.page_cache == (uint64_t)64 << 20);
    CHECK(options.keep_log_age == (uint64_t)7 * 86400 * 1000000);
    CHECK(options.ssl_mode == 1 && options.source_port == 3306);
    CHECK(options.data == NULL && options.include.count == 0);
}

TEST(argument, dashes_underscores_equals_and_blanks_are_one)
{
    CHECK_OK(LOAD("--server-id=7", "--keep_log_size", "2G", "--get-server-public-key"), err);
    CHECK(options.server_id == 7 && options.keep_log_size == (uint64_t)2 << 30);
    CHECK(options.get_server_public_key);
    CHECK_OK(LOAD("--get-server-public-key", "--skip-get_server_public_key"), err);
    CHECK(!options.get_server_public_key);
    CHECK_OK(LOAD("--enable-get-server-public-key", "--get-server-public-key=0"), err);
    CHECK(!options.get_server_public_key);
}

TEST(argument, the_last_one_wins_and_lists_grow)
{
    CHECK_OK(LOAD("--server-id=7", "--server-id=8", "--include=a.*,b.c", "--include", "d.e"), err);
    CHECK(options.server_id == 8 && options.include.count == 3);
    CHECK_STR(options.include.items[1], "b.c");
    CHECK_STR(options.include.items[2], "d.e");
}

TEST(argument, what_is_no_option_is_an_argument)
{
    CHECK_OK(LOAD("one", "--server-id=1", "-", "--", "--two"), err);
    CHECK(options.arguments.count == 3);
    CHECK_STR(options.arguments.items[2], "--two");
}

TEST(argument, an_unknown_one_names_the_nearest)
{
    CHECK(!LOAD("--server-ids=7"));
    CHECK(err.code == ERR_CONFIG);
    CHECK(strstr(err.text, "did you mean --server-id?") != NULL);
    CHECK(!LOAD("--xyzzy-plugh=1"));
    CHECK(strstr(err.text, "did you mean") == NULL);
    CHECK(!LOAD("--json"));
    CHECK(strstr(err.text, "--json is not an option of binlogd run") != NULL);
    CHECK_OK(LOAD("--loose-xyzzy=1"), err);
}

TEST(argument, a_wrong_value_is_refused_in_words)
{
    static const char *const cases[][2] = {
        { "--server-id=x", "--server-id: \"x\" is not a whole number" },
        { "--server-id=4294967296", "is not from 0 to 4294967295" },
        { "--page-cache=1", "is not from 1M" },
        { "--ssl-mode=MAYBE", "\"MAYBE\" is none of DISABLED, PREFERRED" },
        { "--sync-after=soon", "\"soon\" is not a time" },
        { "--include=a.b,,c.d", "has an empty item" },
        { "--data", "--data: it needs a value (DIR)" },
        { "--skip-get-server-public-key=1", "takes no value" },
        { "--defaults-file=x", "stands before all other options" },
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        char word[64];
        snprintf(word, sizeof word, "%s", cases[i][0]);
        CHECK(!LOAD("--server-id=1", word));
        if (strstr(err.text, cases[i][1]) == NULL)
            fail_msg("%s: %s", cases[i][0], err.text);
    }
}

TEST(rank, arguments_before_environment_before_files_before_defaults)
{
    put("cnf", 0600, "[binlogd]\nserver-id=1\nsource-port=11\npage-cache=1M\ninclude=f.*\n");
    CHECK_OK(load_words(WORDS("--server-id=3"),
                        WORDS("BINLOGD_SERVER_ID=2", "BINLOGD_SOURCE_PORT=12",
                              "BINLOGD_INCLUDE=e.*", "BINLOGD_PORT=tcp://10.0.0.1", "OTHER=1")),
             err);
    CHECK(options.server_id == 3 && options.source_port == 12 && options.page_cache == 1 << 20);
    CHECK(options.include.count == 1);
    CHECK_STR(options.include.items[0], "e.*");
    CHECK(options.origins[OPTION_INDEX_page_cache].rank == ORIGIN_FILE);
    CHECK(options.origins[OPTION_INDEX_page_cache].line == 4);
}

TEST(rank, a_wrong_value_is_refused_also_where_another_wins)
{
    put("cnf", 0600, "[binlogd]\nserver-id=many\n");
    CHECK(!LOAD("--server-id=3"));
    CHECK(strstr(err.text, "cnf:2: server-id: \"many\"") != NULL);
    forget(NULL);
    CHECK(!load_words(WORDS("--server-id=3"), WORDS("BINLOGD_SERVER_ID=x")));
    CHECK(strstr(err.text, "environment BINLOGD_SERVER_ID") != NULL);
}

TEST(file, groups_comments_quotes_and_escapes)
{
    CHECK_OK(load_file("# comment\n; comment\n[mysqld]\nserver-id=99\n[binlogd]\r\n"
                       "  server_id = 5   # five\n"
                       "source-user='a # b'\n"
                       "source-password = \"x\\ty\\\\z\\s'\"\n"
                       "skip-get-server-public-key\n"
                       "loose-no-such-thing=1\n"
                       "[binlogd-doctor]\nserver-id=6\n[binlogd-run]\nsource-port=7\n"),
             err);
    CHECK(options.server_id == 5 && options.source_port == 7);
    CHECK_STR(options.source_user, "a # b");
    CHECK_STR(options.source_password, "x\ty\\z '");
}

TEST(file, the_client_group_gives_what_clients_share)
{
    CHECK_OK(load_file("[client]\nhost=db1\nuser=repl\npassword=p\nport=3307\nssl-mode=REQUIRED\n"
                       "default-character-set=utf8mb4\n[binlogd]\nsource-port=3308\n"
                       "[client]\nport=3309\n"),
             err);
    CHECK_STR(options.source_host, "db1");
    CHECK_STR(options.source_password, "p");
    CHECK(options.source_port == 3308 && options.ssl_mode == 2);
    CHECK(options.warnings.count == 1);
    CHECK(strstr(options.warnings.items[0], "default-character-set") != NULL);
}

TEST(file, an_error_names_file_line_and_nearest_name)
{
    static const char *const cases[][2] = {
        { "[binlogd]\n\nserver-ib=1\n",
          "cnf:3: unknown option server-ib; did you mean --server-id?" },
        { "server-id=1\n", "cnf:1: an option before the first [group]" },
        { "[binlogd\n", "cnf:1: a group's name ends with ]" },
        { "[binlogd]\n=1\n", "cnf:2: a value without a name" },
        { "[binlogd]\ndata='x\n", "cnf:2: a quote is not closed" },
        { "[binlogd]\ndata\n", "cnf:2: data: it needs a value" },
        { "!import x\n", "cnf:1: neither !include nor !includedir" },
        { "!include nowhere\n", "cnf:1: option file" },
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        CHECK(!load_file(cases[i][0]));
        if (strstr(err.text, cases[i][1]) == NULL)
            fail_msg("%s: %s", cases[i][0], err.text);
    }
}

TEST(file, includes_start_at_their_own_folder)
{
    mkdir(path_of("conf.d"), 0755);
    put("conf.d/b.cnf", 0600, "[binlogd]\nserver-id=2\n");
    put("conf.d/a.cnf", 0600, "[binlogd]\nserver-id=1\nsource-port=1\n");
    put("conf.d/c.txt", 0600, "[binlogd]\nserver-id=3\n");
    put("conf.d/w.cnf", 0666, "[binlogd]\nserver-id=4\n");
    put("more", 0600, "[binlogd]\nsource-user=u\n!include cnf\n");
    CHECK_OK(load_file("!includedir conf.d\n"), err);
    CHECK(options.server_id == 2 && options.source_port == 1);
    CHECK(options.warnings.count == 1);
    CHECK(strstr(options.warnings.items[0], "w.cnf is skipped: everyone may write") != NULL);
    CHECK(options.files_read.count == 3);
    CHECK(!load_file("!include more\n"));
    CHECK(strstr(err.text, "include each other too deeply") != NULL);
    static const char *const names[] = { "conf.d/a.cnf", "conf.d/b.cnf", "conf.d/c.txt",
                                         "conf.d/w.cnf", "more" };
    for (size_t i = 0; i < ARRAY_COUNT(names); i++)
        unlink(path_of(names[i]));
    rmdir(path_of("conf.d"));
}

TEST(file, one_that_everyone_may_write_or_read_is_told)
{
    put("cnf", 0666, "[binlogd]\n");
    CHECK(!LOAD("--loose-none"));
    CHECK(strstr(err.text, "may be written by everyone") != NULL);
    put("cnf", 0644, "[binlogd]\nsource-password=p\n");
    CHECK_OK(LOAD("--loose-none"), err);
    CHECK(options.warnings.count == 1);
    CHECK(strstr(options.warnings.items[0], "everyone may read") != NULL);
}

TEST(secret, is_wiped_from_argv_and_never_printed)
{
    char uri[] = "--source=mysql://u:hush@db1/";
    char password[] = "--source-password=hush";
    char *argv[] = { "--no-defaults", uri, password };
    char *environment[] = { "BINLOGD_SOURCE_PASSWORD=hush", NULL };
    struct options_request request = { "run", OPTION_RUN, 3, argv, environment };
    struct buf text;
    options_clear(&options);
    options_init(&options);
    CHECK_OK(options_load(&options, &request, &err), err);
    CHECK_STR(uri, "--source=mysql://u:xxxx@db1/");
    CHECK_STR(password, "--source-password=xxxx");
    CHECK_STR(options.source, "mysql://u:hush@db1/");
    buf_init(&text, 1 << 16);
    for (unsigned i = 0; i < OPTION_COUNT; i++)
        option_print(&options, &option_rows[i], &text);
    options_print_defaults(&options, &text);
    CHECK(strstr(buf_cstr(&text), "hush") == NULL);
    CHECK(strstr(buf_cstr(&text), "u:***@db1") != NULL);
    buf_clear(&text);
}

TEST(source, uri_and_options_beside_it_make_one_address)
{
    struct source_settings s;
    put("cnf", 0600, "[client]\nuser=other\npassword=p\nport=9\nsocket=/s\nssl-mode=DISABLED\n");
    CHECK_OK(LOAD("--source=mysql://repl@db1/?ssl-ca=/ca", "--ssl-mode=REQUIRED"), err);
    CHECK_OK(source_settings_resolve(&options, &s, &err), err);
    CHECK_STR(s.host, "db1");
    CHECK_STR(s.user, "repl");
    CHECK_STR(s.password, "p");
    CHECK_STR(s.ssl_ca, "/ca");
    CHECK(s.port == 3306 && s.socket_path == NULL && s.ssl_mode == 2);
}

TEST(source, contradictions_and_gaps_are_refused)
{
    static const char *const cases[][3] = {
        { "--source=mysql://u:p@db1/?ssl-mode=REQUIRED", "--ssl-mode=DISABLED", "--ssl-mode both" },
        { "--source=mysql://u:p@db1:3307/", "--source-port=3308", "--source-port both" },
        { "--source=mysql://u:p@db1/", "--source-password=q", "--source-password both" },
        { "--source=mysql://u:p@db1/?ssl-mod=REQUIRED", "--loose-x", "did you mean --ssl-mode?" },
        { "--source=mysql://u:p@db1/?page-cache=1G", "--loose-x", "unknown parameter page-cache" },
        { "--source=mysql://db1/", "--loose-x", "no user for the source" },
        { "--source-user=u", "--loose-x", "no source" },
        { "--source=mysql://u@db1/", "--source-password-file=/nowhere/pw", "/nowhere/pw" },
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct source_settings s;
        char a[100];
        char b[100];
        snprintf(a, sizeof a, "%s", cases[i][0]);
        snprintf(b, sizeof b, "%s", cases[i][1]);
        CHECK_OK(LOAD(a, b), err);
        if (source_settings_resolve(&options, &s, &err) || strstr(err.text, cases[i][2]) == NULL)
            fail_msg("%s %s: %s", cases[i][0], cases[i][1], err.text);
    }
}

TEST(source, password_file_gives_its_first_line)
{
    struct source_settings s;
    char word[300];
    put("pw", 0604, "se cret\nnext\n");
    snprintf(word, sizeof word, "--source-password-file=%s", path_of("pw"));
    CHECK_OK(LOAD("--source=mysql://u@db1/", word), err);
    CHECK_OK(source_settings_resolve(&options, &s, &err), err);
    CHECK_STR(s.password, "se cret");
    CHECK(options.warnings.count == 1);
    unlink(path_of("pw"));
}

TEST(foreign, words_of_mysqlbinlog_are_understood_or_say_what_to_write)
{
    command = "cat";
    command_bit = OPTION_CAT;
    CHECK_OK(LOAD("-d", "shop", "--database=crm", "-j", "107", "--base64-output=DECODE-ROWS", "-c",
                  "-vv", "--stop-never", "binlog.000001"),
             err);
    CHECK(options.include.count == 2 && options.start_position == 107 && options.follow);
    CHECK_STR(options.include.items[0], "shop.*");
    CHECK_STR(options.include.items[1], "crm.*");
    CHECK(options.verbose == 2 && options.arguments.count == 1);
    CHECK_OK(LOAD("-dshop", "--flashback"), err);
    CHECK(options.include.count == 1 && options.format == 2); /* undo */
    CHECK(!LOAD("--base64-output=auto") && err.code == ERR_CONFIG);
    CHECK(strstr(err.text, "--format=sql") != NULL);
    CHECK(!LOAD("-R", "binlog.000001") && err.code == ERR_CONFIG);
    CHECK(strstr(err.text, "mysql://USER@HOST:PORT/") != NULL);
    CHECK(!LOAD("--result-file", "x") && err.code == ERR_CONFIG);
    CHECK(!LOAD("--database") && err.code == ERR_CONFIG);
    command = "run";
    command_bit = OPTION_RUN;
    CHECK(!LOAD("--stop-never") && err.code == ERR_CONFIG);
    CHECK(strstr(err.text, "unknown option") != NULL);
}

#define RUN_LOAD(subject, sentence)                                                                \
    cmocka_unit_test_setup_teardown(test_##subject##_##sentence, NULL, forget)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN_LOAD(defaults, are_what_the_table_says),
        RUN_LOAD(argument, dashes_underscores_equals_and_blanks_are_one),
        RUN_LOAD(argument, the_last_one_wins_and_lists_grow),
        RUN_LOAD(argument, what_is_no_option_is_an_argument),
        RUN_LOAD(argument, an_unknown_one_names_the_nearest),
        RUN_LOAD(argument, a_wrong_value_is_refused_in_words),
        RUN_LOAD(rank, arguments_before_environment_before_files_before_defaults),
        RUN_LOAD(rank, a_wrong_value_is_refused_also_where_another_wins),
        RUN_LOAD(file, groups_comments_quotes_and_escapes),
        RUN_LOAD(file, the_client_group_gives_what_clients_share),
        RUN_LOAD(file, an_error_names_file_line_and_nearest_name),
        RUN_LOAD(file, includes_start_at_their_own_folder),
        RUN_LOAD(file, one_that_everyone_may_write_or_read_is_told),
        RUN_LOAD(secret, is_wiped_from_argv_and_never_printed),
        RUN_LOAD(source, uri_and_options_beside_it_make_one_address),
        RUN_LOAD(source, contradictions_and_gaps_are_refused),
        RUN_LOAD(source, password_file_gives_its_first_line),
        RUN_LOAD(foreign, words_of_mysqlbinlog_are_understood_or_say_what_to_write),
    };
    return cmocka_run_group_tests(tests, start, end);
}
