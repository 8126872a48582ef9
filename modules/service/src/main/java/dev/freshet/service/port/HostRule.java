package dev.freshet.service.port;

import dev.freshet.service.config.Units;
import dev.freshet.service.http.Problem;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Keeps web pages away from ports that have no passwords. A page that a browser shows may send requests to any address, and with
 * a DNS name that its owner controls it may even read the answers (DNS rebinding).
 *
 * <p>A request must name a host that no such owner can control: an address, a name without dots, one below {@code localhost},
 * {@code svc} or {@code cluster.local}, or one of the setting {@code allowed-hosts}. It must not come from a page, unless the port
 * serves pages and it comes from one of these, or somebody follows a link to one.
 */
public final class HostRule {

    private static final Pattern ADDRESS =
            Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}|\\[[0-9a-f:.]+(%25?[a-z0-9.]+)?]");
    private static final Pattern LABEL = Pattern.compile("[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?");
    private static final List<String> PRIVATE_SUFFIXES = List.of(".localhost", ".svc", ".svc.cluster.local");
    private static final CharSequence SEC_FETCH_MODE = HttpHeaders.createOptimized("Sec-Fetch-Mode");
    private static final CharSequence SEC_FETCH_SITE = HttpHeaders.createOptimized("Sec-Fetch-Site");

    private final List<String> allowed;
    private final boolean isOff;
    private final boolean servesPages;

    /**
     * @param allowed further names; one that begins with a dot allows all names below it; {@code *} allows everything
     * @param servesPages whether the port serves pages for browsers
     */
    HostRule(List<String> allowed, boolean servesPages) {
        this.allowed =
                allowed.stream().map(name -> name.toLowerCase(Locale.ROOT)).toList();
        this.servesPages = servesPages;
        this.isOff = allowed.contains(PortSettings.ANY_HOST);
    }

    /**
     * Returns the refusal of a request, or null if it may pass.
     *
     * @param connection remembers the name, which is nearly always the same
     */
    @Nullable
    Problem faultIn(HttpServerRequest request, OpenConnection connection) {
        if (isOff) {
            return null;
        }
        String host = request.getHeader(HttpHeaders.HOST);
        boolean isKnown = host != null && host.equals(connection.allowedHost());
        if (!isKnown && host != null && isAllowed(host)) {
            connection.allowHost(host);
        } else if (!isKnown) {
            String shown = host == null ? "no Host" : "the Host " + Units.quote(host);
            return Problem.of(
                    421,
                    "foreign-host",
                    "The request names " + shown
                            + ", which is none of this process. If it is one, add it to allowed-hosts.");
        }
        if (!isFromPage(request) || (servesPages && isFromOwnPage(request, host))) {
            return null;
        }
        return Problem.of(
                403,
                "from-a-web-page",
                servesPages
                        ? "The request comes from another web page. Only the pages of this port and programs may send it."
                        : "The request comes from a web page in a browser. Only programs may use this port.");
    }

    private static boolean isFromPage(HttpServerRequest request) {
        return request.headers().contains(HttpHeaders.ORIGIN) || isFromElsewhere(request);
    }

    private static boolean isFromElsewhere(HttpServerRequest request) {
        String site = request.getHeader(SEC_FETCH_SITE);
        return site != null && !site.equals("none") && !site.equals("same-origin");
    }

    /** The host is one that no owner of another page controls, so a page of the same host and port came from here. */
    private static boolean isFromOwnPage(HttpServerRequest request, @Nullable String host) {
        List<String> origins = request.headers().getAll(HttpHeaders.ORIGIN);
        if (origins.isEmpty()) {
            // Whoever follows a link elsewhere to a page of this port sees the page; nothing elsewhere can read it.
            return request.method().equals(HttpMethod.GET) && "navigate".equals(request.getHeader(SEC_FETCH_MODE));
        }
        String origin = origins.get(0);
        int authority = origin.indexOf("://") + 3;
        return origins.size() == 1
                && !isFromElsewhere(request)
                && authority > 2
                && origin.substring(authority).equalsIgnoreCase(host);
    }

    private boolean isAllowed(String header) {
        String name = withoutPort(header).toLowerCase(Locale.ROOT);
        if (name.endsWith(".")) {
            name = name.substring(0, name.length() - 1);
        }
        return LABEL.matcher(name).matches() || ADDRESS.matcher(name).matches() || isPrivate(name) || isListed(name);
    }

    private static String withoutPort(String header) {
        int end = header.startsWith("[") ? header.indexOf(']') + 1 : header.indexOf(':');
        if (end <= 0) {
            return header;
        }
        boolean isPort = header.substring(end).matches(":[0-9]{0,5}");
        return end == header.length() || isPort ? header.substring(0, end) : header;
    }

    private static boolean isPrivate(String name) {
        return PRIVATE_SUFFIXES.stream().anyMatch(name::endsWith) && name.matches("[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?");
    }

    private boolean isListed(String name) {
        return allowed.stream().anyMatch(one -> one.startsWith(".") ? name.endsWith(one) : name.equals(one));
    }
}
