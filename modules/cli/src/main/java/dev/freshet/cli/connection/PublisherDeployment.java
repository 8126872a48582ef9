package dev.freshet.cli.connection;

import com.fasterxml.jackson.databind.JsonNode;
import dev.freshet.bus.AwaitResult;
import dev.freshet.bus.BusException;
import dev.freshet.bus.Change;
import dev.freshet.bus.DryRunResult;
import dev.freshet.schema.Position;
import dev.freshet.schema.Selector;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** A deployment that is asked at one of its publishers, with the rights of a token or a certificate. */
public final class PublisherDeployment implements Deployment {

    private static final String INVALIDATIONS = "/v1/invalidations";
    private static final String REGIONS = "/v1/regions";
    private static final double MICROS_PER_SECOND = 1e6;

    private final PublisherClient client;

    private PublisherDeployment(PublisherClient client) {
        this.client = client;
    }

    /**
     * Reads the files that the access names. Connects with the first request.
     *
     * @throws BusException that names the file and what is wrong with it
     */
    public static PublisherDeployment at(PublisherAccess access) {
        return new PublisherDeployment(new PublisherClient(access));
    }

    @Override
    public Published publish(String region, Change change, Duration timeout) {
        List<String> query = new ArrayList<>();
        if (change.forced()) {
            query.add("force=true");
        }
        if (change.awaited()) {
            query.add("await=applied");
            query.add("timeout=" + timeout.toMillis() + "ms");
        }
        Map<String, Object> body = bodyOf(region, change.selectors());
        change.version().ifPresent(version -> body.put("version", version));
        if (change.changedAt() != null) {
            body.put("changedAt", change.changedAt().toString());
        }
        PublisherClient.Answer answer = client.post(path(query), body, change.awaited() ? timeout : Duration.ZERO);
        boolean isPublished = answer.status() == 200 || answer.problem().equals("not-applied");
        if (!isPublished) {
            throw client.refusal(answer);
        }
        JsonNode json = answer.body();
        AwaitResult awaited = change.awaited()
                ? new AwaitResult(
                        json.path("members").asInt(), json.path("applied").asInt(), texts(json.path("lagging")))
                : null;
        return new Published(
                Position.parse(json.path("positions").path(region).asText()),
                OptionalLong.empty(),
                json.has("members") ? OptionalInt.of(json.path("members").asInt()) : OptionalInt.empty(),
                awaited);
    }

    @Override
    public DryRunResult dryRun(String region, List<Selector> selectors, Duration timeout) {
        JsonNode json = require(client.post(
                path(List.of("dryRun=true", "timeout=" + timeout.toMillis() + "ms")),
                bodyOf(region, selectors),
                timeout));
        return new DryRunResult(
                json.path("members").asInt(),
                json.path("answered").asInt(),
                json.path("entries").asLong(),
                texts(json.path("silent")));
    }

    @Override
    public List<RegionState> regions(@Nullable String region) {
        if (region != null) {
            return List.of(stateOf(require(client.get(REGIONS + "/" + region))));
        }
        JsonNode all = require(client.get(REGIONS)).path("regions");
        return StreamSupport.stream(all.spliterator(), false)
                .map(PublisherDeployment::stateOf)
                .toList();
    }

    private JsonNode require(PublisherClient.Answer answer) {
        if (answer.status() != 200) {
            throw client.refusal(answer);
        }
        return answer.body();
    }

    private static String path(List<String> query) {
        return INVALIDATIONS + (query.isEmpty() ? "" : "?" + String.join("&", query));
    }

    private static Map<String, Object> bodyOf(String region, List<Selector> selectors) {
        Map<String, List<String>> names = new LinkedHashMap<>();
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("region", region);
        for (Selector selector : selectors) {
            String label = selector.kind().label();
            if (selector.kind() == Selector.Kind.ALL) {
                body.put(label, true);
            } else {
                names.computeIfAbsent(label, absent -> new ArrayList<>()).addAll(selector.names());
            }
        }
        body.putAll(names);
        return body;
    }

    private static RegionState stateOf(JsonNode json) {
        List<SubscriberState> subscribers = json.has("subscribers")
                ? StreamSupport.stream(json.path("subscribers").spliterator(), false)
                        .map(PublisherDeployment::subscriberOf)
                        .toList()
                : null;
        return new RegionState(
                json.path("region").asText(),
                positionIn(json.path("head")),
                json.path("logRecords").asLong(),
                json.path("members").asInt(),
                subscribers);
    }

    private static SubscriberState subscriberOf(JsonNode json) {
        JsonNode age = json.path("confirmedAgeSeconds");
        OptionalLong ageMicros =
                age.isNumber() ? OptionalLong.of((long) (age.asDouble() * MICROS_PER_SECOND)) : OptionalLong.empty();
        OptionalLong atMicros = ageMicros.isPresent()
                ? OptionalLong.of(ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()) - ageMicros.getAsLong())
                : OptionalLong.empty();
        return new SubscriberState(
                json.path("id").asText(),
                json.path("name").asText(),
                positionIn(json.path("position")),
                json.path("lagRecords").asLong(-1),
                atMicros,
                ageMicros,
                OptionalLong.empty(),
                OptionalLong.empty());
    }

    private static @Nullable Position positionIn(JsonNode json) {
        return json.isTextual() ? Position.parse(json.asText()) : null;
    }

    private static List<String> texts(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false)
                .map(JsonNode::asText)
                .toList();
    }

    @Override
    public void close() {
        // Its connections are idle, and end with the process.
    }
}
