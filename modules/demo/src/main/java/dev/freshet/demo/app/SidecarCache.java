package dev.freshet.demo.app;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.client.HttpRequest;
import io.vertx.ext.web.client.HttpResponse;
import io.vertx.ext.web.client.WebClient;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A client of the subscriber beside this application. If the subscriber does not answer, the caller reads its database as if
 * there were no cache: {@link Away} is a result like the others, and no returned future ever fails.
 */
public final class SidecarCache {

    /** The maximum wait for the sidecar. A slower answer would be later than the database's. */
    private static final long TIMEOUT_MILLIS = 500;

    /** The result of a lookup. */
    public sealed interface Lookup {}

    /** The cache has the entry. */
    public record Hit(Buffer body, Claim claim) implements Lookup {}

    /** The cache lacks the entry. It keeps a store under the lease, unless the key is invalidated in between. */
    public record Miss(@Nullable String lease, Claim claim) implements Lookup {}

    /** The subscriber did not answer, or sent an unusable answer. */
    public record Away(String why) implements Lookup {}

    /**
     * What the subscriber states about the freshness of its answer.
     *
     * @param state {@code Freshet-State}: confirmed, unconfirmed or bypassed
     * @param confirmedAge {@code Freshet-Confirmed-Age}
     */
    public record Claim(@Nullable String state, @Nullable String confirmedAge) {}

    private final WebClient client;
    private final String base;

    public SidecarCache(WebClient client, String subscriberUri, String region) {
        this.client = client;
        this.base = subscriberUri + "/v1/regions/" + region + "/entries/";
    }

    /**
     * Looks an entry up.
     *
     * @param minPosition the position that the subscriber must apply before it answers; null: any
     */
    public Future<Lookup> find(String key, @Nullable String minPosition) {
        HttpRequest<Buffer> request = client.getAbs(uri(key)).timeout(TIMEOUT_MILLIS);
        if (minPosition != null) {
            request.putHeader("Min-Position", minPosition);
        }
        return request.send().map(SidecarCache::lookup).otherwise(e -> new Away(String.valueOf(e.getMessage())));
    }

    private static Lookup lookup(HttpResponse<Buffer> answer) {
        Claim claim = new Claim(answer.getHeader("Freshet-State"), answer.getHeader("Freshet-Confirmed-Age"));
        Buffer body = answer.body();
        if (answer.statusCode() == 200 && body != null) {
            return new Hit(body, claim);
        }
        if (answer.statusCode() == 404) {
            return new Miss(answer.getHeader("Lease"), claim);
        }
        return new Away("the subscriber answered " + answer.statusCode());
    }

    /** Stores a loaded value. Completes with whether it was kept; an invalidation since the lookup refuses it. */
    public Future<Boolean> store(String key, String lease, String tag, Buffer body) {
        return client.putAbs(uri(key))
                .timeout(TIMEOUT_MILLIS)
                .putHeader("Lease", lease)
                .putHeader("Cache-Tag", tag)
                .putHeader("Content-Type", "application/json")
                .sendBuffer(body)
                .map(answer -> answer.statusCode() == 204)
                .otherwise(false);
    }

    private String uri(String key) {
        return base + URLEncoder.encode(key, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
