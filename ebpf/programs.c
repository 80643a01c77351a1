/* The checks that load, attach and set off an eBPF program, and wait for its event. */
#include "checks.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "preflight.h"

/* How long to wait for an event that should be there at once. */
#define PATIENCE_MS 300

extern const char preflight_object[], preflight_object_end[];

static void on_event(void *context, int cpu, void *data, unsigned int size)
{
	(void)cpu;
	(void)data;
	if (size >= sizeof(struct event))
		++*(int *)context;
}

/* Makes a name that no other task has. */
static void make_name(char *name)
{
	uint32_t noise[1] = {0};

	getrandom(noise, sizeof(noise), 0);
	memset(name, 0, NAME_LENGTH);
	snprintf(name, NAME_LENGTH, "pf-%08x", noise[0]);
}

/* A child under the given name that writes and exits: it sets every program off. */
static void set_off(const char *name)
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

static const char *remedy_for(const char *program, int error)
{
	if (strcmp(program, "kprobe") == 0 && access("/sys/bus/event_source/devices/kprobe", F_OK) != 0)
		return "this kernel has no kprobes (CONFIG_KPROBES): use a distribution's kernel, 5.12 or newer on x86_64, 5.18 on arm64";
	if (error == EPERM || error == EACCES)
		return "see caps and perf_paranoid; under Docker below 23.0 the default seccomp profile refuses bpf too";
	if (strcmp(program, "tracepoint") == 0 && error == ENOENT)
		return "see tracefs";
	return "use a distribution's kernel, 5.12 or newer on x86_64, 5.18 on arm64";
}

/* Loads, attaches and sets off one program; fills in the result at the first thing that fails. */
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
		set_off(task);
		if (perf_buffer__poll(buffer, PATIENCE_MS) < 0)
			error = errno;
		else if (seen == 0)
			error = ETIMEDOUT;
	}
	if (error == 0)
		pass(result, "loads, attaches and delivers");
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
		fail(result, errno, "report this: the preflight's own eBPF object is broken", "open: %s", strerror(errno));
		return;
	}
	/* Each program is loaded alone, so that one that the kernel refuses doesn't take the others along. */
	bpf_object__for_each_program(program, object)
		bpf_program__set_autoload(program, strcmp(bpf_program__name(program), name) == 0);
	make_name(task);
	size_t size;
	struct bpf_map *constants = bpf_object__find_map_by_name(object, ".rodata");
	char *wanted = constants == NULL ? NULL : bpf_map__initial_value(constants, &size);
	if (wanted == NULL || size < NAME_LENGTH) {
		fail(result, EINVAL, "report this: the preflight's own eBPF object is broken", "open: no .rodata");
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
