/*
 * linnix-preflight: says what this kernel can do for cognitod, with exactly the privileges that it is run with.
 * Prints one line of JSON. Exit status 0: all required checks passed; 1: one did not; 2: bad usage.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "checks.h"

/* After this many seconds whatever hangs is given up. */
#define DEADLINE 2

#define MAX_CHECKS 32

static bool verbose;

static int on_libbpf(enum libbpf_print_level level, const char *format, va_list arguments)
{
	(void)level;
	return verbose ? vfprintf(stderr, format, arguments) : 0;
}

static void on_deadline(int signal)
{
	static const char late[] =
		"{\"ok\":false,\"kernel\":{\"release\":\"unknown\",\"machine\":\"unknown\"},\"required\":[],\"missing\":[\"deadline\"],"
		"\"checks\":{\"deadline\":{\"ok\":false,\"detail\":\"a check did not end within 2 seconds\",\"errno\":\"ETIMEDOUT\","
		"\"remedy\":\"run linnix-preflight --verbose and see where it stops\"}}}\n";
	ssize_t ignored = write(STDOUT_FILENO, late, sizeof(late) - 1);

	(void)signal;
	(void)ignored;
	_exit(1);
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

/* Marks the checks that a comma-separated list names; false when one is unknown. */
static bool require(char *list, bool *required)
{
	for (char *name = strtok(list, ","); name != NULL; name = strtok(NULL, ",")) {
		int i = 0;
		while (i < check_count && strcmp(checks[i].name, name) != 0)
			i++;
		if (i == check_count) {
			fprintf(stderr, "--require %s: is no check; known are", name);
			for (int j = 0; j < check_count; j++)
				fprintf(stderr, "%s %s", j == 0 ? "" : ",", checks[j].name);
			fputc('\n', stderr);
			return false;
		}
		required[i] = true;
	}
	return true;
}

static const char usage[] =
	"usage: linnix-preflight [--require CHECK,...] [--list] [--verbose] [--help]\n"
	"Says what this kernel can do for cognitod, as one line of JSON, within 2 seconds.\n"
	"  --require  checks that must pass for exit status 0; by default none, and the line is just a report\n"
	"  --list     prints the names of the checks\n"
	"  --verbose  libbpf's own messages on standard error\n";

int main(int count, char **arguments)
{
	static const struct option options[] = {
		{"require", required_argument, NULL, 'r'}, {"list", no_argument, NULL, 'l'},
		{"verbose", no_argument, NULL, 'v'},       {"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	bool required[MAX_CHECKS] = {false}, missing[MAX_CHECKS] = {false};
	struct result results[MAX_CHECKS];
	struct utsname kernel;
	bool ok = true;

	for (int option; (option = getopt_long(count, arguments, "", options, NULL)) != -1;) {
		switch (option) {
		case 'r':
			if (!require(optarg, required))
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
		fprintf(stderr, "%s: takes no such argument\n%s", arguments[optind], usage);
		return 2;
	}

	libbpf_set_print(on_libbpf);
	signal(SIGALRM, on_deadline);
	alarm(DEADLINE);
	memset(results, 0, sizeof(results));
	for (int i = 0; i < check_count; i++) {
		checks[i].run(&results[i]);
		missing[i] = required[i] && !results[i].ok;
		ok = ok && !missing[i];
	}
	alarm(0);

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
