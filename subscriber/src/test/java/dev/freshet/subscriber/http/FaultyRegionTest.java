package dev.freshet.subscriber.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.cache.CachedRegion;
import dev.freshet.cache.Lookup;
import dev.freshet.subscriber.RawHttp;
import dev.freshet.subscriber.RawHttp.Answer;
import dev.freshet.subscriber.region.StoredValue;
import dev.freshet.testkit.Background;
import java.net.InetAddress;
import java.net.Socket;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** A region that throws, or fails later, fails its request at once. */
@SuppressWarnings("FutureReturnValueIgnored") // a proxy returns what the method returns
final class FaultyRegionTest extends EntriesServerBench {

    private static final String BATCH = "/v1/regions/users/entries:batchGet";
    private static final String[] FRESH = {"Content-Type", "application/json", "Cache-Control", "no-cache"};

    @Test
    void aReadWhoseTierFailsLaterIsAnswered() throws Exception {
        List<CompletableFuture<Object>> reads = List.of(new CompletableFuture<>(), new CompletableFuture<>());
        Queue<Object> asked = new ConcurrentLinkedQueue<>(reads);
        RawHttp client = clientOf(proxy(CachedRegion.class, (method, arguments) -> asked.remove()));
        CompletableFuture<Answer> single = Background.call(() -> client.get(USERS + "k", FRESH));
        CompletableFuture<Answer> several =
                Background.call(() -> client.send("POST", BATCH, "{\"keys\":[\"k\"]}".getBytes(UTF_8), FRESH));
        Awaitility.await().until(() -> reads.stream().allMatch(read -> read.getNumberOfDependents() > 0));

        reads.forEach(read -> read.completeExceptionally(new IllegalStateException("broken by the test")));

        assertThat(single.get(60, TimeUnit.SECONDS).status()).isEqualTo(500);
        assertThat(several.get(60, TimeUnit.SECONDS).status()).isEqualTo(500);
    }

    /** Else the other keys would keep those waiting who want to load them. */
    @Test
    void aBatchOfWhichOneReadFailsReleasesTheLeasesOfTheOthers() throws Exception {
        Queue<Object> released = new ConcurrentLinkedQueue<>();
        List<Lookup.Miss<StoredValue>> misses = List.of(miss("a"), miss("c"));
        RawHttp client = clientOf(proxy(CachedRegion.class, (method, arguments) -> {
            Object first = Objects.requireNonNull(arguments)[0];
            if (method.equals("release")) {
                released.add(Objects.requireNonNull(first));
                return null;
            }
            return "b".equals(first)
                    ? CompletableFuture.failedFuture(new IllegalStateException("broken by the test"))
                    : CompletableFuture.completedFuture(misses.get("a".equals(first) ? 0 : 1));
        }));

        Answer answer = client.send("POST", BATCH, "{\"keys\":[\"a\",\"b\",\"c\"]}".getBytes(UTF_8), FRESH);

        assertThat(answer.status()).isEqualTo(500);
        assertThat(released)
                .containsExactly(misses.get(0).lease(), misses.get(1).lease());
    }

    /** The port may hear of that after it has answered: then the next caller goes. */
    @Test
    void aBatchWhoseCallerHasGoneReleasesItsLeases() throws Exception {
        Queue<Object> released = new ConcurrentLinkedQueue<>();
        BlockingQueue<CompletableFuture<Object>> reads = new LinkedBlockingQueue<>();
        CachedRegion<StoredValue> tiered = proxy(CachedRegion.class, (method, arguments) -> {
            if (method.equals("release")) {
                return released.add(Objects.requireNonNull(Objects.requireNonNull(arguments)[0]));
            }
            CompletableFuture<Object> read = new CompletableFuture<>();
            reads.add(read);
            return read;
        });
        int port = serverOf(cache(), tiered, users).port();

        Awaitility.await().until(() -> {
            try (Socket caller = new Socket(InetAddress.getLoopbackAddress(), port)) {
                caller.getOutputStream()
                        .write(("POST " + BATCH + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                        + "Cache-Control: no-cache\r\nContent-Length: 14\r\n\r\n{\"keys\":[\"a\"]}")
                                .getBytes(UTF_8));
                CompletableFuture<Object> read = Objects.requireNonNull(reads.poll(60, TimeUnit.SECONDS));
                caller.shutdownOutput();
                assertThat(caller.getInputStream().read()).isEqualTo(-1);
                read.complete(miss("a"));
            }
            return !released.isEmpty();
        });
    }

    /** What is in this process is the answer then. */
    @Test
    void aBatchIsAnsweredAlthoughTheTierFails() throws Exception {
        RawHttp client = clientOf(proxy(
                CachedRegion.class,
                (method, arguments) ->
                        CompletableFuture.failedFuture(new IllegalStateException("broken by the test"))));

        Answer answer =
                client.send("POST", BATCH, "{\"keys\":[\"k\"]}".getBytes(UTF_8), "Content-Type", "application/json");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.text()).contains("\"lease\"");
    }

    private RawHttp clientOf(CachedRegion<StoredValue> tiered) throws Exception {
        return described(serverOf(cache(), tiered, users).port());
    }

    private Lookup.Miss<StoredValue> miss(String key) {
        return (Lookup.Miss<StoredValue>) cache().lookup(key);
    }
}
