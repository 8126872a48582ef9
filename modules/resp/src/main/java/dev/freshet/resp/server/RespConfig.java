package dev.freshet.resp.server;

import dev.freshet.bus.RedisConfig;
import dev.freshet.resp.local.KeyRule;
import dev.freshet.service.port.TcpPortSettings;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How the RESP port works. Immutable.
 *
 * @param port where it listens
 * @param redis the server that commands are passed on to
 * @param rules which keys belong to which region; the first that matches counts
 * @param allowsAdministration whether clients may stop the server, or change whose replica it is
 * @param heartbeat how often it is proven that all changes are heard
 * @param touchInterval how often Redis is told which keys are read from copies; empty: never
 */
public record RespConfig(
        TcpPortSettings port,
        RedisConfig redis,
        List<KeyRule> rules,
        boolean allowsAdministration,
        Duration heartbeat,
        Optional<Duration> touchInterval) {

    public RespConfig {
        rules = List.copyOf(rules);
    }
}
