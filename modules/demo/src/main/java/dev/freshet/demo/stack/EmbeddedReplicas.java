package dev.freshet.demo.stack;

import dev.freshet.demo.app.UserStore;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Replicas that have Freshet in their process, users in a database of their own, and a publisher for its console. */
public final class EmbeddedReplicas implements Deployment {

    private volatile String console = "";
    private volatile String publisher = "";

    /** No persistence: a killed Redis loses everything that was acknowledged. */
    @Override
    public List<String> redisOptions() {
        return List.of("--appendonly", "no");
    }

    @Override
    public void createUsers(Site site) throws SQLException {
        UserStore.create(database(site), site.plan().users());
    }

    @Override
    public List<Replica> start(Site site) throws IOException {
        List<@Nullable Cut> ways = site.ways();
        List<Supplier<ProcessSpec>> specs = new ArrayList<>();
        for (int i = 0; i < ways.size(); i++) {
            String name = Replica.name(i, ways.size());
            Cut way = ways.get(i);
            specs.add(() -> application(site, name, way));
        }
        specs.add(() -> publisher(site));
        List<SupervisedProcess> started = site.start(specs);
        List<Replica> all = new ArrayList<>();
        for (int i = 0; i < ways.size(); i++) {
            all.add(new Replica(started.get(i).spec().name(), started.get(i), null, ways.get(i)));
        }
        return all;
    }

    /** Returns where the publisher answers. */
    public String publisher() {
        return publisher;
    }

    /** Returns the address of the console, with the token that it needs. */
    public String console() {
        return console;
    }

    /** Its ports are those of its data, of its management and of its console. */
    private ProcessSpec publisher(Site site) {
        List<Integer> chosen = site.choosePorts(3);
        ConsoleToken token = ConsoleToken.create(site.plan().folder());
        publisher = Site.loopback(chosen.get(0)).toString();
        console = Site.loopback(chosen.get(2)) + "/#token=" + token.token();
        Map<String, String> environment = Map.of(
                "FRESHET_REDIS_URI",
                site.redisUri(),
                "FRESHET_HTTP_HOST",
                "127.0.0.1",
                "FRESHET_HTTP_PORT",
                Integer.toString(chosen.get(0)),
                "FRESHET_MANAGEMENT_HOST",
                "127.0.0.1",
                "FRESHET_MANAGEMENT_PORT",
                Integer.toString(chosen.get(1)),
                "FRESHET_CONSOLE_PORT",
                Integer.toString(chosen.get(2)),
                "FRESHET_CONSOLE_TOKENS_FILE",
                token.file().toString(),
                "FRESHET_CONSOLE_SHOW_KEYS",
                "*",
                "FRESHET_AUDIT_SAMPLE",
                "1",
                "FRESHET_AUDIT_AFTER",
                "1s,10s");
        return new ProcessSpec(
                "publisher",
                Site.java("-jar", site.plan().jars().publisher().toString()),
                chosen,
                environment,
                site.log("publisher"),
                site.answers(Site.loopback(chosen.get(1)).resolve("/health/ready")),
                publisher);
    }

    private static ProcessSpec application(Site site, String name, @Nullable Cut cut) {
        int port = site.choosePorts(1).get(0);
        return new ProcessSpec(
                name,
                Site.java(
                        "-cp",
                        site.plan().jars().demo().toString(),
                        "dev.freshet.demo.app.ReplicaMain",
                        name,
                        Integer.toString(port),
                        database(site).toString()),
                List.of(port),
                // An argument would show the password to every user of this machine.
                Map.of("FRESHET_REDIS_URI", site.redisBy(cut)),
                site.log(name),
                site.answers(Site.loopback(port).resolve("/users/1")),
                Site.loopback(port).toString());
    }

    private static Path database(Site site) {
        return site.plan().folder().resolve("users.sqlite");
    }

    /** They are in the folder of the run, which is deleted. */
    @Override
    public void removeUsers(Site site) {}
}
