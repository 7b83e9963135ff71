#define _GNU_SOURCE
#include "CPawlSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif

extern char **environ;

// A result, or -errno.
static int result_of(int result) { return result < 0 ? -errno : result; }

int pawl_spawn(const pawl_child *child) {
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_t actions;
  sigset_t none, all;
  pid_t pid = 0;

  int error = posix_spawnattr_init(&attributes);
  if (error) return -error;
  error = posix_spawn_file_actions_init(&actions);
  if (error) {
    posix_spawnattr_destroy(&attributes);
    return -error;
  }
  sigemptyset(&none);
  sigfillset(&all);
  sigdelset(&all, SIGKILL);
  sigdelset(&all, SIGSTOP);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

  // `out` and `err` may be anything above 2 (pawl_open sees to it), so the order of these cannot clobber one.
  if (!error) error = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  if (!error) error = posix_spawn_file_actions_adddup2(&actions, child->out, 1);
  if (!error) error = posix_spawn_file_actions_adddup2(&actions, child->err, 2);
  if (!error && child->third >= 0) error = posix_spawn_file_actions_adddup2(&actions, child->third, 3);
  if (!error) error = posix_spawn_file_actions_addclosefrom_np(&actions, child->third >= 0 ? 4 : 3);
  if (!error) error = posix_spawn_file_actions_addchdir_np(&actions, child->directory);
  if (!error) error = posix_spawn(&pid, child->executable, &actions, &attributes, child->argv, child->envp);

  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  return error ? -error : pid;
}

int pawl_reap(int pid, int *status, int64_t *cpu_microseconds, int64_t *peak_bytes) {
  struct rusage usage;
  pid_t result;
  memset(&usage, 0, sizeof usage);
  do result = wait4(pid, status, 0, &usage);
  while (result < 0 && errno == EINTR);
  if (result < 0) return -errno;
  *cpu_microseconds = (int64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 + usage.ru_utime.tv_usec +
                      usage.ru_stime.tv_usec;
  *peak_bytes = (int64_t)usage.ru_maxrss * 1024;
  return 0;
}

int pawl_has_ended(int pid) {
  siginfo_t info;
  memset(&info, 0, sizeof info);
  if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0) return -errno;
  return info.si_pid == pid;
}

int pawl_reap_now(int pid) {
  int status;
  return result_of(waitpid(pid, &status, WNOHANG));
}

int pawl_exit_code(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : -1; }
int pawl_exit_signal(int status) { return WIFSIGNALED(status) ? WTERMSIG(status) : 0; }

int pawl_pidfd_open(int pid) { return result_of((int)syscall(SYS_pidfd_open, pid, 0)); }
int pawl_pidfd_signal(int pidfd, int signal) {
  return result_of((int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0));
}
int pawl_become_subreaper(void) { return result_of(prctl(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L)); }
int pawl_is_subreaper(void) {
  int answer = 0;
  return prctl(PR_GET_CHILD_SUBREAPER, &answer, 0L, 0L, 0L) == 0 && answer;
}

// A caller may have started us with 0, 1 or 2 closed; a file of ours must never stand there, where any print lands.
static int above_standard(int fd) {
  if (fd < 0) return -errno;
  if (fd > 2) return fd;
  int moved = fcntl(fd, F_DUPFD_CLOEXEC, 3);
  int error = errno;
  close(fd);
  return moved < 0 ? -error : moved;
}

int pawl_open(const char *path, int flags, unsigned mode) {
  int fd;
  do fd = open(path, flags | O_CLOEXEC, mode);
  while (fd < 0 && errno == EINTR);
  return above_standard(fd);
}

int pawl_openat(int folder, const char *name, int flags) {
  int fd;
  do fd = openat(folder, name, flags | O_CLOEXEC);
  while (fd < 0 && errno == EINTR);
  return above_standard(fd);
}

int pawl_open_nameless(const char *folder) {
  return pawl_open(folder, O_TMPFILE | O_RDWR | O_APPEND, 0600);
}

int pawl_is_sole_opener(int fd) {
  if (fcntl(fd, F_SETLEASE, F_WRLCK) < 0) return 0;
  fcntl(fd, F_SETLEASE, F_UNLCK);
  return 1;
}

int pawl_memory_file(const char *name) {
  int fd = above_standard(memfd_create(name, MFD_CLOEXEC));
  if (fd >= 0) fcntl(fd, F_SETFL, O_APPEND);
  return fd;
}

