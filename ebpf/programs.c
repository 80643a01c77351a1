/* The checks that load, attach and trigger an eBPF program, and wait for its event. */
#include "checks.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "preflight.h"

/* Timeout for the event; it should arrive immediately. */
#define EVENT_TIMEOUT_MS 300

extern const char preflight_object[], preflight_object_end[];

static void on_event(void *context, int cpu, void *data, unsigned int size)
{
	(void)cpu;
	(void)data;
	if (size >= sizeof(struct event))
		++*(int *)context;
}

/* Generates a random task name, so that no other task has it. */
static void make_name(char *name)
{
	uint32_t noise[1] = {0};

	getrandom(noise, sizeof(noise), 0);
	memset(name, 0, NAME_LENGTH);
	snprintf(name, NAME_LENGTH, "pf-%08x", noise[0]);
}

/* Starts a child with this task name that writes and exits, which triggers every program. */
static void trigger(const char *name)
{
	int ends[2];

	if (pipe(ends) != 0)
		return;
	pid_t child = fork();
	if (child == 0) {
		prctl(PR_SET_NAME, name);
		ssize_t ignored = write(ends[1], "x", 1);
		(void)ignored;
		_exit(0);
	}
	if (child > 0)
		waitpid(child, NULL, 0);
	close(ends[0]);
	close(ends[1]);
}

/* True if the kernel's version is one that cognitod supports. */
static bool is_recent(void)
{
	struct utsname kernel;
	int major = 0, minor = 0;

	uname(&kernel);
	sscanf(kernel.release, "%d.%d", &major, &minor);
	return major > 5 || (major == 5 && minor >= (strcmp(kernel.machine, "aarch64") == 0 ? 18 : 12));
}

static const char *remedy_for(const char *program, int error)
{
	if (is_locked_down())
		return LOCKDOWN_REMEDY;
	if (strcmp(program, "kprobe") == 0 && access("/sys/bus/event_source/devices/kprobe", F_OK) != 0)
		return "this kernel has no kprobes (CONFIG_KPROBES): use a distribution's kernel, 5.12 or newer on x86_64, 5.18 on arm64";
	if (error == EPERM || error == EACCES)
		return "see caps and perf_paranoid; before Docker 23.0 the default seccomp profile also denies bpf";
	if (strcmp(program, "tracepoint") == 0 && error == ENOENT)
		return "see tracefs";
	if (error == ENOMEM)
		return "raise the container's memory limit";
	if (error == ETIMEDOUT)
		return "the kernel accepted the program, and no event came in time: try again when the machine is less busy";
	if (is_recent())
		return "this kernel is recent enough: linnix-preflight --verbose prints why it refuses the program";
	return "use a distribution's kernel, 5.12 or newer on x86_64, 5.18 on arm64";
}

/* Loads, attaches and triggers one program. The result describes the first stage that fails. */
static void try_program(struct bpf_object *object, const char *name, const char *task, struct result *result)
{
	struct bpf_link *link = NULL;
	struct perf_buffer *buffer = NULL;
	int seen = 0;
	const char *stage = "load";
	int error = -bpf_object__load(object);

	if (error == 0) {
		stage = "attach";
		link = bpf_program__attach(bpf_object__find_program_by_name(object, name));
		error = link == NULL ? errno : 0;
	}
	if (error == 0) {
		stage = "perf buffer";
		buffer = perf_buffer__new(bpf_object__find_map_fd_by_name(object, "events"), 8, on_event, NULL, &seen, NULL);
		error = buffer == NULL ? errno : 0;
	}
	if (error == 0) {
		stage = "event";
		trigger(task);
		if (perf_buffer__poll(buffer, EVENT_TIMEOUT_MS) < 0)
			error = errno;
		else if (seen == 0)
			error = ETIMEDOUT;
	}
	if (error == 0)
		pass(result, "loads, attaches and delivers events");
	else
		fail(result, error, remedy_for(name, error), "%s: %s", stage, strerror(error));
	perf_buffer__free(buffer);
	bpf_link__destroy(link);
}

static void check_program(const char *name, struct result *result)
{
	char task[NAME_LENGTH];
	struct bpf_program *program;
	struct bpf_object *object = bpf_object__open_mem(preflight_object, preflight_object_end - preflight_object, NULL);

	if (object == NULL) {
		fail(result, errno, "report a bug: the preflight's eBPF object is invalid", "open: %s", strerror(errno));
		return;
	}
	/* Each program is loaded alone, so that a program that the kernel rejects does not affect the others. */
	bpf_object__for_each_program(program, object)
		bpf_program__set_autoload(program, strcmp(bpf_program__name(program), name) == 0);
	make_name(task);
	size_t size;
	struct bpf_map *constants = bpf_object__find_map_by_name(object, ".rodata");
	char *wanted = constants == NULL ? NULL : bpf_map__initial_value(constants, &size);
	if (wanted == NULL || size < NAME_LENGTH) {
		fail(result, EINVAL, "report a bug: the preflight's eBPF object is invalid", "open: no .rodata");
	} else {
		memcpy(wanted, task, NAME_LENGTH);
		try_program(object, name, task, result);
	}
	bpf_object__close(object);
}

void check_btf_tracepoint(struct result *result)
{
	check_program("btf_tracepoint", result);
}

void check_tracepoint(struct result *result)
{
	check_program("tracepoint", result);
}

void check_kprobe(struct result *result)
{
	check_program("kprobe", result);
}
