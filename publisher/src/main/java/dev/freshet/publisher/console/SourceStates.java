package dev.freshet.publisher.console;

import dev.freshet.publisher.metrics.SourceMetrics;
import dev.freshet.sources.SourceConfig;
import dev.freshet.sources.Sources;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** How the sources are. Safe to use from any thread; never blocks. */
public final class SourceStates {

    private final List<SourceConfig> configs;
    private final Sources sources;
    private final SourceMetrics metrics;

    public SourceStates(List<SourceConfig> configs, Sources sources, SourceMetrics metrics) {
        this.configs = List.copyOf(configs);
        this.sources = sources;
        this.metrics = metrics;
    }

    List<SourceConfig> configs() {
        return configs;
    }

    /** Returns why sources cannot read or publish, by their names. */
    Map<String, String> faults() {
        Map<String, String> faults = new TreeMap<>();
        for (String name : sources.names()) {
            String fault = sources.fault(name);
            if (fault != null) {
                faults.put(name, fault);
            }
        }
        return faults;
    }

    JsonArray toJson() {
        JsonArray states = new JsonArray();
        for (SourceConfig config : configs) {
            String name = config.name();
            Sources.Failure failure = sources.lastFailure(name);
            SourceMetrics.Behind behind = metrics.behind(name);
            JsonObject json = new JsonObject()
                    .put("name", name)
                    .put("kind", config.kind().name().toLowerCase(Locale.ROOT).replace('_', '-'))
                    .put("fault", sources.fault(name))
                    .put("note", sources.note(name));
            if (failure != null) {
                json.put("lastError", failure.why())
                        .put("lastErrorAt", failure.at().toEpochMilli());
            }
            if (behind != null) {
                json.put("lagBytes", behind.bytes())
                        .put("lagSeconds", behind.seconds())
                        .put("progressAge", behind.progressAgeSeconds());
            }
            states.add(json);
        }
        return states;
    }
}
