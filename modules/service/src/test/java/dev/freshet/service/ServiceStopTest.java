package dev.freshet.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.service.config.Configuration;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServiceStopTest {

    @Test
    void an_orderly_stop_ends_by_itself_after_its_delay(@TempDir Path folder) throws Exception {
        AtomicBoolean released = new AtomicBoolean();
        Path file = Files.writeString(
                folder.resolve("service.yaml"),
                "management: {host: 127.0.0.1, port: 0}\nshutdown: {delay: 10ms, timeout: 60s}\n");
        Configuration configuration = new Configuration(file, "from the test", Map.of(), List.of(), new ArrayList<>());
        Service service = Service.start(TestService.application(() -> released.set(true)), configuration);

        assertThat(service.isReady()).isTrue();
        assertThat(service.stop()).as("stopped in time").isTrue();
        assertThat(released).isTrue();
        assertThat(service.isReady()).isFalse();
    }
}
