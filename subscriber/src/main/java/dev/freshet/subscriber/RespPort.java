package dev.freshet.subscriber;

import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.TimeSource;
import dev.freshet.resp.local.Copies;
import dev.freshet.resp.local.KeyRule;
import dev.freshet.resp.server.RespConfig;
import dev.freshet.resp.server.RespServer;
import dev.freshet.schema.Selector;
import dev.freshet.service.ServiceContext;
import dev.freshet.service.rights.Exposure;
import dev.freshet.subscriber.configuration.RespSettings;
import dev.freshet.subscriber.configuration.SubscriberSettings;
import dev.freshet.subscriber.region.KeyCopy;
import dev.freshet.subscriber.region.Regions;
import dev.freshet.subscriber.region.ServedRegion;
import io.vertx.core.Future;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts the RESP port over the regions that its rules name. Loaded only if the port is configured. */
final class RespPort {

    private static final Logger log = LoggerFactory.getLogger(RespPort.class);

    private RespPort() {}

    static Future<RespServer> start(
            SubscriberSettings settings, RespSettings resp, Regions regions, ServiceContext context, TimeSource time) {
        Map<String, Copies<?>> copies = new LinkedHashMap<>();
        for (ServedRegion region : regions.all()) {
            if (region.settings().isFilledByResp()) {
                copies.put(
                        region.name(),
                        new Copies<>(
                                region.cache(),
                                new KeyCopy(),
                                time,
                                resp.maximumValueBytes(),
                                region.settings().unconfirmedPolicy(),
                                region.settings().unconfirmedAfter(),
                                resp.commandsOf(region.name())));
            }
        }
        RedisConfig redis = settings.bus().redis();
        String exposure = Exposure.ofResp(
                resp.port(), redis.uri().contains("@") || redis.servers().credentials() != null);
        if (exposure != null) {
            log.warn(exposure);
        }
        List<KeyRule> rules = resp.rules().entrySet().stream()
                .map(rule -> new KeyRule(
                        rule.getKey(),
                        rule.getValue().pattern(),
                        rule.getValue().region()))
                .toList();
        RespConfig config = new RespConfig(
                resp.port(),
                redis,
                rules,
                resp.allowsAdministration(),
                settings.bus().heartbeat(),
                resp.touchInterval());
        BiConsumer<String, Selector> evictHere = (name, selector) -> {
            ServedRegion region = regions.find(name);
            if (region != null) {
                region.cache().invalidate(selector);
            }
        };
        return RespServer.start(config, copies, evictHere, context, time)
                .onSuccess(server -> context.health().addReadyDetail("resp", server::fault));
    }
}
