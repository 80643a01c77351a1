/*
 * The first and only process of the machine that tests/vm boots: runs the preflight under each case's circumstances, then
 * switches off. Arguments: the checks to require, then each case as NAME/PARANOID/TRACEFS/CAPABILITIES. PARANOID is
 * kernel.perf_event_paranoid, or "default" to leave it; TRACEFS "mounted" or "absent"; CAPABILITIES a mask in hexadecimal.
 * Prints for each case the preflight's line, then "@NAME STATUS".
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

#define TRACEFS "/sys/kernel/tracing"

static void expect(int result, const char *what)
{
	if (result >= 0)
		return;
	printf("init: %s: %s\n", what, strerror(errno));
	reboot(RB_AUTOBOOT); /* the emulator runs with -no-reboot: it ends */
}

static void set_paranoid(const char *level)
{
	int file = open("/proc/sys/kernel/perf_event_paranoid", O_WRONLY | O_CLOEXEC);

	expect(file, "open perf_event_paranoid");
	expect(write(file, level, strlen(level)), "write perf_event_paranoid");
	close(file);
}

/* As Docker runs a container's uid 0: the bounding set is what --cap-add left, and no_new_privs is set. */
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
		expect(dup2(memfd_create("unread", 0), STDOUT_FILENO), "leave its line unread");
		become_preflight(required, ~0ULL);
	}
	expect(child, "fork");
	expect(waitpid(child, NULL, 0), "waitpid");
}

static void run_case(const char *required, const char *name, const char *paranoid, const char *tracefs,
		     const char *capabilities)
{
	int status = 0;

	if (strcmp(paranoid, "default") != 0)
		set_paranoid(paranoid);
	if (strcmp(tracefs, "mounted") == 0)
		expect(mount("tracefs", TRACEFS, "tracefs", MS_RDONLY, NULL), "mount tracefs");
	pid_t child = fork();
	if (child == 0)
		become_preflight(required, strtoull(capabilities, NULL, 16));
	expect(child, "fork");
	expect(waitpid(child, &status, 0), "waitpid");
	if (strcmp(tracefs, "mounted") == 0)
		expect(umount(TRACEFS), "umount tracefs");
	printf("@%s %d\n", name, WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
}

int main(int count, char **arguments)
{
	setvbuf(stdout, NULL, _IONBF, 0);
	expect(mount("proc", "/proc", "proc", 0, NULL), "mount proc");
	expect(mount("sysfs", "/sys", "sysfs", 0, NULL), "mount sysfs");
	/* The first eBPF program that a kernel loads takes long: it reads its own BTF. On a host systemd's programs were that. */
	if (count > 1)
		warm_up(arguments[1]);
	for (int i = 2; i < count; i++) {
		char *name = strtok(arguments[i], "/"), *paranoid = strtok(NULL, "/"), *tracefs = strtok(NULL, "/"),
		     *capabilities = strtok(NULL, "/");
		if (capabilities == NULL)
			printf("init: %s: is no case\n", arguments[i]);
		else
			run_case(arguments[1], name, paranoid, tracefs, capabilities);
	}
	sync();
	reboot(RB_AUTOBOOT);
	return 1;
}
