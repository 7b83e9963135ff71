/* launch OUTPUT COMMAND [ARG...]: runs COMMAND in a session of its own, its output in the file OUTPUT, and prints
 *   wall_ns cpu_us peak_kib status
 * CPU and peak memory are the kernel's accounting of the child and of what it waited for; the peak is the largest
 * process's. It is a program of its own because a child starts with the peak of who forked it, a Python's 10 MiB. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long micros(struct timeval t) { return t.tv_sec * 1000000LL + t.tv_usec; }

int main(int count, char **words) {
    if (count < 3) return 2;
    struct timespec from, to;
    struct rusage usage;
    int status = 0;
    clock_gettime(CLOCK_MONOTONIC, &from);
    pid_t child = vfork();
    if (child == 0) {
        setsid();
        int nothing = open("/dev/null", O_RDONLY), output = open(words[1], O_WRONLY | O_CREAT | O_TRUNC, 0644);
        dup2(nothing, 0), dup2(output, 1), dup2(output, 2);
        execvp(words[2], words + 2);
        _exit(127);
    }
    while (wait4(child, &status, 0, &usage) < 0) {}
    clock_gettime(CLOCK_MONOTONIC, &to);
    kill(-child, SIGKILL); /* what it left in its group */
    printf("%lld %lld %ld %d\n", (to.tv_sec - from.tv_sec) * 1000000000LL + to.tv_nsec - from.tv_nsec,
           micros(usage.ru_utime) + micros(usage.ru_stime), usage.ru_maxrss,
           WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    return 0;
}
