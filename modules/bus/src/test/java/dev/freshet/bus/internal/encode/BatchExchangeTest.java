package dev.freshet.bus.internal.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.Change;
import dev.freshet.bus.LoggedKeys;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.Receipt;
import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.redis.ScriptCall;
import dev.freshet.bus.patience.Patient;
import dev.freshet.schema.Invalidation;
import dev.freshet.schema.Namespace;
import dev.freshet.schema.Position;
import dev.freshet.schema.RecordBody;
import dev.freshet.schema.RecordCodec;
import dev.freshet.schema.RedisNames;
import dev.freshet.schema.Selector;
import dev.freshet.testkit.RedisExtension;
import dev.freshet.testkit.RedisServer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisDataException;

/** A burst over many regions goes in few scripts, in each of which every region gets its own records and its own answer. */
@Timeout(600)
class BatchExchangeTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private static final int REGIONS = 60;
    private static final int KEYS_EACH = 40;

    @AfterEach
    void removeUser() {
        REDIS.server().execute("ACL", "DELUSER", "some");
    }

    /** Who may touch only regions whose names begin with so much, or only their keys. */
    private static String uriOfWhoMayUse(String keys, String channels) {
        REDIS.server()
                .execute(
                        "ACL",
                        "SETUSER",
                        "some",
                        "reset",
                        "on",
                        ">pw",
                        "~freshet:{" + keys + "*",
                        "~freshet:regions",
                        "resetchannels",
                        "&" + channels + "*",
                        "+@all");
        return REDIS.uri().replace("redis://", "redis://some:pw@");
    }

    private static AppendCall call(String region, int records) {
        byte[] body = RecordCodec.encodeBody(new RecordBody(
                "test",
                OptionalLong.empty(),
                List.of(new Invalidation(Selector.keys(region + ":key"), 1, 1, OptionalLong.empty()))));
        return new AppendCall(region, Collections.nCopies(records, new PackedRecord(body, 1, false, List.of())));
    }

    @Test
    void callsGoTogetherUpToTheirBoundAndNotAtAllWhereThereAreSlots() {
        List<AppendCall> calls =
                List.of(call("a", 16), call("b", 1), call("c", 14), call("d", 1), call("e", 1), call("f", 16));
        assertThat(BatchExchange.Batch.of(calls, false).stream()
                        .map(batch ->
                                batch.calls().stream().map(AppendCall::region).toList()))
                .containsExactly(List.of("a"), List.of("b", "c", "d"), List.of("e"), List.of("f"));
        assertThat(BatchExchange.Batch.of(calls, true)).hasSize(6);
        assertThat(BatchExchange.Batch.of(List.of(), false)).isEmpty();
    }

    @Test
    void oneScriptAnswersForEachRegion() {
        RedisConnection restricted = LoggedKeys.connect(uriOfWhoMayUse("s", "freshet:{s1"));
        try {
            AppendSettings settings = new AppendSettings(Namespace.DEFAULT, 1_000, 1 << 20, false);
            List<AppendCall> calls = List.of(call("s1", 2), call("s2", 1), call("s10", 3));
            ScriptCall script = AppendScripts.appendMany(restricted.runId(), settings, calls);
            List<?> replies = (List<?>) script.run(restricted);

            assertThat(text(replies.get(0))).matches("[0-9a-f]{16} 2 \\d+ 1");
            assertThat(replies.get(1)).isInstanceOf(JedisDataException.class);
            assertThat(((JedisDataException) replies.get(1)).getMessage()).contains("NOPERM", "PUBLISH");
            assertThat(text(replies.get(2))).matches("[0-9a-f]{16} 3 \\d+ 1");

            List<?> again = (List<?>) script.run(restricted);
            assertThat(text(again.get(0)))
                    .startsWith(text(replies.get(0)).substring(0, 16))
                    .matches("[0-9a-f]{16} 4 \\d+ 0");
        } finally {
            restricted.closeQuietly();
        }
    }

    private static String text(Object reply) {
        return new String((byte[]) reply, StandardCharsets.US_ASCII);
    }

    @Test
    void receiptsNameTheRecordsOfTheirRegions() {
        Map<String, Map<String, CompletableFuture<Receipt>>> receipts = new LinkedHashMap<>();
        long scriptsBefore = scripts();
        try (Publisher publisher = Publisher.connect(Patient.publisher(REDIS.uri()))) {
            await().until(publisher::isConnected);
            for (int i = 0; i < KEYS_EACH; i++) {
                for (int r = 0; r < REGIONS; r++) {
                    String region = "many" + r;
                    String key = region + ":" + i;
                    receipts.computeIfAbsent(region, first -> new HashMap<>())
                            .put(key, publisher.publish(region, Change.ofKeys(key)));
                }
            }
            receipts.values().forEach(ofRegion -> ofRegion.values().forEach(CompletableFuture::join));
        }
        receipts.forEach((region, ofRegion) -> {
            Map<String, Position> named = new HashMap<>();
            ofRegion.forEach((key, receipt) -> named.put(key, receipt.join().position()));
            assertThat(LoggedKeys.of(REDIS.uri(), region)).isEqualTo(named);
        });
        assertThat(scripts() - scriptsBefore).isLessThan(REGIONS * KEYS_EACH);
    }

    @Test
    void whereKeysLiveInSlotsThoughNobodySaidSoEachRegionGoesByItselfFromThenOn() throws Exception {
        try (RedisServer redis = RedisServer.builder()
                .onThisMachine()
                .withSetting("cluster-enabled yes")
                .start()) {
            String uri = redis.uri();
            RedisConnection connection = LoggedKeys.connect(uri);
            try {
                String[] slots = IntStream.concat(IntStream.of(-1), IntStream.range(0, 16_384))
                        .mapToObj(slot -> slot < 0 ? "ADDSLOTS" : Integer.toString(slot))
                        .toArray(String[]::new);
                connection.text(Protocol.Command.CLUSTER, slots);
                await().until(() -> String.valueOf(connection.text(Protocol.Command.CLUSTER, "INFO"))
                        .contains("cluster_state:ok"));
                try (Publisher publisher = Publisher.connect(Patient.publisher(uri))) {
                    await().until(publisher::isConnected);
                    List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
                    for (int i = 0; i < KEYS_EACH; i++) {
                        for (int r = 0; r < REGIONS; r++) {
                            receipts.add(publisher.publish("slot" + r, Change.ofKeys("key" + i)));
                        }
                    }
                    receipts.forEach(CompletableFuture::join);
                }
                // What was sent together before the first refusal came back.
                assertThat(rejectedScripts(connection)).isLessThan(REGIONS / 2);
                BatchExchange exchange = new BatchExchange(
                        connection.runId(), new AppendSettings(Namespace.DEFAULT, 1_000, 1 << 20, false), false);
                List<AppendCall> calls = List.of(call("slot1", 1), call("slot2", 2));
                long rejectedBefore = rejectedScripts(connection);
                for (int i = 0; i < 3; i++) {
                    exchange.send(connection, calls);
                    connection.sendCommand(Protocol.Command.PING);
                    connection.flushCommands();
                    BatchExchange.Replies replies = exchange.receive(connection, true);
                    assertThat(replies.sentAgain()).isEqualTo(i == 0);
                    assertThat(text(Objects.requireNonNull(replies.behind()))).isEqualTo("PONG");
                    assertThat(replies.each()).hasSize(2).allSatisfy(reply -> assertThat(
                                    text(Objects.requireNonNull(reply)))
                            .matches("[0-9a-f]{16} \\d+ \\d+ 0"));
                }
                assertThat(rejectedScripts(connection)).isEqualTo(rejectedBefore + 1);
            } finally {
                connection.closeQuietly();
            }
        }
    }

    private static long rejectedScripts(RedisConnection connection) {
        return String.valueOf(connection.text(Protocol.Command.INFO, "commandstats"))
                .lines()
                .filter(line -> line.startsWith("cmdstat_evalsha:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll(".*rejected_calls=(\\d+).*", "$1")))
                .sum();
    }

    private static long scripts() {
        return REDIS.server()
                .execute("INFO", "commandstats")
                .lines()
                .filter(line -> line.startsWith("cmdstat_evalsha:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll(".*calls=(\\d+).*", "$1")))
                .sum();
    }

    @Test
    void whatOneRegionIsRefusedTheOthersGet() {
        List<String> regions =
                IntStream.range(0, REGIONS).mapToObj(r -> "some" + r).toList();
        Map<String, List<CompletableFuture<Receipt>>> answers = new LinkedHashMap<>();
        try (Publisher publisher = Publisher.connect(Patient.publisher(uriOfWhoMayUse("some1", "freshet:")))) {
            await().until(publisher::isConnected);
            for (int i = 0; i < 5; i++) {
                for (String region : regions) {
                    answers.computeIfAbsent(region, first -> new ArrayList<>())
                            .add(publisher.publish(region, Change.ofKeys("key")));
                }
            }
            answers.forEach((region, ofRegion) -> ofRegion.forEach(answer -> {
                if (region.startsWith("some1")) {
                    assertThat(answer.join().region()).isEqualTo(region);
                } else {
                    assertThat(answer)
                            .failsWithin(Duration.ofSeconds(60))
                            .withThrowableThat()
                            .withMessageContaining("NOPERM");
                }
            }));
        }
        for (String region : regions) {
            assertThat(REDIS.server().execute("EXISTS", new RedisNames(region).log()))
                    .as(region)
                    .isEqualTo(region.startsWith("some1") ? "1" : "0");
        }
    }
}
