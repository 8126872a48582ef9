package dev.freshet.subscriber.resp;

import static org.awaitility.Awaitility.await;

import dev.freshet.service.Service;
import dev.freshet.service.config.Configuration;
import dev.freshet.subscriber.RawHttp;
import dev.freshet.subscriber.SubscriberApplication;
import dev.freshet.testkit.LoopbackPorts;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import redis.clients.jedis.Jedis;

/** A subscriber with a RESP port, whose rule is {@code user:*}, and clients of that port. */
final class Sidecar implements AutoCloseable {

    private final Service service;
    private final RawHttp management;
    private final int port = LoopbackPorts.free();

    private Sidecar(Map<String, String> settings) {
        settings.put("resp.port", Integer.toString(port));
        String[] all = settings.entrySet().stream()
                .flatMap(setting -> Stream.of(setting.getKey(), setting.getValue()))
                .toArray(String[]::new);
        service = Service.start(new SubscriberApplication(), Configuration.of(all));
        management = new RawHttp(service.managementPort());
    }

    /** Starts one, and waits until it answers from copies. */
    static Sidecar start(String redisUri, String... namesAndValues) {
        Sidecar sidecar = starting(redisUri, namesAndValues);
        await().until(() -> sidecar.service.isReady() && sidecar.metric("freshet_resp_tracking") == 1);
        return sidecar;
    }

    static Sidecar starting(String redisUri, String... namesAndValues) {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("redis.uri", redisUri);
        settings.put("http.port", "0");
        settings.put("management.host", "127.0.0.1");
        settings.put("management.port", "0");
        settings.put("heartbeat", "100ms");
        settings.put("regions.users.unconfirmed.after", "1h");
        settings.put("resp.rules.users.pattern", "user:*");
        settings.put("resp.rules.users.region", "users");
        for (int i = 0; i < namesAndValues.length; i += 2) {
            settings.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return new Sidecar(settings);
    }

    int port() {
        return port;
    }

    int httpPort() {
        return service.port();
    }

    RawHttp management() {
        return management;
    }

    /** Returns a client of the port. */
    Jedis client() {
        return new Jedis("127.0.0.1", port, 60_000);
    }

    /** Reads until the answer came from a copy. */
    String readLocally(Jedis client, String key) {
        return await().pollInterval(2, TimeUnit.MILLISECONDS)
                .until(
                        () -> {
                            double before = local();
                            String value = String.valueOf(client.get(key));
                            return local() > before ? value : "";
                        },
                        value -> !value.isEmpty());
    }

    double local() {
        return metric("freshet_resp_commands_total{answered=\"here\",reason=\"hit\"}");
    }

    double forwarded(String reason) {
        return metric("freshet_resp_commands_total{answered=\"redis\",reason=\"" + reason + "\"}");
    }

    double metric(String series) {
        return management
                .get("/metrics")
                .text()
                .lines()
                .filter(line -> line.startsWith(series + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no series " + series));
    }

    @Override
    public void close() {
        service.close();
    }
}
