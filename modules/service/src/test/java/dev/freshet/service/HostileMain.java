package dev.freshet.service;

import dev.freshet.service.config.Settings;
import dev.freshet.service.port.PortSettings;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A process with a data port: {@code /full} fills the heap on an event loop, {@code /thread} on a thread of its own. */
final class HostileMain implements Application<PortSettings> {

    private static volatile List<byte[]> filling = List.of();

    private HostileMain() {}

    public static void main(String[] args) {
        Launcher.launch(new HostileMain(), args);
    }

    @Override
    public String name() {
        return "freshet-hostile";
    }

    @Override
    public String summary() {
        return "Is attacked.";
    }

    @Override
    public int defaultManagementPort() {
        return 0;
    }

    @Override
    public PortSettings readSettings(Settings settings) {
        return PortSettings.read(
                settings.section("http"),
                new PortSettings.Defaults("127.0.0.1", 0, Duration.ofSeconds(60), 10_000, "tests knock"));
    }

    @Override
    public Future<Running> start(PortSettings settings, ServiceContext context) {
        return context.ports()
                .listen(settings, () -> request -> {
                    switch (String.valueOf(request.path())) {
                        case "/full" -> fill();
                        case "/thread" -> new Thread(HostileMain::fill, "filler").start();
                        default -> request.response().end("fine");
                    }
                })
                .map(port -> new Running() {
                    @Override
                    public int port() {
                        return port.number();
                    }

                    @Override
                    public Future<Void> stop(Duration timeout) {
                        return port.stop(timeout);
                    }
                });
    }

    private static void fill() {
        List<byte[]> kept = new ArrayList<>();
        filling = kept;
        while (!filling.isEmpty() || kept.isEmpty()) {
            kept.add(new byte[1 << 20]);
        }
    }
}
