/*
 * linnix-preflight: checks whether this kernel supports cognitod with the privileges of this process.
 * Prints one line of JSON. Exit status 0: all required checks passed; 1: a required check failed; 2: bad usage.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "checks.h"

/* Seconds for all checks, unless --within sets another limit. */
#define DEFAULT_DEADLINE 2
#define LONGEST_DEADLINE 60

#define MAX_CHECKS 32

static bool verbose;

static int on_libbpf(enum libbpf_print_level level, const char *format, va_list arguments)
{
	(void)level;
	return verbose ? vfprintf(stderr, format, arguments) : 0;
}

/* The child's results, in memory that both processes share. */
struct work {
	int finished; /* checks that have a result */
	struct result results[MAX_CHECKS];
};

static void on_alarm(int signal)
{
	(void)signal; /* only interrupts waitpid */
}

/*
 * Runs the checks in a child process, so that no results are lost if a check hangs, even in the kernel.
 */
static const struct result *run_checks(unsigned int deadline)
{
	struct work *work = mmap(NULL, sizeof(*work), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct sigaction interrupt = {.sa_handler = on_alarm};

	if (work == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	pid_t child = fork();
	if (child == 0) {
		for (; work->finished < check_count; work->finished++)
			checks[work->finished].run(&work->results[work->finished]);
		_exit(0);
	}
	sigaction(SIGALRM, &interrupt, NULL);
	alarm(deadline);
	if (child > 0 && waitpid(child, NULL, 0) < 0)
		kill(child, SIGKILL);
	alarm(0);
	for (int i = work->finished; i < check_count; i++)
		fail(&work->results[i], ETIMEDOUT, "run linnix-preflight --verbose to see where it stops",
		     "no result within %u seconds", deadline);
	return work->results;
}

static void print_string(const char *text)
{
	putchar('"');
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			printf("\\%c", *text);
		else if ((unsigned char)*text < ' ')
			printf("\\u%04x", *text);
		else
			putchar(*text);
	}
	putchar('"');
}

static void print_names(const char *key, const bool *chosen)
{
	const char *separator = "";

	printf("\"%s\":[", key);
	for (int i = 0; i < check_count; i++) {
		if (!chosen[i])
			continue;
		printf("%s\"%s\"", separator, checks[i].name);
		separator = ",";
	}
	putchar(']');
}

static void print_result(const char *name, const struct result *result)
{
	printf("\"%s\":{\"ok\":%s,\"detail\":", name, result->ok ? "true" : "false");
	print_string(result->detail);
	printf(",\"errno\":");
	if (!result->ok && result->error != 0)
		print_string(strerrorname_np(result->error) ?: "unknown");
	else
		printf("null");
	printf(",\"remedy\":");
	if (!result->ok && result->remedy[0] != '\0')
		print_string(result->remedy);
	else
		printf("null");
	putchar('}');
}

/* Marks the checks in a comma-separated list. Returns false if one is unknown. */
static bool require(char *list, bool *required)
{
	if (list[strspn(list, ",")] == '\0') {
		fputs("--require: names no check; leave it out to require none\n", stderr);
		return false;
	}
	for (char *name = strtok(list, ","); name != NULL; name = strtok(NULL, ",")) {
		int i = 0;
		while (i < check_count && strcmp(checks[i].name, name) != 0)
			i++;
		if (i == check_count) {
			fprintf(stderr, "--require %s: unknown check; the checks are", name);
			for (int j = 0; j < check_count; j++)
				fprintf(stderr, "%s %s", j == 0 ? "" : ",", checks[j].name);
			fputc('\n', stderr);
			return false;
		}
		required[i] = true;
	}
	return true;
}

/* Parses the value of --within. Returns 0 if it is invalid. */
static unsigned int seconds(const char *text)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (*text != '\0' && *end == '\0' && value >= 1 && value <= LONGEST_DEADLINE)
		return value;
	fprintf(stderr, "--within %s: must be a whole number of seconds from 1 to %d\n", text, LONGEST_DEADLINE);
	return 0;
}

static const char usage[] =
	"usage: linnix-preflight [--require CHECK,...] [--within SECONDS] [--list] [--verbose] [--help]\n"
	"Checks whether this kernel supports cognitod, and prints the results as one line of JSON.\n"
	"  --require  checks that must pass for exit status 0; default none\n"
	"  --within   time limit for the checks in seconds, from 1 to 60; default 2\n"
	"  --list     print the names of the checks\n"
	"  --verbose  print libbpf's messages on standard error\n";

int main(int count, char **arguments)
{
	static const struct option options[] = {
		{"require", required_argument, NULL, 'r'}, {"within", required_argument, NULL, 'w'},
		{"list", no_argument, NULL, 'l'},          {"verbose", no_argument, NULL, 'v'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	bool required[MAX_CHECKS] = {false}, missing[MAX_CHECKS] = {false};
	const struct result *results;
	struct utsname kernel;
	unsigned int deadline = DEFAULT_DEADLINE;
	bool ok = true;

	for (int option; (option = getopt_long(count, arguments, "", options, NULL)) != -1;) {
		switch (option) {
		case 'r':
			if (!require(optarg, required))
				return 2;
			break;
		case 'w':
			deadline = seconds(optarg);
			if (deadline == 0)
				return 2;
			break;
		case 'l':
			for (int i = 0; i < check_count; i++)
				puts(checks[i].name);
			return 0;
		case 'v':
			verbose = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (optind < count) {
		fprintf(stderr, "%s: unexpected argument\n%s", arguments[optind], usage);
		return 2;
	}

	raise_capabilities();
	libbpf_set_print(on_libbpf);
	results = run_checks(deadline);
	for (int i = 0; i < check_count; i++) {
		missing[i] = required[i] && !results[i].ok;
		ok = ok && !missing[i];
	}

	uname(&kernel);
	printf("{\"ok\":%s,\"kernel\":{\"release\":", ok ? "true" : "false");
	print_string(kernel.release);
	printf(",\"machine\":");
	print_string(kernel.machine);
	printf("},");
	print_names("required", required);
	putchar(',');
	print_names("missing", missing);
	printf(",\"checks\":{");
	for (int i = 0; i < check_count; i++) {
		if (i > 0)
			putchar(',');
		print_result(checks[i].name, &results[i]);
	}
	printf("}}\n");
	return ok ? 0 : 1;
}
