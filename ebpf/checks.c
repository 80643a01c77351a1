/* The checks of kernel files, limits and this process's capabilities. */
#include "checks.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <linux/perf_event.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

/* Pages of one CPU's ring in the memlock check: the default of libbpf and aya for small buffers. */
#define RING_PAGES 8

#define TRACE_EVENT "/sys/kernel/tracing/events/sched/sched_process_exit/id"

enum { CAPABILITY_SYS_ADMIN = 21, CAPABILITY_PERFMON = 38, CAPABILITY_BPF = 39 };

void pass(struct result *result, const char *detail, ...)
{
	va_list arguments;

	result->ok = true;
	va_start(arguments, detail);
	vsnprintf(result->detail, sizeof(result->detail), detail, arguments);
	va_end(arguments);
}

void fail(struct result *result, int error, const char *remedy, const char *detail, ...)
{
	va_list arguments;

	result->ok = false;
	result->error = error;
	snprintf(result->remedy, sizeof(result->remedy), "%s", remedy);
	va_start(arguments, detail);
	vsnprintf(result->detail, sizeof(result->detail), detail, arguments);
	va_end(arguments);
}

/* Reads the beginning of a file. Returns the number of bytes, or -1 with errno set. */
static int read_text(const char *path, char *text, size_t size)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return -1;
	ssize_t count = read(file, text, size - 1);
	int error = errno;
	close(file);
	errno = error;
	if (count < 0)
		return -1;
	text[count] = '\0';
	return count;
}

static unsigned long long capabilities(void)
{
	char status[4096];
	unsigned long long effective = 0;

	if (read_text("/proc/self/status", status, sizeof(status)) > 0) {
		char *line = strstr(status, "CapEff:");
		if (line != NULL)
			sscanf(line, "CapEff: %llx", &effective);
	}
	return effective;
}

void raise_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, sets) != 0)
		return;
	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		sets[i].effective = sets[i].permitted;
	syscall(SYS_capset, &header, sets);
}

static bool has(unsigned long long set, int capability)
{
	return set >> capability & 1;
}

bool is_sysadmin(void)
{
	return has(capabilities(), CAPABILITY_SYS_ADMIN);
}

static void check_btf(struct result *result)
{
	if (access("/sys/kernel/btf/vmlinux", R_OK) == 0)
		pass(result, "the kernel's type information is at /sys/kernel/btf/vmlinux");
	else
		fail(result, errno, "use a kernel built with CONFIG_DEBUG_INFO_BTF, such as a current distribution's",
		     "/sys/kernel/btf/vmlinux: %s", strerror(errno));
}

bool is_locked_down(void)
{
	char text[4096];

	if (read_text("/sys/kernel/security/lockdown", text, sizeof(text)) > 0)
		return strstr(text, "[confidentiality]") != NULL;
	if (read_text("/proc/cmdline", text, sizeof(text)) > 0 && strstr(text, "lockdown=confidentiality") != NULL)
		return true;
	return access(TRACE_EVENT, R_OK) == 0 && read_text(TRACE_EVENT, text, sizeof(text)) < 0 && errno == EPERM;
}

static void check_tracefs(struct result *result)
{
	char text[32];

	/* Reads it: the lockdown forbids to open a trace event whose permissions allow it. */
	if (read_text(TRACE_EVENT, text, sizeof(text)) > 0) {
		pass(result, "mounted at /sys/kernel/tracing");
		return;
	}
	int error = errno;
	const char *remedy =
		"mount tracefs: mount -t tracefs tracefs /sys/kernel/tracing (on the host; the container gets it read-only)";
	if (is_locked_down())
		remedy = LOCKDOWN_REMEDY;
	else if (error == EACCES)
		remedy = "on the host, let cognitod's group read them: mount -o remount,gid=65531,mode=750 /sys/kernel/tracing";
	fail(result, error, remedy, "no trace events at /sys/kernel/tracing: %s", strerror(error));
}

static void check_psi(struct result *result)
{
	char text[256];

	/* If PSI is compiled in but disabled, the file exists and reading it fails. */
	if (read_text("/proc/pressure/cpu", text, sizeof(text)) > 0)
		pass(result, "pressure stall information at /proc/pressure");
	else
		fail(result, errno, "boot with psi=1 (CONFIG_PSI); cognitod needs it to attribute stalls",
		     "/proc/pressure/cpu: %s", strerror(errno));
}

/* Not required: cognitod starts without the host's control groups, and then can't attribute pressure to them. */
static void check_cgroup(struct result *result)
{
	char paths[4096];
	struct statfs tree;

	if (read_text("/proc/1/cgroup", paths, sizeof(paths)) <= 0)
		fail(result, errno, "use a kernel with control groups (CONFIG_CGROUPS)", "/proc/1/cgroup: %s", strerror(errno));
	/* The kernel shows a path outside of this process's cgroup namespace as relative to the namespace's root. */
	else if (strstr(paths, ":/..") != NULL)
		fail(result, 0, "run the container with --cgroupns host and --pid host",
		     "the host's control groups are outside of this container's cgroup namespace");
	else if (statfs("/sys/fs/cgroup", &tree) != 0)
		fail(result, errno, "mount cgroup2 at /sys/fs/cgroup", "/sys/fs/cgroup: %s", strerror(errno));
	else if (tree.f_type != CGROUP2_SUPER_MAGIC)
		fail(result, 0, "boot the host with systemd.unified_cgroup_hierarchy=1: only cgroup v2 has pressure per control group",
		     "the host's control groups are visible, but /sys/fs/cgroup is not cgroup v2");
	else
		pass(result, "the host's control groups are at /sys/fs/cgroup");
}

