/*
 * Stands between clients and PostgreSQL and adds latency, not a limit of throughput: bytes are read as they come, and
 * each direction passes them on half a delay later. It also counts round trips.
 *
 *   proxy SERVER-PORT DELAY-IN-MICROSECONDS
 *
 * It listens on a free port of 127.0.0.1 and prints it; when its standard input ends it prints the number of round trips.
 *
 * A round trip is a burst of messages from the client that the server has to answer before the client goes on: the client
 * sends although everything it sent before has been answered. Answered means that a ReadyForQuery has come for every
 * Query and Sync, or that the server asks for more (a password, the data of a COPY). So a pipeline counts as one, however
 * many packets it takes and although the server begins to answer while it is still being sent; Terminate, which nobody
 * answers, counts as none. Opening the TCP connection is not delayed and not counted: it costs every contender one more.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CLIENT, SERVER, MAX_CONNECTIONS = 64, CHUNK = 64 * 1024, MAX_QUEUED = 64 * 1024 * 1024 };

struct chunk {
    struct chunk *next;
    int64_t due;
    size_t length, sent;
    int ready;    /* ReadyForQuery messages that end in it */
    bool asks;    /* the server waits for the client */
    char bytes[]; /* none: the sender has closed */
};

/* Reads messages out of a stream whose pieces end anywhere */
struct messages {
    unsigned char head[9];
    int have;
    uint32_t left;
};

struct side {
    int socket;
    struct chunk *first, **last; /* what has come from here, on its way to the other side */
    size_t queued;
    bool closed;
    struct messages messages;
};

struct connection {
    bool used, started, answered, wants_tls;
    int unanswered;
    struct side sides[2];
};

static struct connection connections[MAX_CONNECTIONS];
static long round_trips;
static int64_t half_delay;

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static uint32_t number(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* The next message that is complete with its first head_size bytes is in head; false when the bytes are used up */
static bool next_message(struct messages *messages, const char **bytes, size_t *count, int type_size, int head_size)
{
    while (*count > 0) {
        if (messages->left > 0) {
            size_t skipped = messages->left < *count ? messages->left : *count;
            messages->left -= skipped, *bytes += skipped, *count -= skipped;
            continue;
        }
        messages->head[messages->have++] = *(*bytes)++, --*count;
        if (messages->have < type_size + 4)
            continue;
        uint32_t length = number(messages->head + type_size) + type_size;
        if (messages->have < head_size && (uint32_t)messages->have < length)
            continue;
        messages->left = length - messages->have;
        messages->have = 0;
        return true;
    }
    return false;
}

static void read_client(struct connection *connection, const char *bytes, size_t count)
{
    struct messages *messages = &connection->sides[CLIENT].messages;
    bool between = messages->have == 0 && messages->left == 0;
    if (connection->answered && !(connection->started && between && *bytes == 'X')) {
        round_trips++;
        connection->answered = false;
    }
    while (next_message(messages, &bytes, &count, connection->started ? 1 : 0, connection->started ? 5 : 8)) {
        unsigned char type = messages->head[0];
        if (connection->started) {
            connection->unanswered += type == 'Q' || type == 'S' || type == 'F';
            continue;
        }
        /* Length and code, no type: SSLRequest and GSSENCRequest come before the startup message */
        uint32_t code = number(messages->head + 4);
        connection->wants_tls = code == 80877103 || code == 80877104;
        connection->unanswered = connection->started = !connection->wants_tls;
    }
}

static void read_server(struct connection *connection, struct chunk *chunk)
{
    const char *bytes = chunk->bytes;
    size_t count = chunk->length;
    if (connection->wants_tls && count > 0) {
        connection->wants_tls = false;
        chunk->asks = true;
        bytes++, count--;
    }
    struct messages *messages = &connection->sides[SERVER].messages;
    while (next_message(messages, &bytes, &count, 1, 9)) {
        unsigned char type = messages->head[0];
        uint32_t authentication = number(messages->head + 5);
        chunk->ready += type == 'Z';
        /* AuthenticationOk (0) and AuthenticationSASLFinal (12) want nothing */
        chunk->asks |= type == 'G' || type == 'W' || (type == 'R' && authentication != 0 && authentication != 12);
    }
}

static void receive(struct connection *connection, int from)
{
    struct side *side = &connection->sides[from];
    struct chunk *chunk = calloc(1, sizeof *chunk + CHUNK);
    ssize_t count = read(side->socket, chunk->bytes, CHUNK);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
        free(chunk);
        return;
    }
    side->closed = count <= 0;
    chunk->length = count > 0 ? count : 0;
    chunk->due = now() + half_delay;
    if (from == CLIENT && count > 0)
        read_client(connection, chunk->bytes, count);
    else if (count > 0)
        read_server(connection, chunk);
    chunk = realloc(chunk, sizeof *chunk + chunk->length);
    *side->last = chunk;
    side->last = &chunk->next;
    side->queued += chunk->length;
}

