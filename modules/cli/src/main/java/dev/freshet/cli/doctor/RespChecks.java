package dev.freshet.cli.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.freshet.service.config.Settings;
import dev.freshet.service.port.TcpPortSettings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Judges the RESP port of a subscriber's configuration: whether it can be reached, and whether copies are used. Stateless. */
public final class RespChecks {

    private static final String CHECK = "resp";
    private static final String REMEDY = "docs/RESP.md";
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final int DEFAULT_PORT = 6380;
    private static final int DEFAULT_MANAGEMENT_PORT = 8711;

    /**
     * Where a subscriber is to be asked.
     *
     * @param resp its RESP port
     * @param managementPort its management port, on the same host
     * @param isManagementEncrypted whether that speaks TLS
     */
    public record Ports(TcpPortSettings resp, int managementPort, boolean isManagementEncrypted) {

        String host() {
            return resp.host().equals("0.0.0.0") || resp.host().equals("::") ? "127.0.0.1" : resp.host();
        }
    }

    private RespChecks() {}

    /** Reads the ports of a configuration, of which the rest is ignored; empty: there is no RESP port. */
    public static Optional<Ports> read(Settings settings) {
        if (!settings.isSection("resp")) {
            return Optional.empty();
        }
        Settings management = settings.section("management");
        return Optional.of(new Ports(
                TcpPortSettings.read(settings.section("resp"), DEFAULT_PORT, "clients of Redis are served"),
                management.integer("port", DEFAULT_MANAGEMENT_PORT, 0, 65_535, "the port of health and metrics"),
                management.isSection("tls")));
    }

    /** Asks the subscriber. */
    public static List<Finding> judge(Ports ports) {
        String address = ports.host() + ":" + ports.resp().port();
        try (Socket socket = new Socket()) {
            socket.connect(
                    new InetSocketAddress(ports.host(), ports.resp().port()), Math.toIntExact(TIMEOUT.toMillis()));
        } catch (IOException e) {
            return List.of(Finding.fault(
                    CHECK,
                    "cannot connect to the RESP port " + address + " of --config: " + e.getMessage(),
                    "start the subscriber, or run doctor where it runs; " + REMEDY));
        }
        if (ports.isManagementEncrypted()) {
            return List.of(Finding.ok(CHECK, "the RESP port " + address + " can be reached"));
        }
        return List.of(readiness(ports, address));
    }

    /** The subscriber itself knows whether it hears the changes, and which right it lacks. */
    private static Finding readiness(Ports ports, String address) {
        String uri = "http://" + ports.host() + ":" + ports.managementPort() + "/health/ready";
        try {
            String answer = HttpClient.newBuilder()
                    .connectTimeout(TIMEOUT)
                    .build()
                    .send(
                            HttpRequest.newBuilder(URI.create(uri))
                                    .timeout(TIMEOUT)
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
            JsonNode fault = new ObjectMapper().readTree(answer).path(CHECK);
            return fault.isTextual()
                    ? Finding.fault(
                            CHECK,
                            fault.asText(),
                            "give its user the rights of ./freshet acl subscriber --resp PATTERN, or mend what it names; "
                                    + REMEDY)
                    : Finding.ok(CHECK, "the RESP port " + address + " can be reached, and hears the changes of Redis");
        } catch (IOException e) {
            return Finding.note(
                    CHECK,
                    "the RESP port " + address + " can be reached, but " + uri
                            + " does not say whether it hears Redis: " + e.getMessage(),
                    "check management.port");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
