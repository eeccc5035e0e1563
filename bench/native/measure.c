/*
 * Runs a program, with its output in a log, and writes one line about it to a file: wall time and CPU time (user and
 * system, with that of the children it waited for) in microseconds, peak resident memory in KB, exit code. As `time -f`,
 * but to the microsecond. A program that takes longer than the limit is killed: its exit code is 137.
 *
 *   measure FILE LOG SECONDS PROGRAM ARGUMENT…
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pid_t child;

static void end_child(int number)
{
    (void)number;
    kill(child, SIGKILL);
}

static long long microseconds(struct timeval time) { return time.tv_sec * 1000000LL + time.tv_usec; }

int main(int argc, char **argv)
{
    struct timespec start, end;
    struct rusage used;
    int status, input = open("/dev/null", O_RDONLY), log = argc > 4 ? open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0644) : -1;
    if (input < 0 || log < 0)
        return 2;
    signal(SIGALRM, end_child);
    clock_gettime(CLOCK_MONOTONIC, &start);
    /* The peak of a forked child begins with its parent's memory: vfork from a program as small as this adds nothing */
    child = vfork();
    if (child == 0) {
        dup2(input, STDIN_FILENO), dup2(log, STDOUT_FILENO), dup2(log, STDERR_FILENO);
        execvp(argv[4], argv + 4);
        _exit(127);
    }
    alarm(atoi(argv[3]));
    if (child < 0 || wait4(child, &status, 0, &used) < 0)
        return 2;
    clock_gettime(CLOCK_MONOTONIC, &end);
    FILE *file = fopen(argv[1], "w");
    if (!file)
        return 2;
    fprintf(file, "%lld %lld %ld %d\n",
        (end.tv_sec - start.tv_sec) * 1000000LL + (end.tv_nsec - start.tv_nsec) / 1000,
        microseconds(used.ru_utime) + microseconds(used.ru_stime), used.ru_maxrss,
        WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    return fclose(file) ? 2 : 0;
}
