/*
 * http-probe PORT PATH [NUMBER]: sends an HTTP request to 127.0.0.1. Prints the body, then the status code on a line of its
 * own (000: no response). Exit status 0 for a 2xx response, 1 otherwise, 2 on bad usage. Ends within 4 seconds.
 *
 * With NUMBER, prints of a JSON body only the field of this name, as {"NUMBER":1}, and sends cognitod's token, which it has in
 * its environment: the API requires it, and whoever runs the probe need not know it.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define DEADLINE_SECONDS 4
#define MAX_RESPONSE 65536

static int no_response(void)
{
	puts("\n000");
	return 1;
}

/* Sends the request and reads the whole response. Returns its length, or -1. */
static ssize_t get(int port, const char *path, const char *token, char *response)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	char request[2048];
	ssize_t length = 0, count;
	int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (server < 0 || connect(server, (struct sockaddr *)&address, sizeof(address)) != 0)
		return -1;
	/* HTTP/1.0: the server closes the connection after the response, and never sends it in chunks. */
	int size = snprintf(request, sizeof(request), "GET %s HTTP/1.0\r\nHost: 127.0.0.1\r\n%s%s%s\r\n", path,
	                    token == NULL ? "" : "Authorization: Bearer ", token == NULL ? "" : token, token == NULL ? "" : "\r\n");
	if (size >= (int)sizeof(request) || write(server, request, size) != size)
		return -1;
	while (length < MAX_RESPONSE - 1 && (count = read(server, response + length, MAX_RESPONSE - 1 - length)) > 0)
		length += count;
	response[length] = '\0';
	close(server);
	return length;
}

/* Reduces a JSON object to one field with a whole number; to nothing if there is none. */
static void reduce(char *body, const char *name)
{
	char key[64];
	unsigned long number;

	snprintf(key, sizeof(key), "\"%s\":", name);
	const char *found = strstr(body, key);
	if (found == NULL || sscanf(found + strlen(key), " %lu", &number) != 1)
		body[0] = '\0';
	else
		sprintf(body, "{%s%lu}", key, number); /* shorter than what it was read from */
}

int main(int count, char **arguments)
{
	static char response[MAX_RESPONSE];
	int port = count == 3 || count == 4 ? atoi(arguments[1]) : 0;
	int status;

	if (port < 1 || port > 65535 || arguments[2][0] != '/' || strlen(arguments[2]) > 900 || (count == 4 && strlen(arguments[3]) > 40)) {
		fputs("usage: http-probe PORT PATH [NUMBER]\n", stderr);
		return 2;
	}
	alarm(DEADLINE_SECONDS); /* SIGALRM ends the process: the caller treats a probe without output as no response */
	if (get(port, arguments[2], count == 4 ? getenv("LINNIX_API_TOKEN") : NULL, response) <= 0 || sscanf(response, "HTTP/%*s %d", &status) != 1)
		return no_response();
	char *body = strstr(response, "\r\n\r\n");
	if (body != NULL && count == 4)
		reduce(body + 4, arguments[3]);
	printf("%s\n%03d\n", body == NULL ? "" : body + 4, status);
	return status >= 200 && status < 300 ? 0 : 1;
}
