// System calls that Swift's Glibc overlay cannot reach or cannot reach safely: variadic ones (open with a mode, fcntl,
// ioctl, prctl, syscall), macros (CPU_COUNT, FICLONE, wait status), globals that race under strict concurrency
// (environ), and newer Linux calls (pidfd_open, close-from in posix_spawn). No policy lives here.
//
// Every function that can fail returns -errno (a negative number) and leaves errno alone as a channel.
#ifndef CPAWLSYSTEM_H
#define CPAWLSYSTEM_H

#include <dirent.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// What a child starts with. Strings are NUL-terminated; argv and envp end with a null pointer.
typedef struct {
  const char *executable;  // an absolute path, or one relative to `directory`
  char *const *argv;
  char *const *envp;
  const char *directory;
  int out;  // becomes descriptor 1
  int err;  // becomes descriptor 2
  int third;  // becomes descriptor 3; below 0 for none
} pawl_child;

// Starts a child in a session of its own, standard input from /dev/null, no other descriptor open but those named, no signal blocked
// and every handler at its default. Returns the process id.
int pawl_spawn(const pawl_child *child);

// Waits for a child that is over. `status` is what wait(2) gives, CPU time is in microseconds, the peak in bytes.
int pawl_reap(int pid, int *status, int64_t *cpu_microseconds, int64_t *peak_bytes);
// Whether a child has ended, without reaping it: 1 or 0.
int pawl_has_ended(int pid);
// Reaps a child that has ended, without waiting: its id, or 0.
int pawl_reap_now(int pid);
// Exit code of a wait status, or -1 when a signal ended it.
int pawl_exit_code(int status);
// Signal of a wait status, or 0.
int pawl_exit_signal(int status);

int pawl_pidfd_open(int pid);
int pawl_pidfd_signal(int pidfd, int signal);
int pawl_become_subreaper(void);
int pawl_is_subreaper(void);

// open(2) with O_CLOEXEC added; `mode` is used where the flags create.
int pawl_open(const char *path, int flags, unsigned mode);
int pawl_openat(int folder, const char *name, int flags);
// A nameless file in a folder, open for reading and appending.
int pawl_open_nameless(const char *folder);
// 1 when nobody else has the file open (the kernel would grant a write lease on it), 0 when somebody has or it cannot
// be told.
int pawl_is_sole_opener(int fd);
// A file in memory, open for reading and appending.
int pawl_memory_file(const char *name);
int pawl_eventfd(void);
int pawl_pipe(int *ends);
int pawl_set_nonblocking(int fd);

// What the kernel says of a path in seven numbers, a last link followed by its target's: mode, device, inode, size,
// time of change of content and of status in nanoseconds, links. All are 0 where nothing stands. Returns the newest
// time, or INT64_MIN when nothing stands there.
#define PAWL_STAMP 7
int64_t pawl_stamp(int folder, const char *path, int follow, int64_t *numbers);

// Shares the blocks of `from` with `to` (FICLONE).
int pawl_reflink(int from, int to);
// Copies up to `count` bytes in the kernel from the descriptors' offsets; 0 at the end.
ssize_t pawl_copy_range(int from, int to, size_t count);
// Frees the blocks that lie in a range and keeps the size.
int pawl_punch(int fd, int64_t offset, int64_t count);
// Where data begin at or after an offset; -ENXIO when there are none.
int64_t pawl_seek_data(int fd, int64_t offset);

// The name of a directory entry.
const char *pawl_entry_name(const struct dirent *entry);

// An open-file-description lock on one byte: `exclusive` or shared, waiting or not.
int pawl_lock_byte(int fd, int64_t offset, int exclusive, int wait);
int pawl_unlock_byte(int fd, int64_t offset);

// Cores this process may run on, by its affinity mask; at least 1.
int pawl_affinity_cores(void);
// Columns of the terminal behind a descriptor, 0 when unknown.
int pawl_terminal_columns(int fd);

// Fills a buffer from the kernel's randomness: 0, or -errno.
int pawl_random(void *buffer, size_t count);

char *const *pawl_environment(void);
// The text of an errno, never null.
const char *pawl_error_text(int number);
// The short name of a signal without "SIG", null when there is none.
const char *pawl_signal_name(int number);

// Blocks the signals of a list in the calling thread, or unblocks them.
int pawl_block_signals(const int *signals, int count, int block);
// Waits for one of the signals of a list, which must be blocked; returns it.
int pawl_wait_signal(const int *signals, int count);
// Sets a signal to its default (0) or to be ignored (1).
int pawl_set_signal(int signal, int ignore);
// Whether a signal is ignored: 1 or 0.
int pawl_is_ignored(int signal);

#endif
