/*
 * The only process of the machine that tests/vm boots: runs the preflight under the conditions of each case, then
 * powers off. Arguments: the required checks, then each case as NAME/PARANOID/TRACEFS/CGROUPNS/CAPABILITIES. PARANOID is
 * kernel.perf_event_paranoid, or "default" to keep it; TRACEFS is "mounted" or "absent"; CGROUPNS is "host" or "private";
 * CAPABILITIES is a hexadecimal mask. For each case it prints the preflight's line, then "@NAME STATUS".
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define TRACEFS "/sys/kernel/tracing"
#define CGROUPS "/sys/fs/cgroup"

static void expect(int result, const char *what)
{
	if (result >= 0)
		return;
	printf("init: %s: %s\n", what, strerror(errno));
	reboot(RB_AUTOBOOT); /* the emulator runs with -no-reboot: it ends */
}

static void write_file(const char *path, const char *text)
{
	int file = open(path, O_WRONLY | O_CLOEXEC);

	expect(file, path);
	expect(write(file, text, strlen(text)), path);
	close(file);
}

/* Like Docker for a container with a private cgroup namespace: the process is in a control group of its own, the root. */
static void enter_private_cgroupns(void)
{
	expect(mkdir(CGROUPS "/container", 0755), "make a control group");
	write_file(CGROUPS "/container/cgroup.procs", "0");
	expect(unshare(CLONE_NEWCGROUP), "unshare the cgroup namespace");
}

/* Like Docker for a container's uid 0: only the added capabilities are in the bounding set, and no_new_privs is set. */
static void become_preflight(const char *required, unsigned long long capabilities)
{
	for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++)
		if (!(capabilities >> capability & 1))
			expect(prctl(PR_CAPBSET_DROP, capability, 0, 0, 0), "drop a capability");
	expect(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
	execl("/linnix-preflight", "linnix-preflight", "--require", required, NULL);
	expect(-1, "exec linnix-preflight");
}

static void warm_up(const char *required)
{
	pid_t child = fork();

	if (child == 0) {
		expect(dup2(memfd_create("unread", 0), STDOUT_FILENO), "redirect the warm-up's output");
		become_preflight(required, ~0ULL);
	}
	expect(child, "fork");
	expect(waitpid(child, NULL, 0), "waitpid");
}

static void run_case(const char *required, const char *name, const char *paranoid, const char *tracefs,
		     const char *cgroupns, const char *capabilities)
{
	static bool mounted;
	int status = 0;

	/* Not after the last case: under lockdown, Debian's kernel 6.12 crashes when tracefs is unmounted. */
	if (mounted)
		expect(umount(TRACEFS), "umount tracefs");
	mounted = strcmp(tracefs, "mounted") == 0;
	if (strcmp(paranoid, "default") != 0)
		write_file("/proc/sys/kernel/perf_event_paranoid", paranoid);
	if (mounted)
		expect(mount("tracefs", TRACEFS, "tracefs", MS_RDONLY, NULL), "mount tracefs");
	pid_t child = fork();
	if (child == 0) {
		if (strcmp(cgroupns, "private") == 0)
			enter_private_cgroupns();
		become_preflight(required, strtoull(capabilities, NULL, 16));
	}
	expect(child, "fork");
	expect(waitpid(child, &status, 0), "waitpid");
	printf("@%s %d\n", name, WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
}

int main(int count, char **arguments)
{
	setvbuf(stdout, NULL, _IONBF, 0);
	expect(mount("proc", "/proc", "proc", 0, NULL), "mount proc");
	expect(mount("sysfs", "/sys", "sysfs", 0, NULL), "mount sysfs");
	expect(mount("cgroup2", CGROUPS, "cgroup2", 0, NULL), "mount cgroup2");
	/* The first eBPF program loads slowly, because the kernel parses its BTF. On a host, systemd has loaded one before. */
	if (count > 1)
		warm_up(arguments[1]);
	for (int i = 2; i < count; i++) {
		char *name = strtok(arguments[i], "/"), *paranoid = strtok(NULL, "/"), *tracefs = strtok(NULL, "/"),
		     *cgroupns = strtok(NULL, "/"), *capabilities = strtok(NULL, "/");
		if (capabilities == NULL)
			printf("init: %s: invalid case\n", arguments[i]);
		else
			run_case(arguments[1], name, paranoid, tracefs, cgroupns, capabilities);
	}
	sync();
	reboot(RB_AUTOBOOT);
	return 1;
}
