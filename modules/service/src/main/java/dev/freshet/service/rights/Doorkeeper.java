package dev.freshet.service.rights;

import dev.freshet.service.BodyDrain;
import dev.freshet.service.Ports;
import dev.freshet.service.Problem;
import dev.freshet.service.WatchedFiles;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Says who sent a request, and refuses those who are nobody. Reads its file again when it changes. Safe to use from any thread.
 *
 * <p>A caller shows a token ({@code Authorization: Bearer …}), or else its client certificate. Each request is looked up in the file as it
 * is then: a token that was removed stops working on open connections too.
 */
public final class Doorkeeper {

    private static final Pattern BEARER = Pattern.compile("(?i:Bearer) +([A-Za-z0-9._~+/-]{1,512}=*) *");
    private static final CharSequence WWW_AUTHENTICATE = HttpHeaders.createOptimized("WWW-Authenticate");
    private static final String CHALLENGE = "Bearer realm=\"freshet\"";
    private static final String KNOWN_NAME = "freshet.common-name";
    private static final long MAX_DRAINED_BYTES = 16L << 20;

    private final @Nullable WatchedFiles<Grants> grants;
    private final CallerMeters meters;

    private Doorkeeper(@Nullable WatchedFiles<Grants> grants, CallerMeters meters) {
        this.grants = grants;
        this.meters = meters;
    }

    /**
     * Reads a file of rights. Blocks as long as the file system does.
     *
     * @param file null: everybody may do everything
     * @param known the rights that the port knows
     * @throws IllegalStateException that says what is wrong with the file
     */
    public static Doorkeeper of(@Nullable Path file, Set<Right> known, Ports ports, MeterRegistry metrics) {
        return new Doorkeeper(
                file == null ? null : ports.watch("http.tokens-file", List.of(file), () -> Grants.read(file, known)),
                new CallerMeters(metrics));
    }

    /**
     * Returns who sent the request. Answers it with 401 and drops its body if that is nobody who is known. To be called on the request's
     * event loop.
     *
     * @return null if the request is answered
     */
    public @Nullable Caller admit(HttpServerRequest request) {
        if (grants == null) {
            return Caller.ANYBODY;
        }
        List<String> headers = request.headers().getAll(HttpHeaders.AUTHORIZATION);
        Credential shown = headers.isEmpty() ? certificateOf(request) : tokenIn(headers);
        Grant grant = shown == null ? null : grants.get().of(shown);
        if (grant != null) {
            meters.admitted(grant.name());
            return new Known(grant);
        }
        boolean isMissing = headers.isEmpty() && shown == null;
        meters.unknown(isMissing);
        request.response().putHeader(WWW_AUTHENTICATE, isMissing ? CHALLENGE : CHALLENGE + ", error=\"invalid_token\"");
        refusal(isMissing).send(request.response());
        BodyDrain.discard(request, MAX_DRAINED_BYTES);
        return null;
    }

    private static Problem refusal(boolean isMissing) {
        return isMissing
                ? Problem.of(
                        401,
                        "token-required",
                        "This port needs a token. Send it as the header Authorization: Bearer TOKEN.")
                : Problem.of(
                        401,
                        "token-unknown",
                        "The token, or client certificate, is not in the file that http.tokens-file names.");
    }

    private static @Nullable Credential tokenIn(List<String> headers) {
        Matcher matcher = BEARER.matcher(headers.get(0));
        return headers.size() == 1 && matcher.matches() ? Credential.TokenHash.of(matcher.group(1)) : null;
    }

    /** The session remembers the name, since a connection has many requests. */
    private static @Nullable Credential certificateOf(HttpServerRequest request) {
        SSLSession session = request.sslSession();
        if (session == null) {
            return null;
        }
        if (session.getValue(KNOWN_NAME) instanceof Credential known) {
            return known;
        }
        try {
            Credential shown = Subjects.commonName(session.getPeerPrincipal());
            if (shown != null) {
                session.putValue(KNOWN_NAME, shown);
            }
            return shown;
        } catch (SSLPeerUnverifiedException none) {
            return null;
        }
    }

    /** Counts what is refused. */
    private final class Known implements Caller {

        private final Grant grant;

        Known(Grant grant) {
            this.grant = grant;
        }

        @Override
        public boolean may(Right right, String region) {
            return grant.allows(right, region);
        }

        @Override
        public @Nullable Problem refusal(Right right, String region) {
            Problem refusal = Caller.super.refusal(right, region);
            if (refusal != null) {
                meters.forbidden(grant.name(), right);
            }
            return refusal;
        }
    }
}
