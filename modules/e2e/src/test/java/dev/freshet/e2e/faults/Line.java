package dev.freshet.e2e.faults;

import dev.freshet.testkit.Background;
import dev.freshet.testkit.Checkout;
import dev.freshet.testkit.MetricsPage;
import dev.freshet.testkit.ServiceProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A publisher with its {@link Writer}, and subscribers with their {@link Reader}s, of one region. */
final class Line implements AutoCloseable {
    static final String REGION = "users";

    /** A subscriber that can be killed and started again. */
    final class Replica {
        private final String name;
        private final String redisUri;
        private ServiceProcess process;
        private @Nullable Reader reader;
        private int life = 1;

        private Replica(String name, String redisUri) {
            this.name = name;
            this.redisUri = redisUri;
            this.process = startOne();
        }

        private ServiceProcess startOne() {
            return ServiceProcess.start(
                    "subscriber", folder, name + "-" + life, size.subscriberYaml(name, REGION), redisUri);
        }

        String name() {
            return name;
        }

        ServiceProcess process() {
            return process;
        }

        Reader reader() {
            Reader current = reader;
            if (current == null) {
                current = new Reader(name, REGION, source, new ConfirmationCheck(size.bound()), process.port());
                reader = current;
            }
            return current;
        }

        MetricsPage metrics() {
            return process.metricsPage();
        }

        /** Starts the subscriber again after it was killed, with an empty cache. */
        void restart() {
            life++;
            process = startOne().awaitReady();
            reader().moveTo(process.port());
        }
    }

    private final Size size;
    private final Path folder;
    private final Source source;
    private final String publisherRedisUri;
    private final List<Replica> replicas = new ArrayList<>();
    private final Writer writer;
    private ServiceProcess publisher;
    private int publisherLife = 1;

    /**
     * Starts all processes and waits until they are ready.
     *
     * @param name of the folder for logs below {@code modules/e2e/target/faults}; the folder is kept
     */
    Line(Size size, String name, String publisherRedisUri, List<String> subscriberRedisUris) {
        this.size = size;
        this.folder = folder(name);
        this.source = new Source(size.entries() < LARGEST ? LARGEST : size.entries());
        this.publisherRedisUri = publisherRedisUri;
        CompletableFuture<ServiceProcess> first = Background.call(this::startPublisher);
        List<CompletableFuture<Replica>> all = IntStream.range(0, subscriberRedisUris.size())
                .mapToObj(i -> Background.call(() -> new Replica("subscriber-" + (i + 1), subscriberRedisUris.get(i))))
                .toList();
        publisher = first.join();
        all.forEach(one -> replicas.add(one.join()));
        publisher.awaitReady();
        replicas.forEach(one -> one.process.awaitReady());
        writer = new Writer(REGION, source, publisher.at("/v1/invalidations"));
    }

    /** A subscriber that is cut off is measured with this many entries, whatever the size of the run. */
    static final int LARGEST = 10_000;

    private static Path folder(String name) {
        try {
            return Files.createDirectories(
                    Checkout.file("modules/e2e/target/faults").resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private ServiceProcess startPublisher() {
        return ServiceProcess.start("publisher", folder, "publisher-" + publisherLife, "{}", publisherRedisUri);
    }

    /** Starts another publisher after the first was killed. */
    void restartPublisher() {
        publisherLife++;
        publisher = startPublisher().awaitReady();
        writer.moveTo(publisher.at("/v1/invalidations"));
    }

    Path folder() {
        return folder;
    }

    Source source() {
        return source;
    }

    Writer writer() {
        return writer;
    }

    ServiceProcess publisher() {
        return publisher;
    }

    List<Replica> replicas() {
        return replicas;
    }

    @Override
    public void close() {
        writer.close();
        for (Replica replica : replicas) {
            replica.reader().close();
            replica.process.close();
        }
        publisher.close();
    }
}
