package dev.freshet.service.rights;

import dev.freshet.service.http.BodyDrain;
import dev.freshet.service.http.Problem;
import dev.freshet.service.port.WatchedFiles;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Admits those whom a file knows. A caller shows a token ({@code Authorization: Bearer …}), or else its client certificate. Each request
 * is looked up in the file as it is then: a token that was removed stops working on open connections too.
 */
final class StrictDoorkeeper implements Doorkeeper {

    private static final Pattern BEARER = Pattern.compile("(?i:Bearer) +([A-Za-z0-9._~+/-]{1,512}=*) *");
    private static final CharSequence WWW_AUTHENTICATE = HttpHeaders.createOptimized("WWW-Authenticate");
    private static final String CHALLENGE = "Bearer realm=\"freshet\"";
    private static final String KNOWN_NAME = "freshet.common-name";
    private static final long MAX_DRAINED_BYTES = 16L << 20;

    private final String setting;
    private final WatchedFiles<Grants> grants;
    private final CallerMeters meters;

    StrictDoorkeeper(String setting, WatchedFiles<Grants> grants, CallerMeters meters) {
        this.setting = setting;
        this.grants = grants;
        this.meters = meters;
    }

    @Override
    public @Nullable Caller admit(HttpServerRequest request) {
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

    private Problem refusal(boolean isMissing) {
        return isMissing
                ? Problem.of(
                        401,
                        "token-required",
                        "This port needs a token. Send it as the header Authorization: Bearer TOKEN.")
                : Problem.of(
                        401,
                        "token-unknown",
                        "The token, or client certificate, is not in the file that " + setting + " names.");
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
            if (may(right, region)) {
                return null;
            }
            meters.forbidden(grant.name(), right);
            return Caller.forbidden(
                    right, region, "Add it to the caller's line in the file that " + setting + " names.");
        }
    }
}
