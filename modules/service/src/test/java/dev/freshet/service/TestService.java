package dev.freshet.service;

import dev.freshet.service.config.Configuration;
import dev.freshet.service.config.Settings;
import dev.freshet.service.port.PortSettings;
import dev.freshet.service.port.SocketSettings;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A service whose application only starts and stops: what is left is the management port. */
public final class TestService implements Application<Integer> {

    private final Runnable onStop;

    private TestService(Runnable onStop) {
        this.onStop = onStop;
    }

    public static Application<Integer> application() {
        return application(() -> {});
    }

    /**
     * Returns an application that does nothing.
     *
     * @param onStop runs when the application is stopped
     */
    public static Application<Integer> application(Runnable onStop) {
        return new TestService(onStop);
    }

    public static Service start(String... settings) {
        List<String> all = new ArrayList<>(List.of("management.host", "127.0.0.1", "management.port", "0"));
        all.addAll(List.of(settings));
        return Service.start(application(), Configuration.of(all.toArray(String[]::new)));
    }

    /** Returns the settings of a data port at any free port. */
    public static PortSettings port(String... settings) {
        List<String> all = new ArrayList<>();
        if (!List.of(settings).contains("http.socket")) {
            all.addAll(List.of("http.host", "127.0.0.1", "http.port", "0"));
        }
        all.addAll(List.of(settings));
        return Configuration.of(all.toArray(String[]::new)).read(read -> PortSettings.read(
                        read.section("http"),
                        new PortSettings.Defaults("127.0.0.1", 0, Duration.ofSeconds(60), 1000, "tests knock"))
                .at(SocketSettings.read(read.section("http"))));
    }

    @Override
    public String name() {
        return "freshet-test";
    }

    @Override
    public String summary() {
        return "Does nothing.";
    }

    @Override
    public int defaultManagementPort() {
        return 0;
    }

    @Override
    public Integer readSettings(Settings settings) {
        return 0;
    }

    @Override
    public Future<Running> start(Integer settings, ServiceContext context) {
        return Future.succeededFuture(new Running() {
            @Override
            public int port() {
                return 0;
            }

            @Override
            public Future<Void> stop(Duration timeout) {
                onStop.run();
                return Future.succeededFuture();
            }
        });
    }
}
