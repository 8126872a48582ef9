package dev.freshet.bus.internal.encode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.schema.Namespace;
import dev.freshet.schema.Position;
import dev.freshet.schema.RedisNames;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Protocol;

/** What a caller sends is, byte for byte, what the appending thread would. */
class AppendTemplateTest {

    private static final String RUN_ID = "0123456789abcdef0123456789abcdef01234567";

    @ParameterizedTest
    @ValueSource(strings = {"users", "fresh-epoch-here", "0"})
    void aTemplateWritesWhatTheOrdinaryWayWrites(String region) {
        Random random = new Random(region.hashCode());
        RedisNames names = new RedisNames(region);
        for (boolean sharded : new boolean[] {false, true}) {
            for (CommandArguments behind : new CommandArguments[] {
                null, new CommandArguments(Protocol.Command.WAIT).add(1).add(500)
            }) {
                AppendSettings settings = new AppendSettings(Namespace.DEFAULT, 100_000, 4_194_304, sharded);
                AppendTemplate template = new AppendTemplate(names, RUN_ID, settings, behind);
                for (int bytes : new int[] {0, 1, 9, 10, 1_000, 9_999}) {
                    byte[] body = new byte[bytes];
                    random.nextBytes(body);
                    PackedRecord record = new PackedRecord(body, 1, random.nextBoolean(), List.of());
                    long epoch = bytes == 1 ? 0 : random.nextLong();

                    List<CommandArguments> commands = new ArrayList<>();
                    commands.add(new CommandArguments(Protocol.Command.PING));
                    byte[] written = Position.formatEpoch(epoch).getBytes(StandardCharsets.US_ASCII);
                    commands.add(AppendScripts.append(names, RUN_ID, written, settings, List.of(record), true)
                            .byDigest());
                    if (behind != null) {
                        commands.add(behind);
                    }
                    assertThat(template.bytes(written, record)).isEqualTo(RedisConnection.encoded(commands));
                }
            }
        }
    }
}
