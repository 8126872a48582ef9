package dev.freshet.benchmarks.eviction;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Hit rates by trace and policy, kept in a file between runs of single traces. Used by one thread. */
public final class EvictionResults {

    private static final ObjectMapper MAPPER = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    /** By trace, by policy: the hit rate, and the entries held in the mean. */
    private final Map<String, LinkedHashMap<String, double[]>> rates = new LinkedHashMap<>();

    private String redis = "unknown";

    void put(String trace, String policy, double hitRate, double entries) {
        rates.computeIfAbsent(trace, name -> new LinkedHashMap<>()).put(policy, new double[] {hitRate, entries});
    }

    void redis(String version) {
        redis = version;
    }

    /** The version of Redis. */
    public String redis() {
        return redis;
    }

    /** The part of requests that were hits; NaN if that was not measured. */
    public double hitRate(String trace, String policy) {
        double[] found = rates.getOrDefault(trace, new LinkedHashMap<>()).get(policy);
        return found == null ? Double.NaN : found[0];
    }

    /** How many entries a cache held in the mean. */
    public double entries(String trace, String policy) {
        double[] found = rates.getOrDefault(trace, new LinkedHashMap<>()).get(policy);
        return found == null ? Double.NaN : found[1];
    }

    /** Adds those of a file for traces that were not run now, and writes all of them back. */
    void mergeInto(Path file) throws IOException {
        if (Files.isRegularFile(file)) {
            Set<String> measuredNow = Set.copyOf(rates.keySet());
            for (Map.Entry<String, JsonNode> trace :
                    MAPPER.readTree(Files.readString(file)).properties()) {
                if (!measuredNow.contains(trace.getKey())) {
                    trace.getValue()
                            .properties()
                            .forEach(policy -> put(
                                    trace.getKey(),
                                    policy.getKey(),
                                    policy.getValue().get(0).doubleValue(),
                                    policy.getValue().get(1).doubleValue()));
                }
            }
        }
        Files.createDirectories(file.getParent());
        Files.writeString(file, MAPPER.writeValueAsString(rates) + "\n");
    }

    /** A row a policy, a column a trace, in percent; the best of Redis' own in bold. */
    public String table() {
        StringBuilder text = new StringBuilder("| policy |");
        StringBuilder line = new StringBuilder("| --- |");
        for (TraceKind kind : TraceKind.values()) {
            text.append(' ').append(kind.label()).append(" |");
            line.append(" ---: |");
        }
        text.append('\n').append(line).append('\n');
        for (LocalPolicy policy : LocalPolicy.values()) {
            row(text, policy.label(), false);
        }
        RedisPolicy.all().forEach(policy -> row(text, policy.label(), true));
        return text.toString();
    }

    private void row(StringBuilder text, String policy, boolean isRedis) {
        text.append("| ")
                .append(isRedis ? "`" + policy.replaceFirst(",|$", "`$0") : policy)
                .append(" |");
        for (TraceKind kind : TraceKind.values()) {
            double rate = hitRate(kind.label(), policy);
            String percent = Double.isNaN(rate) ? "–" : String.format(Locale.ROOT, "%.1f %%", 100 * rate);
            boolean isBest = isRedis
                    && RedisPolicy.all().stream().noneMatch(other -> hitRate(kind.label(), other.label()) > rate);
            text.append(' ')
                    .append(isBest && !Double.isNaN(rate) ? "**" + percent + "**" : percent)
                    .append(" |");
        }
        text.append('\n');
    }
}
