package dev.freshet.demo.app;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.RedisClient;

/**
 * The application over HTTP. {@code GET /users/1} reads, {@code PUT /users/1} with a name as the body changes the truth, then tells the
 * caches. {@code Cache-Status} (RFC 9211) says whether an answer was a hit in this process.
 */
final class UsersServer {

    private static final Logger log = LoggerFactory.getLogger(UsersServer.class);
    private static final Pattern USER = Pattern.compile("/users/([0-9]{1,18})");
    private static final Pattern NUMBER = Pattern.compile(".*=([0-9]{1,18})");
    private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{N} ]{1,200}");
    private static final int MAX_BODY_BYTES = 4_096;
    private static final int THREADS = 64;

    private final UserSource truth;
    private final CachedUsers users;
    private final RedisClient naiveNeighbour;

    private record Answer(int status, String body, String cacheStatus) {}

    private UsersServer(UserSource truth, CachedUsers users, RedisClient naiveNeighbour) {
        this.truth = truth;
        this.users = users;
        this.naiveNeighbour = naiveNeighbour;
    }

    /**
     * Serves until the process ends.
     *
     * @param truth where changes are made
     * @param naiveNeighbour the Redis over which the naive replica is told of changes
     */
    static void start(int port, UserSource truth, CachedUsers users, RedisClient naiveNeighbour) throws IOException {
        UsersServer application = new UsersServer(truth, users, naiveNeighbour);
        // Without it the second half of an answer waits for the client's acknowledgement, some 40 ms.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.createContext("/", application::handle);
        server.setExecutor(Executors.newFixedThreadPool(THREADS));
        server.start();
    }

    private void handle(HttpExchange exchange) {
        try (exchange) {
            Answer answer;
            try {
                answer = answer(exchange);
            } catch (Exception e) {
                log.warn("{} {} failed", exchange.getRequestMethod(), exchange.getRequestURI(), e);
                answer = new Answer(503, "the request failed, repeat it: " + e.getMessage() + "\n", "");
            }
            byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
            if (!answer.cacheStatus().isEmpty()) {
                exchange.getResponseHeaders().set("Cache-Status", "freshet; " + answer.cacheStatus());
            }
            exchange.sendResponseHeaders(answer.status(), body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
        } catch (IOException e) {
            log.debug("the client is gone", e);
        }
    }

    private Answer answer(HttpExchange exchange) throws Exception {
        String path = exchange.getRequestURI().getPath();
        if (path.equals("/report")) {
            return new Answer(200, String.join("\n", users.report(number(exchange))), "");
        }
        Matcher user = USER.matcher(path);
        if (!user.matches()) {
            return new Answer(404, "there are /users/1 and so on, and /report?from=0\n", "");
        }
        long id = Long.parseLong(user.group(1));
        return switch (exchange.getRequestMethod()) {
            case "GET" -> get(id, number(exchange));
            case "PUT" ->
                put(id, new String(exchange.getRequestBody().readNBytes(MAX_BODY_BYTES), StandardCharsets.UTF_8));
            default -> new Answer(405, "GET and PUT\n", "");
        };
    }

    /** @param slowMillis how long a load takes after it has read the truth */
    private Answer get(long id, long slowMillis) throws Exception {
        AtomicBoolean loaded = new AtomicBoolean();
        User user = users.find(id, key -> {
            loaded.set(true);
            User found = truth.find(key);
            Thread.sleep(slowMillis);
            return found;
        });
        return user == null
                ? new Answer(404, "there is no user " + id + "\n", "")
                : new Answer(200, user.toJson(), loaded.get() ? "fwd=miss" : "hit");
    }

    private Answer put(long id, String name) throws Exception {
        if (!NAME.matcher(name).matches()) {
            return new Answer(400, "the body must be a name: 1 to 200 letters, digits and spaces\n", "");
        }
        User user = truth.rename(id, name);
        if (user == null) {
            return new Answer(404, "there is no user " + id + "\n", "");
        }
        Instant committedAt = Instant.now();
        // Both neighbours are told. This one first: what it does not hear, it never hears.
        NaiveUsers.announce(naiveNeighbour, user);
        String position = users.changed(user, committedAt);
        return new Answer(200, user.version() + " " + position + "\n", "");
    }

    private static long number(HttpExchange exchange) {
        String query = exchange.getRequestURI().getQuery();
        Matcher number = NUMBER.matcher(query == null ? "" : query);
        return number.matches() ? Long.parseLong(number.group(1)) : 0;
    }
}
