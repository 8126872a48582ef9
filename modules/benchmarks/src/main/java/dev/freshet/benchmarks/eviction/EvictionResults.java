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

/** Holds hit rates by trace and policy. A file keeps them between runs of single traces. Confined to one thread. */
public final class EvictionResults {

    private static final ObjectMapper MAPPER = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    /** By trace, then by policy: the hit rate and the average number of entries. */
    private final Map<String, LinkedHashMap<String, double[]>> rates = new LinkedHashMap<>();

    private String redis = "unknown";

    void put(String trace, String policy, double hitRate, double entries) {
        rates.computeIfAbsent(trace, name -> new LinkedHashMap<>()).put(policy, new double[] {hitRate, entries});
    }

    void redis(String version) {
        redis = version;
    }

    /** Returns the version of Redis. */
    public String redis() {
        return redis;
    }

    /** Returns the fraction of requests that were hits, or NaN if it was not measured. */
    public double hitRate(String trace, String policy) {
        double[] found = rates.getOrDefault(trace, new LinkedHashMap<>()).get(policy);
        return found == null ? Double.NaN : found[0];
    }

    /** Returns how many entries a cache held on average, or NaN if it was not measured. */
    public double entries(String trace, String policy) {
        double[] found = rates.getOrDefault(trace, new LinkedHashMap<>()).get(policy);
        return found == null ? Double.NaN : found[1];
    }

    /** Reads the results that {@link #mergeInto} wrote. */
    static EvictionResults read(Path file) throws IOException {
        EvictionResults results = new EvictionResults();
        for (Map.Entry<String, JsonNode> trace :
                MAPPER.readTree(Files.readString(file)).properties()) {
            for (Map.Entry<String, JsonNode> policy : trace.getValue().properties()) {
                JsonNode values = policy.getValue();
                results.put(
                        trace.getKey(),
                        policy.getKey(),
                        values.get(0).doubleValue(),
                        values.get(1).doubleValue());
            }
        }
        return results;
    }

    /** Takes over the traces of a file that this run did not replay, and writes all traces back into the file. */
    void mergeInto(Path file) throws IOException {
        if (Files.isRegularFile(file)) {
            read(file).rates.forEach(rates::putIfAbsent);
        }
        Files.createDirectories(file.getParent());
        Files.writeString(file, MAPPER.writeValueAsString(rates) + "\n");
    }

    /** Returns a table of hit rates in percent: a row per policy, a column per trace. The best of Redis's policies is bold. */
    public String table() {
        StringBuilder text = new StringBuilder("| policy, samples; hits in % |");
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
                .append(isRedis ? "`" + policy.replace(" samples", "").replaceFirst(",|$", "`$0") : policy)
                .append(" |");
        for (TraceKind kind : TraceKind.values()) {
            double rate = hitRate(kind.label(), policy);
            String percent = Double.isNaN(rate) ? "–" : String.format(Locale.ROOT, "%.1f", 100 * rate);
            boolean isBest = isRedis
                    && RedisPolicy.all().stream().noneMatch(other -> hitRate(kind.label(), other.label()) > rate);
            text.append(' ')
                    .append(isBest && !Double.isNaN(rate) ? "**" + percent + "**" : percent)
                    .append(" |");
        }
        text.append('\n');
    }
}
