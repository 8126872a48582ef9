package dev.freshet.demo.stack;

import dev.freshet.demo.app.RedisUsers;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Replicas that have an ordinary Redis client, and beside each a subscriber whose RESP port it connects to. The users are in Redis; there
 * is no publisher.
 */
public final class SidecarReplicas implements Deployment {

    /** Copies are used while it was proven within the last second, which is the demo's bound, that no change was missed. */
    private static final String CONFIGURATION = """
            regions:
              users:
                unconfirmed: { policy: bypass, after: 1s }
            resp:
              rules:
                users: { pattern: "user:*", region: users }
            """;

    private volatile boolean created;

    /** What was acknowledged is on the disk: a killed Redis loses nothing. */
    @Override
    public List<String> redisOptions() {
        return List.of("--appendonly", "yes", "--appendfsync", "always");
    }

    @Override
    public void createUsers(Site site) throws IOException {
        Files.writeString(configuration(site), CONFIGURATION);
        try (RedisClient redis = RedisClient.create(site.redisUri())) {
            if (redis.info("server").contains("redis_mode:cluster")) {
                throw new StartFailedException("--resp needs one Redis; this one is a node of a cluster");
            }
            if (!RedisUsers.create(redis, site.plan().users())) {
                throw new StartFailedException("--resp writes the keys user:1, version:user:1 and so on, but this Redis"
                        + " has some of them; delete them, or name an empty database, like redis://host:6379/9");
            }
            created = true;
        } catch (JedisException e) {
            throw new StartFailedException("cannot create the users in Redis: " + e.getMessage());
        }
    }

    @Override
    public List<Replica> start(Site site) throws IOException {
        List<@Nullable Cut> ways = site.ways();
        int replicas = ways.size() - 1;
        List<Supplier<ProcessSpec>> subscribers = new ArrayList<>();
        for (int i = 0; i < replicas; i++) {
            String name = Replica.name(i, ways.size()) + "-sidecar";
            Cut way = ways.get(i);
            subscribers.add(() -> subscriber(site, name, way));
        }
        List<Sidecar> sidecars =
                site.start(subscribers).stream().map(SidecarReplicas::sidecar).toList();
        List<Supplier<ProcessSpec>> applications = new ArrayList<>();
        for (int i = 0; i < ways.size(); i++) {
            String name = Replica.name(i, ways.size());
            String redis = i < replicas ? site.redisAt(sidecars.get(i).respPort()) : site.redisBy(ways.get(i));
            applications.add(() -> application(site, name, redis));
        }
        List<SupervisedProcess> started = site.start(applications);
        List<Replica> all = new ArrayList<>();
        for (int i = 0; i < ways.size(); i++) {
            Sidecar sidecar = i < replicas ? sidecars.get(i) : null;
            all.add(new Replica(started.get(i).spec().name(), started.get(i), sidecar, ways.get(i)));
        }
        return all;
    }

    /** Its ports are those of Redis' protocol, of HTTP and of its management. */
    private static ProcessSpec subscriber(Site site, String name, @Nullable Cut cut) {
        List<Integer> chosen = site.choosePorts(3);
        Map<String, String> environment = Map.of(
                "FRESHET_CONFIG",
                configuration(site).toString(),
                "FRESHET_NAME",
                name,
                // An argument would show the password to every user of this machine.
                "FRESHET_REDIS_URI",
                site.redisBy(cut),
                "FRESHET_RESP_PORT",
                Integer.toString(chosen.get(0)),
                "FRESHET_HTTP_PORT",
                Integer.toString(chosen.get(1)),
                "FRESHET_MANAGEMENT_HOST",
                "127.0.0.1",
                "FRESHET_MANAGEMENT_PORT",
                Integer.toString(chosen.get(2)));
        return new ProcessSpec(
                name,
                Site.java("-jar", site.plan().jars().subscriber().toString()),
                chosen,
                environment,
                site.log(name),
                site.answers(Site.loopback(chosen.get(2)).resolve("/health/ready")),
                "redis://127.0.0.1:" + chosen.get(0));
    }

    private static Sidecar sidecar(SupervisedProcess subscriber) {
        List<Integer> ports = subscriber.spec().ports();
        URI metrics = Site.loopback(ports.get(2)).resolve("/metrics");
        return new Sidecar(subscriber, ports.get(0), metrics);
    }

    /** @param redis what it takes for Redis */
    private static ProcessSpec application(Site site, String name, String redis) {
        int port = site.choosePorts(1).get(0);
        return new ProcessSpec(
                name,
                Site.java(
                        "-cp",
                        site.plan().jars().demo().toString(),
                        "dev.freshet.demo.app.PlainReplicaMain",
                        name,
                        Integer.toString(port)),
                List.of(port),
                Map.of("REDIS_URI", redis),
                site.log(name),
                site.answers(Site.loopback(port).resolve("/users/1")),
                Site.loopback(port).toString());
    }

    private static Path configuration(Site site) {
        return site.plan().folder().resolve("sidecar.yaml");
    }

    @Override
    public void removeUsers(Site site) {
        if (!created) {
            return;
        }
        try (RedisClient redis = RedisClient.create(site.redisUri())) {
            RedisUsers.delete(redis, site.plan().users());
        } catch (JedisException e) {
            // Redis is gone, and its users with it; or the next run says what is left.
        }
    }
}