int pawl_eventfd(void) { return above_standard(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }

int pawl_pipe(int *ends) {
  if (pipe2(ends, O_CLOEXEC) < 0) return -errno;
  for (int i = 0; i < 2; i++) {
    int moved = above_standard(ends[i]);
    if (moved < 0) {
      close(ends[1 - i]);
      return moved;
    }
    ends[i] = moved;
  }
  return 0;
}

int pawl_set_nonblocking(int fd) { return result_of(fcntl(fd, F_SETFL, O_NONBLOCK)); }

int pawl_reflink(int from, int to) { return result_of(ioctl(to, FICLONE, from)); }

ssize_t pawl_copy_range(int from, int to, size_t count) {
  ssize_t result;
  do result = copy_file_range(from, NULL, to, NULL, count, 0);
  while (result < 0 && errno == EINTR);
  return result < 0 ? -errno : result;
}

int pawl_punch(int fd, int64_t offset, int64_t count) {
  return result_of(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, count));
}

int64_t pawl_seek_data(int fd, int64_t offset) {
  int64_t result = lseek(fd, offset, SEEK_DATA);
  return result < 0 ? -errno : result;
}

const char *pawl_entry_name(const struct dirent *entry) { return entry->d_name; }

static int byte_lock(int fd, int64_t offset, short type, int wait) {
  struct flock lock;
  memset(&lock, 0, sizeof lock);
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = offset;
  lock.l_len = 1;
  int result;
  do result = fcntl(fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &lock);
  while (result < 0 && errno == EINTR);
  return result_of(result);
}

int pawl_lock_byte(int fd, int64_t offset, int exclusive, int wait) {
  return byte_lock(fd, offset, exclusive ? F_WRLCK : F_RDLCK, wait);
}
int pawl_unlock_byte(int fd, int64_t offset) { return byte_lock(fd, offset, F_UNLCK, 0); }

int pawl_affinity_cores(void) {
  // The kernel refuses a mask smaller than its own (EINVAL), so the mask grows until it fits.
  for (int bits = 1024; bits <= 1 << 20; bits *= 2) {
    cpu_set_t *set = CPU_ALLOC(bits);
    if (!set) return 1;
    size_t size = CPU_ALLOC_SIZE(bits);
    CPU_ZERO_S(size, set);
    int result = sched_getaffinity(0, size, set);
    int error = errno;
    int count = result == 0 ? CPU_COUNT_S(size, set) : 0;
    CPU_FREE(set);
    if (result == 0) return count > 0 ? count : 1;
    if (error != EINVAL) break;
  }
  return 1;
}

int pawl_terminal_columns(int fd) {
  struct winsize size;
  memset(&size, 0, sizeof size);
  return ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

int pawl_random(void *buffer, size_t count) {
  ssize_t result = getrandom(buffer, count, 0);
  return result < 0 ? -errno : (size_t)result == count ? 0 : -EIO;
}

char *const *pawl_environment(void) { return environ; }

const char *pawl_error_text(int number) {
  const char *text = strerrordesc_np(number);
  return text ? text : "unknown error";
}

const char *pawl_signal_name(int number) { return sigabbrev_np(number); }

static sigset_t set_of(const int *signals, int count) {
  sigset_t set;
  sigemptyset(&set);
  for (int i = 0; i < count; i++) sigaddset(&set, signals[i]);
  return set;
}

int pawl_block_signals(const int *signals, int count, int block) {
  sigset_t set = set_of(signals, count);
  return -pthread_sigmask(block ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

int pawl_wait_signal(const int *signals, int count) {
  sigset_t set = set_of(signals, count);
  int result;
  do result = sigwaitinfo(&set, NULL);
  while (result < 0 && errno == EINTR);
  return result_of(result);
}

int pawl_set_signal(int signal, int ignore) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = ignore ? SIG_IGN : SIG_DFL;
  return result_of(sigaction(signal, &action, NULL));
}

int pawl_is_ignored(int signal) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  return sigaction(signal, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

int64_t pawl_stamp(int folder, const char *path, int follow, int64_t *numbers) {
  struct stat facts;
  if (fstatat(folder, path, &facts, follow ? 0 : AT_SYMLINK_NOFOLLOW) != 0) {
    memset(numbers, 0, PAWL_STAMP * sizeof *numbers);
    return INT64_MIN;
  }
  int64_t content = (int64_t)facts.st_mtim.tv_sec * 1000000000 + facts.st_mtim.tv_nsec;
  int64_t status = (int64_t)facts.st_ctim.tv_sec * 1000000000 + facts.st_ctim.tv_nsec;
  numbers[0] = facts.st_mode;
  numbers[1] = (int64_t)facts.st_dev;
  numbers[2] = (int64_t)facts.st_ino;
  numbers[3] = facts.st_size;
  numbers[4] = content;
  numbers[5] = status;
  numbers[6] = (int64_t)facts.st_nlink;
  return content > status ? content : status;
}