static void drop_first(struct side *side)
{
    struct chunk *chunk = side->first;
    side->first = chunk->next;
    if (!side->first)
        side->last = &side->first;
    free(chunk);
}

/* Sends what is due; false when the connection is to be closed */
static bool deliver(struct connection *connection, int from, int64_t time)
{
    struct side *side = &connection->sides[from];
    int to = connection->sides[!from].socket;
    while (side->first && side->first->due <= time) {
        struct chunk *chunk = side->first;
        if (chunk->length == 0 && shutdown(to, SHUT_WR) < 0)
            return false;
        if (chunk->sent < chunk->length) {
            ssize_t count = write(to, chunk->bytes + chunk->sent, chunk->length - chunk->sent);
            if (count < 0)
                return errno == EAGAIN || errno == EINTR;
            chunk->sent += count;
            side->queued -= count;
            if (chunk->sent < chunk->length)
                return true;
        }
        connection->unanswered -= chunk->ready;
        if (chunk->asks || (chunk->ready > 0 && connection->unanswered == 0))
            connection->answered = true;
        drop_first(side);
    }
    return !(side->closed && !side->first && connection->sides[!from].closed && !connection->sides[!from].first);
}

static void prepare(int socket)
{
    int one = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(socket, F_SETFL, O_NONBLOCK);
}

static void accept_client(int listener, struct sockaddr_in server)
{
    int client = accept(listener, NULL, NULL), upstream = socket(AF_INET, SOCK_STREAM, 0);
    if (client < 0 || connect(upstream, (struct sockaddr *)&server, sizeof server) < 0)
        exit(1);
    prepare(client);
    prepare(upstream);
    for (int i = 0; i < MAX_CONNECTIONS; i++) {
        struct connection *connection = &connections[i];
        if (connection->used)
            continue;
        *connection = (struct connection){.used = true, .answered = true};
        connection->sides[CLIENT].socket = client;
        connection->sides[SERVER].socket = upstream;
        for (int side = CLIENT; side <= SERVER; side++)
            connection->sides[side].last = &connection->sides[side].first;
        return;
    }
    exit(1);
}

static void close_connection(struct connection *connection)
{
    for (int i = CLIENT; i <= SERVER; i++) {
        close(connection->sides[i].socket);
        while (connection->sides[i].first)
            drop_first(&connection->sides[i]);
    }
    connection->used = false;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    signal(SIGPIPE, SIG_IGN);
    /* The kernel may wake a process up to 50 microseconds late unless told otherwise */
    prctl(PR_SET_TIMERSLACK, 1UL);
    half_delay = atoll(argv[2]) * 1000 / 2;
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof here;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&here, size) < 0 || listen(listener, 64) < 0 || getsockname(listener, (struct sockaddr *)&here, &size) < 0)
        return 1;
    printf("%d\n", ntohs(here.sin_port));
    fflush(stdout);

    for (;;) {
        struct pollfd polled[2 + 2 * MAX_CONNECTIONS] = {{STDIN_FILENO, POLLIN, 0}, {listener, POLLIN, 0}};
        int64_t time = now(), next = INT64_MAX;
        for (int i = 0; i < MAX_CONNECTIONS; i++) {
            struct connection *connection = &connections[i];
            for (int from = CLIENT; from <= SERVER; from++) {
                struct pollfd *entry = &polled[2 + 2 * i + from];
                entry->fd = -1; /* poll passes it over */
                if (!connection->used)
                    continue;
                struct side *side = &connection->sides[from], *other = &connection->sides[!from];
                /* What is due but unsent waits until its socket takes more */
                bool blocked = other->first && other->first->due <= time;
                entry->events = (side->closed || side->queued > MAX_QUEUED ? 0 : POLLIN) | (blocked ? POLLOUT : 0);
                entry->fd = entry->events ? side->socket : -1;
                if (other->first && !blocked && other->first->due < next)
                    next = other->first->due;
            }
        }
        struct timespec wait = {.tv_sec = (next - time) / 1000000000, .tv_nsec = (next - time) % 1000000000};
        if (ppoll(polled, 2 + 2 * MAX_CONNECTIONS, next == INT64_MAX ? NULL : &wait, NULL) < 0 && errno != EINTR)
            return 1;

        char end;
        if (polled[0].revents && read(STDIN_FILENO, &end, 1) <= 0)
            break;
        time = now();
        for (int i = 0; i < MAX_CONNECTIONS; i++) {
            struct connection *connection = &connections[i];
            if (!connection->used)
                continue;
            /* What is due first: the answers that have gone out decide whether the client waited */
            bool open = deliver(connection, CLIENT, time) && deliver(connection, SERVER, time);
            for (int from = CLIENT; open && from <= SERVER; from++)
                if (!connection->sides[from].closed && polled[2 + 2 * i + from].revents & (POLLIN | POLLHUP | POLLERR))
                    receive(connection, from);
            if (!open)
                close_connection(connection);
        }
        if (polled[1].revents)
            accept_client(listener, server);
    }
    printf("%ld\n", round_trips);
    return 0;
}
