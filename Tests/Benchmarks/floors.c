/* What the system alone takes for the same work.
 *
 * floors stat PATHS         stats every path of the file PATHS, one a line
 * floors spawn LINES JOBS   starts `sh -c` for every line `LAYER<TAB>COMMAND` of the file LINES, at most JOBS at once,
 *                           all of a layer ended before the next begins */
#define _GNU_SOURCE
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

extern char **environ;
static int live, bad;

static void leave(int most) {
    for (int status; live > most; live--) wait(&status), bad |= status;
}

int main(int count, char **words) {
    static char line[1 << 16];
    FILE *lines = count > 2 ? fopen(words[2], "r") : 0;
    if (!lines) return 2;
    long done = 0;
    int jobs = count > 3 ? atoi(words[3]) : 0, layer = -1;
    for (; fgets(line, sizeof line, lines); done++) {
        line[strcspn(line, "\n")] = 0;
        if (!jobs) {
            struct stat facts;
            bad |= stat(line, &facts);
            continue;
        }
        char *command = strchr(line, '\t') + 1;
        if (atoi(line) != layer) leave(0), layer = atoi(line);
        leave(jobs - 1);
        char *argv[] = {"sh", "-c", command, 0};
        pid_t child;
        if (posix_spawn(&child, "/bin/sh", 0, 0, argv, environ)) return 1;
        live++;
    }
    leave(0);
    printf("%ld done\n", done);
    return bad ? 1 : 0;
}