static void check_caps(struct result *result)
{
	unsigned long long effective = capabilities();
	bool bpf = has(effective, CAPABILITY_BPF), perfmon = has(effective, CAPABILITY_PERFMON);

	if ((bpf && perfmon) || has(effective, CAPABILITY_SYS_ADMIN))
		pass(result, "effective capabilities %llx", effective);
	else
		fail(result, EPERM,
		     "run with --cap-add BPF --cap-add PERFMON, as uid 0 or with both as file capabilities of the program",
		     "missing%s%s; effective capabilities are %llx", bpf ? "" : " CAP_BPF", perfmon ? "" : " CAP_PERFMON",
		     effective);
}

/* Opens the type of event that a perf buffer reads, on the first CPU. Returns a descriptor, or -1 with errno set. */
static int open_bpf_output(void)
{
	struct perf_event_attr attributes = {
		.size = sizeof(attributes),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_BPF_OUTPUT,
		.sample_type = PERF_SAMPLE_RAW,
		.sample_period = 1,
		.wakeup_events = 1,
	};

	return syscall(SYS_perf_event_open, &attributes, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
}

static void check_perf_paranoid(struct result *result)
{
	char text[32] = "";
	int level = 0;

	if (read_text("/proc/sys/kernel/perf_event_paranoid", text, sizeof(text)) > 0)
		sscanf(text, "%d", &level);
	int event = open_bpf_output();
	int error = errno;
	if (event >= 0) {
		close(event);
		pass(result, "kernel.perf_event_paranoid is %d, and perf events can be opened", level);
	} else if (level > 2 && !is_sysadmin()) {
		fail(result, error,
		     "on the host: sysctl kernel.perf_event_paranoid=2 (and in /etc/sysctl.d to keep it); if it can't be "
		     "lowered, on a local stack: pulumi config set linnix:privileges sysadmin",
		     "kernel.perf_event_paranoid is %d, needs 2 or less: %s", level, strerror(error));
	} else if (error != EPERM && error != EACCES) {
		fail(result, error, "use a kernel with perf events (CONFIG_PERF_EVENTS)",
		     "kernel.perf_event_paranoid is %d; perf_event_open: %s", level, strerror(error));
	} else if (is_locked_down()) {
		fail(result, error, LOCKDOWN_REMEDY, "perf_event_open: %s", strerror(error));
	} else {
		fail(result, error, "run as uid 0 with --cap-add PERFMON, with a seccomp profile that allows perf_event_open",
		     "kernel.perf_event_paranoid is %d; perf_event_open: %s", level, strerror(error));
	}
}

static void check_memlock(struct result *result)
{
	struct rlimit limit;
	char text[32] = "";
	int per_cpu = 0;
	size_t size = (RING_PAGES + 1) * sysconf(_SC_PAGESIZE);

	getrlimit(RLIMIT_MEMLOCK, &limit);
	if (read_text("/proc/sys/kernel/perf_event_mlock_kb", text, sizeof(text)) > 0)
		sscanf(text, "%d", &per_cpu);
	int event = open_bpf_output();
	if (event < 0) {
		fail(result, errno, "see perf_paranoid", "perf_event_open: %s", strerror(errno));
		return;
	}
	void *ring = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, event, 0);
	int error = errno;
	close(event);
	if (ring == MAP_FAILED) {
		fail(result, error, "raise the memlock limit (--ulimit memlock=-1), or kernel.perf_event_mlock_kb",
		     "a perf ring of %zu bytes can't be mapped: %s", size, strerror(error));
		return;
	}
	munmap(ring, size);
	if (limit.rlim_max == RLIM_INFINITY)
		pass(result, "a perf ring can be mapped; no memlock limit, perf_event_mlock_kb %d", per_cpu);
	else
		pass(result, "a perf ring can be mapped; memlock limit %llu kB, perf_event_mlock_kb %d",
		     (unsigned long long)limit.rlim_max / 1024, per_cpu);
}

const struct check checks[] = {
	{"btf", check_btf},
	{"tracefs", check_tracefs},
	{"psi", check_psi},
	{"cgroup", check_cgroup},
	{"caps", check_caps},
	{"perf_paranoid", check_perf_paranoid},
	{"memlock", check_memlock},
	{"btf_tracepoint", check_btf_tracepoint},
	{"tracepoint", check_tracepoint},
	{"kprobe", check_kprobe},
};
const int check_count = sizeof(checks) / sizeof(checks[0]);
